"""Histone-mark signals around transcription start sites: names travel with the array, never positions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import MissingSignalError

MARKS: Final = ("H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3")  # columns of DeepChrome, AttentiveChrome
DEEPDIFF_MARKS: Final = ("H3K4me1", "H3K4me3", "H3K9me3", "H3K27me3", "H3K36me3")
MARK_ROLES: Final = {
    "H3K27me3": "repressor",
    "H3K36me3": "transcribed gene body",
    "H3K4me1": "distal enhancer",
    "H3K4me3": "promoter",
    "H3K9me3": "repressor",
}
BIN_SIZE_BP: Final = 100
N_BINS: Final = 100


@dataclass(frozen=True)
class HistoneMatrices:
    """Signals of many genes, bin by bin.

    Attributes
    ----------
    genes : tuple of str
        Identifiers as in the file, in its order, each once; leading zeros are kept.
    symbols : tuple of str
        Gene symbols, empty where the file has none; parallel to `genes`.
    signals : tuple of str
        Names of the second axis: marks, and extra signals such as H3K27ac.
    values : array of float32, shape (n_genes, n_signals, n_bins)
        Not negative. Bins run 5' to 3' of the gene as in the file; the TSS lies in the middle.
    labels : array of int8, shape (n_genes,), or None
        1 is ON, 0 is OFF.
    """

    genes: tuple[str, ...]
    symbols: tuple[str, ...]
    signals: tuple[str, ...]
    values: NDArray[np.float32]
    labels: NDArray[np.int8] | None

    @property
    def n_bins(self) -> int:
        """Bins per gene."""
        return int(self.values.shape[2])

    def of(self, signals: Sequence[str] = MARKS) -> NDArray[np.float32]:
        """Return the named signals in the order asked.

        Returns
        -------
        array of float32, shape (n_genes, len(signals), n_bins)

        Raises
        ------
        MissingSignalError
            If a signal is not there.
        """
        missing = tuple(name for name in signals if name not in self.signals)
        if missing:
            raise MissingSignalError(missing, self.signals)
        return self.values[:, [self.signals.index(name) for name in signals]]


def central_bins(values: NDArray[np.float32], n_bins: int) -> NDArray[np.float32]:
    """Return the bins in the middle of the last axis, around the TSS; `values` must hold at least so many."""
    start = (values.shape[-1] - n_bins) // 2
    return values[..., start : start + n_bins]


def bin_starts_bp(n_bins: int, bin_size_bp: int = BIN_SIZE_BP) -> NDArray[np.int64]:
    """Return the start of each bin relative to the TSS: bin i of 100 covers [-5000 + 100 i, -4900 + 100 i) bp."""
    return (np.arange(n_bins) - n_bins // 2) * bin_size_bp


def golden_signal(n_marks: int = len(MARKS), n_bins: int = N_BINS) -> NDArray[np.float32]:
    """Return two made-up genes whose probabilities every card records.

    Returns
    -------
    array of float32, shape (2, n_marks, n_bins)
        Whole numbers 0 to 4.
    """
    gene, mark, position = np.ogrid[1:3, 2 : n_marks + 2, :n_bins]
    signal: NDArray[np.float32] = ((gene * mark * (position % 7)) % 5).astype(np.float32)
    return signal
