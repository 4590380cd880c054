"""Integrated gradients and DeepLIFT/SHAP: their references, their sums, and other people's code as the oracle."""

import pytest
import torch
from captum.attr import IntegratedGradients
from tangermeme.deep_lift_shap import deep_lift_shap as tangermeme_deep_lift_shap
from tangermeme.deep_lift_shap import integrated_gradients_op
from torch import Tensor, nn

from models.checkpoints import architecture_spec
from models.errors import ExplanationRefusedError
from models.explanations import EXPLANATIONS, explain
from models.explanations.completeness import Contributions, gauss_legendre, refined
from models.explanations.references import ReferenceParameters, shuffled_references
from models.layers import BidirectionalMean
from models.predict import positive_logit
from models.sequence import decode, one_hot_encode

METHODS = ("integrated_gradients", "deep_lift_shap")
FEW = ReferenceParameters(n_references=4)


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    return architecture_spec(name).network().eval().requires_grad_(False)


def compute(method: str, network: nn.Module, X: Tensor, parameters: ReferenceParameters = FEW) -> dict[str, Tensor]:
    return explain(EXPLANATIONS.get(method), network, X, parameters=parameters)


def references(x: Tensor, parameters: ReferenceParameters = FEW) -> Tensor:
    return shuffled_references(x, parameters, method="a method")


class Logit(nn.Module):
    """The one number that the libraries are to explain."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, X: Tensor) -> Tensor:
        return positive_logit(self.network, X)[:, None]


def stacked(*layers: nn.Module, n_features: int) -> nn.Module:
    """A small network of layers, with weights that make non-linearities matter."""
    torch.manual_seed(1)
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_features, 2), nn.LogSoftmax(dim=1))
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.6)
    return network.eval().requires_grad_(False)


def dinucleotides(bases: str) -> dict[str, int]:
    pairs = [bases[i : i + 2] for i in range(len(bases) - 1)]
    return {pair: pairs.count(pair) for pair in sorted(set(pairs))}


def test_references_keep_dinucleotides_and_what_is_unknown_stays_where_it_is() -> None:
    x = one_hot_encode(["ACGTTGCATTAGGCANNACCGATTACAGGT"], length=40)[0]
    shuffles = references(x, ReferenceParameters())

    assert torch.equal(shuffles.sum(1), x.sum(0).expand(20, -1))
    known = x.sum(0) > 0
    originals, first = (decode(one[None, :, known])[0] for one in (x, shuffles[0]))
    assert dinucleotides(first) == dinucleotides(originals)
    assert first != originals


def test_references_depend_on_the_seed_and_on_nothing_else(X: Tensor) -> None:
    first, second = references(X[0]), references(X[0])
    torch.rand(3)

    assert torch.equal(first, second)
    assert not torch.equal(first, references(X[0], ReferenceParameters(n_references=4, random_state=1)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("sequence", "reason"),
    [("N" * 101, "no base of the sequence is known"), ("A" * 101, "shuffles of the sequence are all the same")],
)
def test_a_window_without_references_is_refused(method: str, sequence: str, reason: str) -> None:
    with pytest.raises(ExplanationRefusedError, match=reason):
        compute(method, build("demo_cnn"), one_hot_encode([sequence]))


def test_gauss_legendre_is_exact_for_polynomials() -> None:
    rule = gauss_legendre(4)

    assert sum(rule.weights) == pytest.approx(1.0)
    assert sum(w * x**7 for x, w in zip(rule.nodes, rule.weights, strict=True)) == pytest.approx(1 / 8)


@pytest.mark.parametrize("network", ["demo_cnn", "demo_rnn", "demo_cnn_rnn"])
def test_integrated_gradients_are_captums(network: str, X: Tensor) -> None:
    built, x = build(network), X[0]
    ours = compute("integrated_gradients", built, X[:1], ReferenceParameters(n_references=4, n_steps=32))
    oracle = IntegratedGradients(lambda inputs: positive_logit(built, inputs), multiply_by_inputs=True)
    n_steps = int(ours["n_steps"])
    theirs = torch.stack(
        [
            oracle.attribute(x[None], baselines=r[None], method="gausslegendre", n_steps=n_steps)[0]
            for r in references(x)
        ]
    )

    expected = theirs.mean(0).sum(0).float()
    torch.testing.assert_close(ours["integrated_gradients"][0], expected, atol=1e-6, rtol=1e-3)


def tangermemes(network: nn.Module, x: Tensor, **options: object) -> Tensor:
    return tangermeme_deep_lift_shap(
        Logit(network), x[None], references=references(x)[None], hypothetical=True, device="cpu", **options
    )[0]


@pytest.mark.parametrize(
    "network",
    [
        *(
            stacked(nn.Conv1d(4, 5, 7), activation, nn.MaxPool1d(3), n_features=5 * 31)
            for activation in (nn.ReLU(), nn.ELU(), nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.Softplus())
        ),
        stacked(
            nn.Conv1d(4, 6, 9), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(6, 5, 5), nn.ReLU(), nn.MaxPool1d(42),
            n_features=5,
        ),
    ],
    ids=["ReLU", "ELU", "Tanh", "Sigmoid", "GELU", "Softplus", "as deep as DeMo's"],
)  # fmt: skip
def test_deep_lift_shap_is_tangermemes_where_that_is_complete(network: nn.Module, X: Tensor) -> None:
    ours = compute("deep_lift_shap", network, X[:1])

    torch.testing.assert_close(ours["hypothetical"][0], tangermemes(network, X[0]), atol=2e-5, rtol=1e-3)
    torch.testing.assert_close(ours["deep_lift_shap"], (ours["hypothetical"] * X[:1]).sum(1))


@pytest.mark.parametrize("network", ["demo_rnn", "demo_cnn_rnn"])
def test_a_recurrent_layer_has_the_rule_of_integrated_gradients(network: str, X: Tensor) -> None:
    built = build(network)
    ours = compute("deep_lift_shap", built, X[:1])
    rule = {BidirectionalMean: integrated_gradients_op(int(ours["n_steps"]))}

    theirs = tangermemes(built, X[0], additional_nonlinear_ops=rule)
    torch.testing.assert_close(ours["hypothetical"][0], theirs, atol=1e-6, rtol=1e-3)


@pytest.mark.filterwarnings("ignore:Convergence deltas")
def test_the_maximum_over_all_positions_needs_the_rule_that_tangermeme_lacks(X: Tensor) -> None:
    network, x = build("demo_cnn"), X[0]
    logits = positive_logit(network, torch.cat([X[:1], references(x)]))
    difference = float(logits[0] - logits[1:].mean())
    ours = compute("deep_lift_shap", network, X[:1])["deep_lift_shap"]
    theirs = (tangermemes(network, x, warning_threshold=1e9) * x).sum()

    assert float(ours.sum()) == pytest.approx(difference, rel=1e-3)
    assert abs(float(theirs) - difference) > 0.05 * abs(difference)


@pytest.mark.parametrize(
    "pool", [nn.MaxPool1d(3, stride=2, padding=1), nn.MaxPool1d(4, stride=3), nn.AdaptiveMaxPool1d(5)]
)
def test_maxima_of_any_shape_lose_nothing(pool: nn.Module, X: Tensor) -> None:
    n_pooled = pool(torch.zeros(1, 1, 95)).shape[2]
    network = stacked(nn.Conv1d(4, 5, 7), nn.ReLU(), pool, n_features=5 * n_pooled)

    assert compute("deep_lift_shap", network, X)["completeness_gap"].max() < 1e-3


def test_equal_maxima_in_different_places_lose_nothing() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(4, 3, 2), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(3, 2))
    X = one_hot_encode(["ACGTACGTTGCAACCGGTTAACTTG" * 4])  # the shuffles hold the same pairs of bases elsewhere

    answer = compute("deep_lift_shap", network.eval().requires_grad_(False), X)
    assert answer["deep_lift_shap"].abs().sum() < 1e-5


def test_a_layer_that_is_used_twice_is_followed_twice(X: Tensor) -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scan, self.mix, self.relu = nn.Conv1d(4, 5, 7), nn.Conv1d(5, 5, 3), nn.ReLU()
            self.output = nn.Sequential(nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(5, 2))

        def forward(self, X: Tensor) -> Tensor:
            return self.output(self.relu(self.mix(self.relu(self.scan(X)))))

    torch.manual_seed(0)
    gap = compute("deep_lift_shap", Twice().eval().requires_grad_(False), X)["completeness_gap"]
    assert gap.max() < 1e-3


class FunctionalPool(nn.Module):
    """A maximum that is no module: no rule can be put in its place, and nothing shows before it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv1d(4, 16, 9), nn.ReLU(), nn.Conv1d(16, 16, 5), nn.ReLU())
        self.output = nn.Linear(16, 2)

    def forward(self, X: Tensor) -> Tensor:
        return self.output(nn.functional.max_pool1d(self.features(X), 89)[:, :, 0])


