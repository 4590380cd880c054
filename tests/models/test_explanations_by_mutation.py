"""In-silico mutagenesis and window shuffle: only answers are asked for."""

import pytest
import torch
from tangermeme.saturation_mutagenesis import saturation_mutagenesis
from torch import Tensor, nn

from models.checkpoints import architecture_spec
from models.errors import ExplanationRefusedError
from models.explanations.in_silico_mutagenesis import in_silico_mutagenesis
from models.explanations.local_changes import changed_maxima, follows
from models.explanations.method import ExplanationParameters, HasLocalFeatures
from models.explanations.window_shuffle import WindowShuffleParameters, window_shuffle
from models.predict import positive_logit
from models.sequence import one_hot_encode

NETWORKS = ("demo_cnn", "demo_rnn", "demo_cnn_rnn", "kmer_logistic")


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    network = architecture_spec(name).network().eval().requires_grad_(False)
    if name == "kmer_logistic":
        nn.init.normal_(network.weight)
    return network


def mutations(network: nn.Module, X: Tensor) -> dict[str, Tensor]:
    return in_silico_mutagenesis(network, X, ExplanationParameters())


class Logit(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, X: Tensor) -> Tensor:
        return positive_logit(self.network, X)[:, None]


@pytest.mark.parametrize("network", NETWORKS)
def test_mutagenesis_is_tangermemes(network: str, X: Tensor) -> None:
    built = build(network)
    ours = mutations(built, X[:2])
    theirs = saturation_mutagenesis(Logit(built), X[:2], device="cpu", hypothetical=True, fast=False)

    torch.testing.assert_close(
        ours["mutations"] - ours["mutations"].mean(1, keepdim=True), theirs, atol=1e-5, rtol=1e-3
    )
    torch.testing.assert_close(ours["in_silico_mutagenesis"], (theirs * X[:2]).sum(1), atol=1e-5, rtol=1e-3)


def test_present_and_unknown_bases_have_no_mutation(X: Tensor) -> None:
    maps = mutations(build("demo_cnn"), X[-1:])["mutations"]

    assert (maps[X[-1:] == 1] == 0).all()
    assert (maps[:, :, -4:] == 0).all()


@pytest.mark.parametrize("network", NETWORKS)
def test_one_substitution_is_the_difference_of_two_predictions(network: str, X: Tensor) -> None:
    built, mutant = build(network), X[:1].clone()
    mutant[0, :, 40] = torch.tensor([0.0, 0.0, 1.0, 0.0])
    difference = positive_logit(built, mutant) - positive_logit(built, X[:1])

    torch.testing.assert_close(mutations(built, X[:1])["mutations"][:, 2, 40], difference, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("length", [28, 29, 30, 31, 57, 101, 130])
def test_following_changes_is_the_same_as_computing_everything(length: int) -> None:
    network = build("demo_cnn")
    letters = torch.randint(4, (length,), generator=torch.Generator().manual_seed(length))
    x = torch.eye(4)[letters].T.contiguous()
    base, position = torch.nonzero(x == 0, as_tuple=True)
    mutants = x.repeat(len(base), 1, 1)
    mutants[torch.arange(len(base)), :, position] = torch.eye(4)[base]

    layers = network.local_layers()
    assert isinstance(network, HasLocalFeatures)
    assert follows(layers)
    torch.testing.assert_close(
        changed_maxima(layers, x, base, position), network.features(mutants), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv1d(4, 4, 3, padding=1),
        nn.Conv1d(4, 4, 3, stride=2),
        nn.Conv1d(4, 4, 3, dilation=2),
        nn.Conv1d(4, 4, 3, groups=2),
        nn.MaxPool1d(3, stride=2),
        nn.MaxPool1d(2, ceil_mode=True),
        nn.Sigmoid(),
    ],
    ids=str,
)
def test_changes_are_not_followed_where_that_would_be_wrong(layer: nn.Module) -> None:
    assert not follows([nn.Conv1d(4, 4, 3), layer])


def test_window_shuffle_is_the_logit_less_the_mean_over_shuffles() -> None:
    class CountsInOrder(nn.Module):
        """The logit is the number of AC: order matters, composition does not."""

        def forward(self, X: Tensor) -> Tensor:
            logit = (X[:, 0, :-1] * X[:, 1, 1:]).sum(1)
            return nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))

    X = one_hot_encode(["T" * 20 + "AC" + "T" * 20], length=45)
    parameters = WindowShuffleParameters(width=3, n_shuffles=100)
    (track,) = window_shuffle(CountsInOrder(), X, parameters)["window_shuffle"]

    # of TAC or ACT, one order in three keeps AC; of TTA, one in three keeps A before C
    torch.testing.assert_close(track[19:23], torch.full((4,), 2 / 3), atol=0.15, rtol=0)
    assert (track[:19] == 0).all()
    assert (track[23:] == 0).all()


def test_window_shuffle_leaves_unknown_bases_where_they_are(X: Tensor) -> None:
    seen = []

    class Spy(nn.Module):
        def forward(self, X: Tensor) -> Tensor:
            seen.append(X)
            return nn.functional.log_softmax(X.sum(2)[:, :2], dim=1)

    x = X[:1].clone()
    x[0, :, 50] = 0
    window_shuffle(Spy(), x, WindowShuffleParameters())
    variants = torch.cat(seen)

    assert torch.equal(variants.sum(1), x.sum(1).expand(len(variants), -1))
    assert torch.equal(variants.sum(2), x.sum(2).expand(len(variants), -1))


@pytest.mark.parametrize("method", [in_silico_mutagenesis, window_shuffle])
def test_a_window_of_unknown_bases_is_refused(method) -> None:
    with pytest.raises(ExplanationRefusedError, match="no base of the sequence is known"):
        method(build("kmer_logistic"), torch.zeros(1, 4, 101), WindowShuffleParameters())
