"""Windows of sequences that a network points at, and the matrix that they have in common."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROUNDS: Final = 10
SHIFT: Final = 4  # columns that a window may move while windows are aligned
_PSEUDOCOUNT: Final = 0.1


class Aligned(NamedTuple):
    """Windows brought on top of each other.

    Attributes
    ----------
    matrix : array, shape (4, width)
        Their mean; each column sums to 1.
    starts : array, shape (n,), int64
        Where each window begins after it has moved.
    """

    matrix: NDArray[np.float64]
    starts: NDArray[np.int64]


def best_windows(track: NDArray[np.float64], *, width: int) -> NDArray[np.int64]:
    """Return the start of the window with the greatest sum in each row, shape (n, length) to (n,)."""
    sums = np.lib.stride_tricks.sliding_window_view(track, width, axis=1).sum(2)
    starts: NDArray[np.int64] = sums.argmax(1)
    return starts


def best_rises(track: NDArray[np.float64], *, width: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return where each row rises most within a window, and by how much: shape (n, length) to (n,) each.

    Position i of the track is the answer after base i, so the window's bases are what the rise is due to.
    """
    before = np.concatenate([track[:, :1], track], axis=1)
    rises = before[:, width:] - before[:, :-width]
    return rises.argmax(1), rises.max(1)


def aligned(X: NDArray[np.float32], starts: NDArray[np.int64], *, width: int) -> Aligned:
    """Align one window of each sequence: each may move by some columns and turn to the other strand.

    Parameters
    ----------
    X : array, shape (n, 4, length)
    starts : array, shape (n,)
        Of the windows as found; the first row's sets strand and frame.
    width : int

    Notes
    -----
    Ten rounds: each window takes the place and strand that score best against the mean of all, as log odds with a
    pseudocount of 0.1; the mean is taken again. A site can lie on either strand, so a plain mean would blur it.
    """
    last = X.shape[2] - width
    moved = np.clip(starts[:, None] + np.arange(-SHIFT, SHIFT + 1), 0, last)  # (n, places)
    columns = moved[:, :, None] + np.arange(width)
    windows = X.transpose(0, 2, 1)[np.arange(len(X))[:, None, None], columns].transpose(0, 1, 3, 2)
    choices = np.concatenate([windows, windows[:, :, ::-1, ::-1]], axis=1).astype(np.float64)
    chosen = np.full(len(X), SHIFT)
    matrix = choices[0, SHIFT]
    for _ in range(ROUNDS):
        odds = np.log((matrix + _PSEUDOCOUNT) / (1 + 4 * _PSEUDOCOUNT) * 4)
        chosen = (choices * odds).sum((2, 3)).argmax(1)
        matrix = mean_matrix(choices[np.arange(len(X)), chosen])
    return Aligned(matrix, moved[np.arange(len(X)), chosen % moved.shape[1]])


def mean_matrix(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the base frequencies of windows, shape (n, 4, width) to (4, width); a quarter each where none is known."""
    counts = windows.sum(0)
    total = counts.sum(0)
    matrix: NDArray[np.float64] = np.where(total > 0, counts / np.maximum(total, 1), 0.25)
    return matrix
