from contextlib import nullcontext

import numpy as np
import pytest
import torch
from captum.attr import InputXGradient, Saliency
from torch import nn

from models.baselines.kmer_logistic import KmerLogisticRegression
from models.checkpoints import architecture_spec
from models.errors import ExplanationRefusedError
from models.explanations import EXPLANATIONS, explain
from models.explanations.corrected_saliency import corrected, corrected_saliency
from models.explanations.gradient import logit_and_gradient
from models.explanations.method import ExplanationParameters
from models.explanations.saliency import SaliencyParameters, saliency
from models.explanations.temporal_output import temporal_output
from models.predict import positive_logit, positive_probability
from models.sequence import reverse_complement_one_hot

NETWORKS = ("demo_cnn", "demo_rnn", "demo_cnn_rnn")
ONE_AT_A_TIME = ("integrated_gradients", "deep_lift_shap", "in_silico_mutagenesis", "window_shuffle")
FEW = {"n_references": 3, "n_shuffles": 2}
VALID = [
    (method, network)
    for method in EXPLANATIONS
    for network in NETWORKS
    if (method, network) != ("temporal_output", "demo_cnn")
]


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    return architecture_spec(name).network().eval().requires_grad_(False)


def compute(method: str, network: nn.Module, X: torch.Tensor) -> dict[str, torch.Tensor]:
    explanation = EXPLANATIONS.get(method)
    few = {name: value for name, value in FEW.items() if name in explanation.parameters.model_fields}
    return explain(explanation, network, X, parameters=explanation.parameters(**few))


@pytest.mark.parametrize(("method", "network"), VALID)
def test_tracks_maps_and_numbers_have_the_listed_names_and_shapes(method: str, network: str, X: torch.Tensor) -> None:
    explanation = EXPLANATIONS.get(method)
    answer = compute(method, build(network), X[5:])

    shapes = {name: tuple(values.shape) for name, values in answer.items()}
    assert shapes == {
        **dict.fromkeys(explanation.tracks, (3, 101)),
        **dict.fromkeys(explanation.maps, (3, 4, 101)),
        **dict.fromkeys(explanation.scalars, (3,)),
    }
    assert all(values.isfinite().all() for values in answer.values())
    assert not explanation.attributes or method in explanation.tracks


@pytest.mark.parametrize(("method", "network"), VALID)
def test_a_sequence_is_explained_alike_in_any_batch_and_any_run(method: str, network: str, X: torch.Tensor) -> None:
    built = build(network)
    together, again, alone = (
        compute(method, built, X[5:7]),
        compute(method, built, X[5:7]),
        compute(method, built, X[5:6]),
    )

    for name, track in together.items():
        assert torch.equal(track, again[name])
        torch.testing.assert_close(track[:1], alone[name], atol=1e-6, rtol=1e-4)
        if method in ONE_AT_A_TIME:
            assert torch.equal(track[:1], alone[name]), "its company changes no bit"