def test_contributions_that_do_not_add_up_are_refused_with_the_figure(X: Tensor) -> None:
    torch.manual_seed(0)
    network = FunctionalPool().eval().requires_grad_(False)

    assert EXPLANATIONS.get("deep_lift_shap").refusal(network) is None
    with pytest.raises(ExplanationRefusedError, match=r"miss the difference from the references by \d+%"):
        compute("deep_lift_shap", network, X)


@pytest.mark.parametrize(
    ("layer", "name"),
    [(nn.LSTM(4, 3, batch_first=True), "LSTM"), (nn.Softmax(dim=1), "Softmax"), (nn.GRU(4, 3), "GRU")],
)
def test_a_layer_without_a_rule_is_refused_by_name(layer: nn.Module, name: str) -> None:
    network = nn.Sequential(nn.Linear(4, 4), layer)

    assert EXPLANATIONS.get("deep_lift_shap").refusal(network) == (
        f"its layer {name} has no DeepLIFT rule, so contributions would not add up"
    )
    assert EXPLANATIONS.get("integrated_gradients").refusal(network) is None


def test_steps_are_doubled_until_the_gap_is_small_and_no_further() -> None:
    asked = []

    def rough(n_steps: int) -> Contributions:
        asked.append(n_steps)
        return Contributions(torch.tensor(1.0 + 1 / n_steps), torch.tensor(1.0), torch.tensor(1.0))

    assert refined(rough)[1] == 128
    assert asked == [16, 32, 64, 128]
    assert refined(rough, fixed=24)[1] == 24


def test_differences_that_cancel_are_not_chased_to_the_last_digit() -> None:
    contributions = Contributions(torch.tensor(0.0105), torch.tensor(0.01), torch.tensor(1.0))

    assert refined(lambda _: contributions) == (contributions, 16)
    assert contributions.gap.item() == pytest.approx(0.05, rel=1e-3)
