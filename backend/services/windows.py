"""Rows, one per record and strand, and the windows that the networks read of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from backend.schemas.sequence_analyses import Strand
from models.fasta import SequenceRecord
from models.sequence import one_hot_encode, reverse_complement
from models.tiles import tile_starts


class Row(NamedTuple):
    """One strand of one record, 5' to 3'."""

    record: int
    name: str
    strand: Strand
    sequence: str


class Windows(NamedTuple):
    """All windows of all rows, one after the other.

    X has shape (n_windows, 4, window); starts, shape (n_windows,), are 0-based on the strand of the row; row i owns
    the windows first[i] to first[i + 1].
    """

    X: Tensor
    starts: NDArray[np.int64]
    first: NDArray[np.int64]


def strand_rows(records: Sequence[tuple[int, SequenceRecord]], *, strands: Sequence[Strand]) -> list[Row]:
    """Make one row per record and strand."""
    return [
        Row(index, record.name, strand, record.sequence if strand == "forward" else reverse_complement(record.sequence))
        for index, record in records
        for strand in strands
    ]


def cut_windows(rows: Sequence[Row], *, window: int, step: int) -> Windows:
    """Encode every row once, padded on the right to a window, and cut all windows in one go."""
    if max(len(row.sequence) for row in rows) <= window:  # most requests: a row is a window
        whole = one_hot_encode([row.sequence for row in rows], length=window)
        return Windows(whole, np.zeros(len(rows), dtype=np.int64), np.arange(len(rows) + 1))
    padded = [row.sequence.ljust(window, "N") for row in rows]
    lengths = np.array([len(sequence) for sequence in padded])
    tiles = [tile_starts(length, window=window, step=step) for length in lengths]
    starts = np.concatenate(tiles)
    counts = np.array([len(tile) for tile in tiles])
    row_offsets = np.repeat(np.cumsum(lengths) - lengths, counts)
    encoded = one_hot_encode(["".join(padded)])[0]
    X = encoded.unfold(1, window, 1)[:, from_numpy(row_offsets + starts)].permute(1, 0, 2).contiguous()
    return Windows(X, starts, np.concatenate([[0], np.cumsum(counts)]))


def best_windows(score: NDArray[np.float64], *, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index of each row's window with the highest score, the first one on ties."""
    if len(first) == len(score) + 1:  # one each
        return first[:-1]
    highest = np.repeat(np.maximum.reduceat(score, first[:-1]), np.diff(first))
    candidates = np.flatnonzero(score == highest)
    row_of_candidate = np.searchsorted(first, candidates, side="right") - 1
    return candidates[np.unique(row_of_candidate, return_index=True)[1]]