class Failing(nn.Module):
    """A network that fails once it has answered."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        self.network(X)
        raise RuntimeError("broken")


def state(network: nn.Module) -> list[object]:
    """Everything that a method might leave behind."""
    return [
        [module.training for module in network.modules()],
        [(parameter.requires_grad, parameter.grad) for parameter in network.parameters()],
        [(id(module), sorted(vars(module))) for module in network.modules()],
        [(len(module._forward_hooks), len(module._backward_hooks)) for module in network.modules()],
        {name: values.tolist() for name, values in network.state_dict().items()},
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.backends.cudnn.enabled,
        torch.get_rng_state().tolist(),
        str(np.random.get_state()),
    ]


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize(("method", "network"), VALID)
def test_the_network_and_the_random_generators_are_left_as_they_were(
    method: str, network: str, breaks: bool, X: torch.Tensor
) -> None:
    built = build(network)
    if breaks:
        built = Failing(built).eval()
    before = state(built)

    with pytest.raises((RuntimeError, ExplanationRefusedError)) if breaks else nullcontext():
        compute(method, built, X[:1])

    assert state(built) == before
    assert not X.requires_grad


@pytest.mark.parametrize(
    ("method", "network", "reason"),
    [
        ("saliency", "kmer_logistic", "no gradient"),
        ("corrected_saliency", "kmer_logistic", "no gradient"),
        ("input_x_gradient", "kmer_logistic", "no gradient"),
        ("integrated_gradients", "kmer_logistic", "no gradient"),
        ("deep_lift_shap", "kmer_logistic", "no gradient"),
        ("temporal_output", "kmer_logistic", "step by step"),
        ("temporal_output", "demo_cnn", "step by step"),
    ],
)
def test_a_method_that_is_not_valid_is_refused_with_the_reason(
    method: str, network: str, reason: str, X: torch.Tensor
) -> None:
    with pytest.raises(ExplanationRefusedError, match=reason):
        compute(method, build(network), X)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("label", ["bound", "not bound", "predicted"])
def test_saliency_is_captums_on_the_loss_of_the_label(network: str, label: str, X: torch.Tensor) -> None:
    built = build(network)
    target = {"bound": torch.zeros(8), "not bound": torch.ones(8), "predicted": built(X).argmax(1)}[label].long()
    oracle = Saliency(lambda x: -built(x).gather(1, target[:, None])[:, 0]).attribute(
        X.clone().requires_grad_(True), abs=True
    )

    ours = saliency(built, X, SaliencyParameters(label=label))["saliency"]

    torch.testing.assert_close(ours, (oracle * X).sum(1), atol=1e-7, rtol=1e-4)


@pytest.mark.parametrize("network", NETWORKS)
def test_contribution_is_captums_input_x_gradient_less_the_mean_over_bases(network: str, X: torch.Tensor) -> None:
    built = build(network)
    product = InputXGradient(lambda x: positive_logit(built, x)).attribute(X.clone().requires_grad_(True)).sum(1)
    gradient = logit_and_gradient(built, X)[1]

    ours = corrected_saliency(built, X, ExplanationParameters())["corrected_saliency"]

    torch.testing.assert_close(ours, product.detach() - (gradient.mean(1) * X.sum(1)), atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("network", NETWORKS)
def test_gradient_is_the_finite_difference(network: str, X: torch.Tensor) -> None:
    built, step = build(network).double(), 1e-6
    X = X[:1].double()
    gradient = logit_and_gradient(built, X)[1]

    for base, position in ((0, 0), (1, 40), (2, 77), (3, 100)):
        up, down = X.clone(), X.clone()
        up[0, base, position] += step
        down[0, base, position] -= step
        slope = (positive_logit(built, up) - positive_logit(built, down)) / (2 * step)
        torch.testing.assert_close(gradient[0, base, position], slope[0], atol=1e-7, rtol=1e-4)


def test_corrected_columns_sum_to_zero_and_correcting_twice_changes_nothing() -> None:
    gradient = torch.randn(2, 4, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    torch.testing.assert_close(corrected(gradient).sum(1), torch.zeros(2, 9, dtype=torch.float64), atol=1e-12, rtol=0)
    torch.testing.assert_close(corrected(corrected(gradient)), corrected(gradient))


@pytest.mark.parametrize("method", [name for name in EXPLANATIONS if name != "temporal_output"])
def test_unknown_bases_get_nothing(method: str, X: torch.Tensor) -> None:
    answer = compute(method, build("demo_cnn_rnn"), X[-1:])

    assert torch.equal(answer[method][0, -4:], torch.zeros(4))
    assert answer[method][0].count_nonzero() > 80


class BothStrands(nn.Module):
    """The mean of a network's log-odds over both strands: symmetric by construction."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        logit = positive_logit(self.network, X) + positive_logit(self.network, reverse_complement_one_hot(X))
        return nn.functional.logsigmoid(torch.stack([logit / 2, -logit / 2], dim=1))


@pytest.mark.parametrize("method", ["saliency", "corrected_saliency", "input_x_gradient", "in_silico_mutagenesis"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_symmetric_network_explains_the_other_strand_by_the_mirrored_map(
    method: str, network: str, X: torch.Tensor
) -> None:
    symmetric = BothStrands(build(network)).eval()
    X = X[5:]
    forward = compute(method, symmetric, X)[method]
    reverse = compute(method, symmetric, reverse_complement_one_hot(X))[method]

    torch.testing.assert_close(reverse.flip(1), forward, atol=1e-6, rtol=1e-4)


def test_the_baseline_sees_no_difference_between_strands(X: torch.Tensor) -> None:
    network = KmerLogisticRegression()
    torch.nn.init.normal_(network.weight, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(network(X), network(reverse_complement_one_hot(X)))


@pytest.mark.parametrize("network", ["demo_rnn", "demo_cnn_rnn"])
def test_temporal_outputs_end_in_the_plain_probability(network: str, X: torch.Tensor) -> None:
    built = build(network)
    tracks = temporal_output(built, X, ExplanationParameters())

    torch.testing.assert_close(tracks["temporal_forward"][:, -1], positive_probability(built, X))
    torch.testing.assert_close(tracks["temporal_backward"][:, 0], positive_probability(built, X))


class PlantedMotif(nn.Module):
    """Bound as far as the filter ``ACGTAC`` matches best somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.scan = nn.Conv1d(4, 1, 6)
        self.pool = nn.AdaptiveMaxPool1d(1)
        weight = torch.full((1, 4, 6), -1.0)
        weight[0, [0, 1, 2, 3, 0, 1], range(6)] = 1.0
        self.scan.weight.data, self.scan.bias.data = weight, torch.tensor([-3.0])

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        logit = self.pool(self.scan(X))[:, 0, 0]
        return nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))


@pytest.mark.parametrize("method", ["saliency", "corrected_saliency"])
def test_all_mass_lies_on_a_planted_motif(method: str, X: torch.Tensor) -> None:
    X = X[:1].clone()
    X[0, :, 30:36] = torch.eye(4)[[0, 1, 2, 3, 0, 1]].T
    track = compute(method, PlantedMotif().eval(), X)[method]

    assert (track[0, 30:36] > 0).all()
    assert track[0].abs().sum() == track[0, 30:36].sum()


def test_saliency_of_a_saturated_prediction_does_not_underflow(X: torch.Tensor) -> None:
    network = PlantedMotif().eval()
    network.scan.weight.data *= 10
    X = X[:1].clone()
    X[0, :, 30:36] = torch.eye(4)[[0, 1, 2, 3, 0, 1]].T

    assert saliency(network, X, SaliencyParameters())["saliency"][0, 30] > 0
