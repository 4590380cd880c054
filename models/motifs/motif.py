"""What a known motif is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Motif(NamedTuple):
    """One motif of a library.

    Attributes
    ----------
    id, name : str
        ``MA0139.2`` and ``CTCF``; a motif without a name is called by its id.
    matrix : array, shape (4, width), float64
        Rows A, C, G, T; each column sums to 1.
    """

    id: str
    name: str
    matrix: NDArray[np.float64]

    @property
    def width(self) -> int:
        """Return the number of positions."""
        return int(self.matrix.shape[1])


class LibraryInfo(NamedTuple):
    """Where motifs come from."""

    name: str
    licence: str
    citation: str


def reverse_complement_matrix(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix of the other strand: both axes reversed."""
    return np.ascontiguousarray(matrix[::-1, ::-1])


def information(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bits of each column, 0 to 2, against a uniform background."""
    entropy = -np.sum(matrix * np.log2(matrix, where=matrix > 0, out=np.zeros_like(matrix)), axis=0)
    bits: NDArray[np.float64] = np.log2(len(matrix)) - entropy
    return bits
