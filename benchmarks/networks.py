"""The networks themselves: forward passes, saliency, one sequence against all factors, and how cost grows.

References, one thread each: the network called by itself on the whole batch; captum's `Saliency`; a loop that asks one
model after the other as torch comes.
"""

from functools import partial
from typing import Final

import numpy as np
import torch
from captum.attr import Saliency
from torch import Tensor, nn

from benchmarks.goals import Goal, Measured
from benchmarks.tables import markdown
from benchmarks.timing import cpu_seconds, interleaved
from models.checkpoints import checkpoint_names, load_checkpoint
from models.examples import random_sequence
from models.explanations.saliency import SaliencyParameters, saliency
from models.predict import POSITIVE, positive_logit, positive_probability
from models.sequence import one_hot_encode, reverse_complement

CNN: Final = "ctcf_weri-demo_cnn"
BATCHES: Final = (64, 256, 1024)
FEW, MANY = 1_000, 100_000
ROUNDS: Final = 15


def forward(batch: int) -> Measured:
    """Answer one batch: ours beside the network called by itself."""
    network, X = _network(CNN), _sequences(batch)
    pair = interleaved(lambda: positive_probability(network, X), lambda: _stock(network, X), rounds=ROUNDS)
    return _rates(pair.ratio, batch, pair.ours, pair.theirs)


def saliency_of_batch(batch: int) -> Measured:
    """Explain one batch by its gradient: ours, with the prediction, beside captum's."""
    network, X = _network(CNN), _sequences(batch)
    theirs = Saliency(lambda x: positive_logit(network, x))
    pair = interleaved(
        lambda: saliency(network, X, SaliencyParameters()),
        lambda: theirs.attribute(X.clone().requires_grad_(True)),
        rounds=ROUNDS,
    )
    return _rates(pair.ratio, batch, pair.ours, pair.theirs)


def ranking() -> Measured:
    """Ask all shipped networks about both strands of one sequence."""
    networks = [_network(name) for name in checkpoint_names() if not name.endswith("logistic")]
    strand = random_sequence(np.random.default_rng(1))
    X = one_hot_encode([strand, reverse_complement(strand)])
    pair = interleaved(
        lambda: [positive_probability(network, X) for network in networks],
        lambda: [_stock(network, X) for network in networks],
        rounds=2 * ROUNDS,
    )
    return Measured(pair.ours / pair.theirs, f"{1000 * pair.ours:.3g} ms against {1000 * pair.theirs:.3g} ms")


def growth() -> Measured:
    """Return the cost per sequence of many over that of few."""
    network = _network(CNN)
    X = _sequences(FEW)
    rounds = {1: 99, FEW: 9, MANY: 1}
    costs = {n: min(cpu_seconds(partial(_score, network, X, n)) for _ in range(k)) / n for n, k in rounds.items()}
    detail = ", ".join(f"{n:,}: {1e6 * cost:.3g} us each" for n, cost in costs.items())
    return Measured(costs[MANY] / costs[FEW], detail)


def _score(network: nn.Module, X: Tensor, n: int) -> None:
    for _ in range(max(1, n // len(X))):
        positive_probability(network, X[:n])


def _stock(network: nn.Module, X: Tensor) -> Tensor:
    with torch.inference_mode():
        probability: Tensor = network(X)[:, POSITIVE].exp()
    return probability


def _network(name: str) -> nn.Module:
    torch.set_num_threads(1)
    return load_checkpoint(name).network


def _sequences(n: int) -> Tensor:
    rng = np.random.default_rng(0)
    return one_hot_encode([random_sequence(rng) for _ in range(n)])


def _rates(ratio: float, n: int, ours: float, theirs: float) -> Measured:
    return Measured(ratio, f"{n / ours:,.0f} against {n / theirs:,.0f} sequences/s")


GOALS: Final = (
    *(
        Goal(
            f"G2-{batch}",
            f"DeMo CNN, forward pass of {batch:,} sequences",
            1.6,
            "the network as torch runs it",
            partial(forward, batch),
        )
        for batch in BATCHES
    ),
    Goal(
        "G3", "DeMo CNN, prediction and saliency of 64 sequences", 1.6, "captum Saliency", lambda: saliency_of_batch(64)
    ),
    Goal(
        "G8",
        "one sequence, both strands, against all shipped networks",
        0.45,
        "a loop over the networks",
        ranking,
        better="lower",
    ),
    Goal(
        "G13",
        f"cost per sequence of {MANY:,} over that of {FEW:,}",
        1.1,
        f"{FEW:,} sequences",
        growth,
        better="lower",
    ),
)


def table() -> str:
    """Measure all and return the table."""
    rows = [[goal.text, goal.reference, one.figure, one.detail] for goal in GOALS for one in [goal.measure()]]
    return markdown("Networks", ["what", "reference", "ratio", "detail"], rows)


if __name__ == "__main__":
    print(table())
