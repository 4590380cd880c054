"""Each method's sequences per second and architecture, beside tangermeme's or captum's own function in the same run.

References, one thread each: tangermeme's `saturation_mutagenesis` the slow way, as it comes, and by its fast path,
which it would not take for so few sequences (without the time in which it captures the network), its `deep_lift_shap`
(for recurrent layers with its own integrated-gradients rule and as many steps as ours took; for the CNN it misses 7 to
14 % of the difference, because it has no rule for the maximum over all positions) and its `saliency`; captum's
`IntegratedGradients` with as many steps as ours took, and its `InputXGradient`. Seconds are of the processor, so that
other work on the machine does not count.
"""

import copy
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from captum.attr import InputXGradient, IntegratedGradients
from tangermeme._fastism import _FastISM
from tangermeme.deep_lift_shap import deep_lift_shap, integrated_gradients_op
from tangermeme.saliency import saliency
from tangermeme.saturation_mutagenesis import _single_edits, saturation_mutagenesis
from torch import Tensor, nn

from benchmarks.goals import Goal, Measured
from benchmarks.tables import markdown
from benchmarks.timing import interleaved
from models.checkpoints import load_checkpoint
from models.examples import CTCF_MOTIF, plant, random_sequence
from models.explanations import EXPLANATIONS
from models.explanations.references import ReferenceParameters, shuffled_references
from models.layers import BidirectionalMean
from models.predict import positive_logit
from models.sequence import one_hot_encode

ARCHITECTURES: Final = ("demo_cnn", "demo_rnn", "demo_cnn_rnn")
SLOW, FAST = "tangermeme, slow path", "tangermeme, fast path"
N_SEQUENCES: Final = 4
ROUNDS: Final = 5


class Contest(NamedTuple):
    """A method and what it is held against."""

    method: str
    reference: str
    ours: Callable[[], object]
    theirs: Callable[[], object]


class Logit(nn.Module):
    """The one number that the libraries explain, without the softmax, whose difference it is."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = copy.copy(network)
        self.network._modules = {**network._modules, "log_softmax": nn.Identity()}

    def forward(self, X: Tensor) -> Tensor:
        """Return the logit of bound, shape (batch, 1)."""
        return positive_logit(self.network, X)[:, None]


def held_against(architecture: str, method: str, reference: str) -> Measured:
    """Measure one method on one architecture against one reference."""
    torch.set_num_threads(1)
    network, X = load_checkpoint(f"ctcf_weri-{architecture}").network, _sequences(N_SEQUENCES)
    contest = next(one for one in _contests(network, X) if (one.method, one.reference) == (method, reference))
    pair = interleaved(contest.ours, contest.theirs, rounds=ROUNDS)
    return Measured(pair.ratio, f"{len(X) / pair.ours:.3g} against {len(X) / pair.theirs:.3g} sequences/s")


def temporal(architecture: str) -> Measured:
    """Answer for all prefixes and suffixes of one sequence: ours beside the network's head on one after the other."""
    torch.set_num_threads(1)
    network, X = load_checkpoint(f"ctcf_weri-{architecture}").network, _sequences(1)
    pair = interleaved(lambda: _ours("temporal_output", network, X), lambda: _prefix_loop(network, X), rounds=ROUNDS)
    return Measured(pair.ratio, f"{1000 * pair.ours:.3g} ms against {1000 * pair.theirs:.3g} ms")


def _prefix_loop(network: Any, X: Tensor) -> list[Tensor]:
    with torch.inference_mode():
        convolved = hasattr(network, "convolution")
        features = (network.relu(network.convolution(X)) if convolved else X).transpose(1, 2)
        length = features.shape[1]
        parts = [features[:, : i + 1] for i in range(length)] + [features[:, i:] for i in range(length)]
        return [network.log_softmax(network.output(network.recurrent(part))) for part in parts]


def table() -> str:
    """Measure everything and return the table."""
    torch.set_num_threads(1)
    X = _sequences(N_SEQUENCES)
    rows = []
    for architecture in ARCHITECTURES:
        network = load_checkpoint(f"ctcf_weri-{architecture}").network
        for contest in _contests(network, X):
            ours, theirs = interleaved(contest.ours, contest.theirs, rounds=ROUNDS)
            rows.append(
                [architecture, contest.method, contest.reference, len(X) / ours, len(X) / theirs, theirs / ours]
            )
    header = ["architecture", "method", "reference", "ours (sequences/s)", "reference (sequences/s)", "ratio"]
    return markdown("Explanations", header, rows)


