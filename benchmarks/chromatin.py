"""Histone marks: a file to answers, training and knock-out, beside the published code's way in the same run.

Reference: `published_chromatin`, the released reader and pass written again; training takes the same pass, with the
released loss, in batches of 16. One thread, seconds of the processor.
"""

import gzip
import statistics
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks import published_chromatin as published
from benchmarks.goals import Goal, Measured
from benchmarks.tables import markdown
from benchmarks.timing import cpu_seconds, interleaved
from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.explanations.attention import AttentionParameters, attention
from models.explanations.knock_out import KnockOutParameters, knock_out
from models.histone import MARKS, N_BINS, HistoneMatrices
from models.histone_file import read_histone_file, write_deepchrome

N_GENES: Final = 6600
N_TRAINED: Final = 640
BATCH: Final = 64
ROUNDS: Final = 3


def route() -> Measured:
    """Read a file and answer for all of its genes, with attention."""
    network = _network().eval()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / "genes.csv"
        packed = path.with_suffix(".csv.gz")
        write_deepchrome(packed, _genes())
        path.write_bytes(gzip.decompress(packed.read_bytes()))
        if not np.allclose(_ours(path, network), _published(path, network), atol=1e-5):
            raise AssertionError("the two ways disagree")
        pair = interleaved(lambda: _ours(path, network), lambda: _published(path, network), rounds=2, warm=True)
    return Measured(pair.ratio, f"{pair.ours:.3g} s against {pair.theirs:.3g} s")


def training(batch: int) -> Measured:
    """Go through the same genes forwards and backwards, in batches of our size and of the released one."""
    network = _network(dropout=0.0).train()  # the released dropout, of a recurrence of one layer, does nothing
    X = torch.from_numpy(_genes().values[:N_TRAINED])
    on = torch.arange(len(X)) % 2 == 0

    def ours() -> None:
        for x, y in zip(X.split(batch), on.split(batch), strict=True):
            nn.functional.nll_loss(network(x), torch.where(y, 0, 1)).backward()

    def theirs() -> None:
        for x, y in zip(X.transpose(1, 2).split(published.BATCH), on.split(published.BATCH), strict=True):
            logit = published.answer(network, x)[0][:, 0]
            nn.functional.binary_cross_entropy_with_logits(logit, y.float()).backward()

    pair = interleaved(ours, theirs, rounds=ROUNDS)
    return Measured(pair.ratio, f"{len(X) / pair.ours:,.0f} against {len(X) / pair.theirs:,.0f} genes/s")


GOALS: Final = (
    Goal(
        f"G9-{published.BATCH}",
        f"training AttentiveChrome in batches of {published.BATCH}",
        1.4,
        f"the released pass in batches of {published.BATCH}",
        partial(training, published.BATCH),
    ),
    Goal(
        f"G9-{BATCH}",
        f"training AttentiveChrome in batches of {BATCH}",
        2.0,
        f"the released pass in batches of {published.BATCH}",
        partial(training, BATCH),
    ),
    Goal(
        "G10",
        f"{N_GENES:,} genes, from a CSV file to probabilities, alpha and beta",
        10.0,
        f"the released reader and pass, in Kipoi's batches of {published.KIPOI_BATCH}",
        route,
    ),
)


def table() -> str:
    """Measure everything and return the table."""
    torch.set_num_threads(1)
    rows = [[goal.text, goal.reference, one.figure, one.detail] for goal in GOALS for one in [goal.measure()]]
    lines = markdown("Histone marks", ["what", "reference", "ratio", "detail"], rows)
    cells = _knock_out(_network().eval(), torch.from_numpy(_genes().values[:1]))
    return f"{lines}\nKnock-out of all {len(MARKS) * N_BINS + N_BINS + len(MARKS)} parts of one gene: {cells:.2f} s.\n"


def _network(**options: object) -> AttentiveLSTMAlphaBeta:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return AttentiveLSTMAlphaBeta(scale="log1p", **options)


@cache
def _genes() -> HistoneMatrices:
    values = np.random.default_rng(0).negative_binomial(1, 0.2, (N_GENES, len(MARKS), N_BINS)).astype(np.float32)
    genes = tuple(f"{number:06d}" for number in range(N_GENES))
    return HistoneMatrices(genes, ("",) * N_GENES, MARKS, values, np.arange(N_GENES, dtype=np.int8) % 2)


def _ours(path: Path, network: nn.Module) -> np.ndarray:
    matrices = read_histone_file(path, max_genes=20_000, max_rows=2_500_000).matrices
    parts = torch.from_numpy(matrices.of(MARKS)).split(BATCH)
    return np.concatenate([attention(network, part, AttentionParameters())["probability"].numpy() for part in parts])


def _published(path: Path, network: AttentiveLSTMAlphaBeta) -> np.ndarray:
    genes = published.read(path)
    parts = [published.answer(network, X)[0] for X, _ in published.batches(genes, published.KIPOI_BATCH)]
    return torch.cat(parts).sigmoid()[:, 0].numpy()


def _knock_out(network: nn.Module, X: Tensor) -> float:
    parameters = KnockOutParameters(reference=tuple((0.0,) * N_BINS for _ in MARKS))
    return statistics.median(cpu_seconds(lambda: knock_out(network, X, parameters)) for _ in range(5))


if __name__ == "__main__":
    print(table())
