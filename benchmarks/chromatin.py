"""Histone marks: a file to answers, training and knock-out, beside the published code's way in the same run.

References: the published reader (the csv module, row by row) with the published forward pass (the attention takes the
batch apart into single genes, as Kipoi's AttentiveChrome does), and the same pass for training.
"""

import csv
import gzip
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.tables import markdown
from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.explanations.attention import AttentionParameters, attention
from models.explanations.knock_out import KnockOutParameters, knock_out
from models.histone import MARKS, N_BINS, HistoneMatrices
from models.histone_file import read_histone_file, write_deepchrome

N_GENES: Final = 6600
N_TRAINED: Final = 640
BATCH: Final = 64
ROUNDS: Final = 3


def table() -> str:
    """Measure everything and return the table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = AttentiveLSTMAlphaBeta(scale="log1p").eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "genes.csv.gz"
        write_deepchrome(path, _genes())
        route = _interleaved(
            lambda: _ours(path, network),
            lambda: _published(path, network),
            check=lambda a, b: np.allclose(a, b, atol=1e-5),
        )
    X = torch.from_numpy(_genes().values)
    rows = [
        [f"{N_GENES:,} genes, file to probability, alpha and beta (s)", *route, route[1] / route[0]],
        *_training(X[:N_TRAINED]),
    ]
    cells = _knock_out(network, X[:1])
    lines = markdown("Histone marks", ["what", "ours", "published way", "ratio"], rows)
    return f"{lines}\nKnock-out of all {len(MARKS) * N_BINS + N_BINS + len(MARKS)} parts of one gene: {cells:.2f} s.\n"


def _genes() -> HistoneMatrices:
    values = np.random.default_rng(0).negative_binomial(1, 0.2, (N_GENES, len(MARKS), N_BINS)).astype(np.float32)
    genes = tuple(f"{number:06d}" for number in range(N_GENES))
    return HistoneMatrices(genes, ("",) * N_GENES, MARKS, values, np.arange(N_GENES, dtype=np.int8) % 2)


def _ours(path: Path, network: nn.Module) -> np.ndarray:
    matrices = read_histone_file(path, max_genes=20_000, max_rows=2_500_000).matrices
    parts = torch.from_numpy(matrices.of(MARKS)).split(BATCH)
    return np.concatenate([attention(network, part, AttentionParameters())["probability"].numpy() for part in parts])


def _published(path: Path, network: AttentiveLSTMAlphaBeta) -> np.ndarray:
    rows: dict[str, list[list[float]]] = {}
    with gzip.open(path, "rt") as lines:
        for row in csv.reader(lines):
            rows.setdefault(row[0], []).append([float(cell) for cell in row[2:7]])
    X = torch.tensor(list(rows.values())).transpose(1, 2)
    with torch.inference_mode():
        return torch.cat([_published_pass(network, part).sigmoid() for part in X.split(32)]).numpy()


def _published_pass(network: AttentiveLSTMAlphaBeta, X: Tensor) -> Tensor:
    """Attend gene by gene, as `batch_product` of the released code does."""
    contexts = []
    for encoder, signal in zip(network.encoders, network.scale(X).unbind(1), strict=True):
        states = encoder.lstm(signal.T[..., None])[0]
        scores = torch.stack([states[:, gene] @ encoder.bin_attention.context for gene in range(len(X))])
        alpha = scores.softmax(1)
        contexts.append(torch.stack([alpha[gene] @ states[:, gene] for gene in range(len(X))]))
    states = network.mark_recurrent(torch.stack(contexts))[0]
    scores = torch.stack([states[:, gene] @ network.mark_attention.context for gene in range(len(X))])
    beta = scores.softmax(1)
    summary = torch.stack([beta[gene] @ states[:, gene] for gene in range(len(X))])
    return network.output.linear(summary)[:, 0]


def _training(X: Tensor) -> list[list[object]]:
    on = torch.arange(len(X)) % 2 == 0
    rows: list[list[object]] = []
    for batch in (16, 64):
        network = AttentiveLSTMAlphaBeta(scale="log1p", dropout=0.0).train()

        def ours(network: AttentiveLSTMAlphaBeta = network, batch: int = batch) -> None:
            for x, y in zip(X.split(batch), on.split(batch), strict=True):
                nn.functional.nll_loss(network(x), torch.where(y, 0, 1)).backward()

        def published(network: AttentiveLSTMAlphaBeta = network) -> None:
            for x, y in zip(X.split(16), on.split(16), strict=True):
                logit = _published_pass(network, x)
                nn.functional.binary_cross_entropy_with_logits(logit, y.float()).backward()

        seconds = _interleaved(ours, published)
        rates = [len(X) / one for one in seconds]
        rows.append([f"training, genes/s, batches of {batch} (published: 16)", *rates, rates[0] / rates[1]])
    return rows


def _knock_out(network: nn.Module, X: Tensor) -> float:
    parameters = KnockOutParameters(reference=tuple((0.0,) * N_BINS for _ in MARKS))
    return statistics.median(_seconds(lambda: knock_out(network, X, parameters))[0] for _ in range(5))


def _interleaved(
    ours: Callable[[], object], theirs: Callable[[], object], check: Callable[..., bool] | None = None
) -> list[float]:
    """Return the median seconds of both, run in turns."""
    times: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        (mine, a), (other, b) = _seconds(ours), _seconds(theirs)
        if check and not check(a, b):
            raise AssertionError("the two ways disagree")
        times.append((mine, other))
    return [statistics.median(column) for column in zip(*times, strict=True)]


def _seconds(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