def _contests(network: nn.Module, X: Tensor) -> Iterator[Contest]:
    logit = Logit(network).eval()

    def contest(method: str, reference: str, theirs: Callable[[], object]) -> Contest:
        return Contest(method, reference, lambda: _ours(method, network, X), theirs)

    yield contest("corrected_saliency", "tangermeme", lambda: saliency(logit, X, device="cpu"))
    yield contest(
        "input_x_gradient", "captum", lambda: InputXGradient(logit).attribute(X.clone().requires_grad_(True), target=0)
    )
    for fast, name in ((False, SLOW), (True, "tangermeme, as it comes")):
        yield contest("in_silico_mutagenesis", name, partial(saturation_mutagenesis, logit, X, device="cpu", fast=fast))
    yield contest("in_silico_mutagenesis", FAST, _fast_path(logit, X))
    steps = {name: int(_ours(name, network, X)["n_steps"].max()) for name in ("integrated_gradients", "deep_lift_shap")}
    references = torch.stack([shuffled_references(x, ReferenceParameters(), method="benchmark") for x in X])
    yield contest(
        "integrated_gradients", "captum", lambda: _captum(logit, X, references, steps["integrated_gradients"])
    )
    yield contest("deep_lift_shap", "tangermeme", lambda: _tangermeme(logit, X, references, steps["deep_lift_shap"]))


def _ours(method: str, network: nn.Module, X: Tensor) -> dict[str, Tensor]:
    explanation = EXPLANATIONS.get(method)
    return explanation.compute(network, X, explanation.parameters())


def _captum(logit: nn.Module, X: Tensor, references: Tensor, n_steps: int) -> list[Tensor]:
    """Explain each sequence against all its references at once, in batches of the size that is fastest for ours."""
    oracle = IntegratedGradients(logit)
    return [
        oracle.attribute(
            x.expand_as(r), baselines=r, target=0, method="gausslegendre", n_steps=n_steps, internal_batch_size=40
        )
        for x, r in zip(X, references, strict=True)
    ]


def _tangermeme(logit: nn.Module, X: Tensor, references: Tensor, n_steps: int) -> Tensor:
    rules = {BidirectionalMean: integrated_gradients_op(n_steps)} if n_steps else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that it is not complete for the CNN is said above
        attributions: Tensor = deep_lift_shap(
            logit, X, references=references, additional_nonlinear_ops=rules, device="cpu"
        )
    return attributions


def _fast_path(logit: nn.Module, X: Tensor) -> Callable[[], list[Tensor]]:
    """Capture the network, and return what predicts all mutants of all sequences."""
    bases = X.to(torch.int8)
    with torch.no_grad():
        fast = _FastISM(logit, bases, None, 0, X.shape[2], torch.device("cpu"), torch.float32, use_autocast=False)
    edits = [_single_edits(one, 0, X.shape[2])[1:] for one in bases]

    def predict() -> list[Tensor]:
        with torch.no_grad():
            return [fast.predict_edits(row, *one, batch_size=32) for row, one in enumerate(edits)]

    return predict


def _sequences(n: int) -> Tensor:
    rng = np.random.default_rng(0)
    return one_hot_encode([plant(random_sequence(rng), CTCF_MOTIF, start=41) for _ in range(n)])


def _mutagenesis(architecture: str, reference: str, target: float) -> Goal:
    return Goal(
        f"G4-{architecture}-{reference.removeprefix('tangermeme, ').replace(' ', '-')}",
        f"in-silico mutagenesis, {architecture}",
        target,
        reference,
        lambda: held_against(architecture, "in_silico_mutagenesis", reference),
    )


GOALS: Final = (
    _mutagenesis("demo_cnn", SLOW, 3.0),
    _mutagenesis("demo_cnn", FAST, 1.5),
    *(_mutagenesis(architecture, way, 1.0) for architecture in ARCHITECTURES[1:] for way in (SLOW, FAST)),
    Goal(
        "G5",
        "DeepLIFT/SHAP with 20 references, demo_cnn",
        2.0,
        "tangermeme",
        lambda: held_against("demo_cnn", "deep_lift_shap", "tangermeme"),
    ),
    Goal(
        "G6-rnn",
        "temporal outputs of one sequence, demo_rnn",
        10.0,
        "a loop over prefixes and suffixes",
        lambda: temporal("demo_rnn"),
    ),
    Goal(
        "G6-cnn-rnn",
        "temporal outputs of one sequence, demo_cnn_rnn",
        6.0,
        "a loop over prefixes and suffixes, convolved once",
        lambda: temporal("demo_cnn_rnn"),
    ),
)


if __name__ == "__main__":
    print(table())
