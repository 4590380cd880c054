"""What the first layer's convolution filters fire on."""

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.motifs.library import MotifLibrary
from models.motifs.motif import information
from models.motifs.tomtom import Match, best_matches
from models.motifs.windows import mean_matrix
from models.sequence import ALPHABET

SHARE_OF_MAXIMUM: Final = 0.5
FEWEST_WINDOWS: Final = 10  # a mean of fewer is not compared with the library


class FilterMotif(NamedTuple):
    """One filter.

    Attributes
    ----------
    number : int
    matrix : array, shape (4, width)
        Mean of the windows that it fires on; each column sums to 1.
    n_windows : int
        Windows that it fires on.
    share : float
        Of the sequences, those with at least one such window.
    information : float
        Bits of the matrix.
    match : Match or None
        Best motif of the library, where significant.
    """

    number: int
    matrix: NDArray[np.float64]
    n_windows: int
    share: float
    information: float
    match: Match | None


def first_convolution(network: nn.Module) -> nn.Conv1d | None:
    """Return the convolution that reads the bases, or None where there is none."""
    convolutions = (module for module in network.modules() if isinstance(module, nn.Conv1d))
    return next((each for each in convolutions if each.in_channels == len(ALPHABET)), None)


def filter_motifs(convolution: nn.Conv1d, X: Tensor, library: MotifLibrary) -> list[FilterMotif]:
    """Return every filter that fires at all, by its index.

    A filter fires on a window whose activation is more than half of its greatest one over all sequences; windows that
    reach into padding do not count.

    Parameters
    ----------
    convolution : nn.Conv1d
        Reads the bases.
    X : Tensor, shape (n, 4, length)
    library : MotifLibrary

    References
    ----------
    Alipanahi et al., Nature Biotechnology 2015, doi:10.1038/nbt.3300, supplementary section 10.2 (with half of the
    maximum, as in Kelley et al., Genome Research 2016, doi:10.1101/gr.200535.115).
    """
    with torch.inference_mode():
        activation = nn.functional.conv1d(X, convolution.weight, convolution.bias)
    windows = X.unfold(2, convolution.kernel_size[0], 1)
    greatest = activation.amax((0, 2))
    fires = (activation > SHARE_OF_MAXIMUM * greatest[:, None]) & (greatest[:, None] > 0)
    motifs = [_filter_motif(index, windows, fires[:, index]) for index in range(len(greatest)) if greatest[index] > 0]
    compared = [motif for motif in motifs if motif.n_windows >= FEWEST_WINDOWS]
    matches = best_matches([motif.matrix for motif in compared], library, most=1)
    best = {motif.number: found[0] for motif, found in zip(compared, matches, strict=True) if found}
    return [motif._replace(match=best.get(motif.number)) for motif in motifs]


def _filter_motif(index: int, windows: Tensor, fires: Tensor) -> FilterMotif:
    """Average the windows, shape (n, 4, places, width), at the places where it fires, shape (n, places)."""
    chosen = windows.transpose(1, 2)[fires].to(torch.float64).numpy()
    matrix = mean_matrix(chosen)
    share = float(fires.any(1).to(torch.float64).mean())
    return FilterMotif(index, matrix, len(chosen), share, float(information(matrix).sum()), None)
