"""AttentiveChrome's released way from a file to probabilities and attention, written again to be measured against.

Step by step what `v2PyTorch/data.py` and `models.py` of the release do, which Kipoi's AttentiveChrome does as well: the
csv module's list of all rows; five tensors of zeros for each gene, whose cells are set one at a time from `int` of a
cell of text; a dataset that joins the five for each gene it is asked for; a loader of batches; a bidirectional LSTM
for each mark; `batch_product`, which takes the batch apart into genes and concatenates their scores one by one.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.chromatin_layers import Attention
from models.histone import MARKS, N_BINS

BATCH: Final = 16  # of the release's training and evaluation
KIPOI_BATCH: Final = 32
_FIRST_MARK: Final = 2  # after the gene and the number of the bin


class Gene(NamedTuple):
    """One gene as the released loader keeps it."""

    marks: list[Tensor]  # of shape (n_bins, 1) each
    label: int


class Genes(Dataset[tuple[Tensor, int]]):
    """The released dataset: the marks of a gene are joined whenever it is asked for."""

    def __init__(self, genes: list[Gene]) -> None:
        self.genes = genes

    def __len__(self) -> int:
        return len(self.genes)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        return torch.cat(self.genes[number].marks, 1), self.genes[number].label


def read(path: Path) -> Genes:
    """Read a file as the release does."""
    with path.open() as file:
        rows = list(csv.reader(file))
    return Genes([_gene(rows[start : start + N_BINS]) for start in range(0, len(rows), N_BINS)])


def _gene(rows: list[list[str]]) -> Gene:
    marks = [torch.zeros(N_BINS, 1) for _ in MARKS]
    for number, row in enumerate(rows):
        for column, mark in enumerate(marks, start=_FIRST_MARK):
            mark[number][0] = int(row[column])
    return Gene(marks, int(rows[-1][-1]))


def batches(genes: Genes, size: int) -> Iterator[list[Tensor]]:
    """Yield the signals, shape (size, n_bins, n_marks), and the labels of a batch at a time."""
    yield from DataLoader(genes, batch_size=size, shuffle=False)


def answer(network: AttentiveLSTMAlphaBeta, X: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits, shape (batch, 1), alpha, shape (batch, n_marks * n_bins), and beta of a batch.

    Parameters
    ----------
    network : AttentiveLSTMAlphaBeta
        Whose weights are used.
    X : Tensor, shape (batch, n_bins, n_marks)
    """
    X = network.scale(X)
    contexts, alpha = None, None
    for mark, encoder in enumerate(network.encoders):
        signal = X[:, :, mark].contiguous().t().unsqueeze(2)
        context, weights = _encode(encoder.lstm, encoder.bin_attention, signal)  # type: ignore[arg-type]
        contexts = context if contexts is None else torch.cat((contexts, context), 1)
        alpha = weights if alpha is None else torch.cat((alpha, weights), 1)
    assert contexts is not None
    assert alpha is not None
    summary, beta = _encode(network.mark_recurrent, network.mark_attention, contexts.permute(1, 0, 2))
    return network.output.linear(summary.squeeze(1)), alpha, beta


def _encode(lstm: nn.LSTM, attention: Attention, signal: Tensor) -> tuple[Tensor, Tensor]:
    states = lstm(signal)[0].permute(1, 0, 2)
    weights = _batch_product(states, attention.context[:, None]).softmax(1)
    return torch.bmm(weights.unsqueeze(2).view(len(states), -1, states.shape[1]), states), weights


def _batch_product(states: Tensor, context: Tensor) -> Tensor:
    """Multiply gene by gene; every score is concatenated to those before it."""
    result = None
    for one in states:
        product = torch.mm(one, context).unsqueeze(0)
        result = product if result is None else torch.cat((result, product), 0)
    assert result is not None
    return result.squeeze(2)
