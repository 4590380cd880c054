"""What a checkpoint reads of the genes of a file, and why it may not be able to."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from models.card import ChromatinCard
from models.histone import HistoneMatrices, bin_starts_bp, central_bins


def refusal(card: ChromatinCard, matrices: HistoneMatrices, bin_size_bp: int) -> str | None:
    """Say why a checkpoint cannot answer for a file."""
    missing = [mark for mark in card.marks if mark not in matrices.signals]
    if missing:
        return f"The file lacks {', '.join(missing)}."
    if card.bin_size_bp != bin_size_bp:
        return (
            f"It was trained on bins of {card.bin_size_bp:,} bp, the file is said to have bins of {bin_size_bp:,} bp: "
            "another scale."
        )
    if matrices.n_bins < card.n_bins and not card.other_lengths:
        return f"It needs {card.n_bins} bins per gene; the file has {matrices.n_bins}."
    return None


def n_bins_read(card: ChromatinCard, matrices: HistoneMatrices) -> int:
    """Return how many bins a checkpoint reads: of a longer window the middle, as many as it was trained on."""
    return min(card.n_bins, matrices.n_bins)


def starts_bp(n_bins: int, matrices: HistoneMatrices, *, bin_size_bp: int) -> NDArray[np.int64]:
    """Return the starts, relative to the TSS, of the `n_bins` bins in the middle of the file's window."""
    every = bin_starts_bp(matrices.n_bins, bin_size_bp)
    start = (matrices.n_bins - n_bins) // 2
    return every[start : start + n_bins]


def signal_of(matrices: HistoneMatrices, card: ChromatinCard, genes: slice | NDArray[np.int64]) -> NDArray[np.float32]:
    """Return what a checkpoint reads of some genes, shape (n, n_marks, n_bins), copied out of the file."""
    rows = [matrices.signals.index(mark) for mark in card.marks]
    chosen = np.asarray(matrices.values[genes])[:, rows]
    return np.ascontiguousarray(central_bins(chosen, n_bins_read(card, matrices)))


def inputs(matrices: HistoneMatrices, card: ChromatinCard, genes: slice | NDArray[np.int64]) -> Tensor:
    """Return some genes as a network takes them."""
    return from_numpy(signal_of(matrices, card, genes))


def portions(n: int, size: int) -> Iterator[slice]:
    """Cut 0 to n into slices."""
    return (slice(start, start + size) for start in range(0, n, size))
