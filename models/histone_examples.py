"""Files of histone signals to try, all synthetic: counts drawn around profiles of expressed and silent genes."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.histone import BIN_SIZE_BP, MARKS, N_BINS, HistoneMatrices, bin_starts_bp
from models.histone_file import write_deepchrome

N_GENES: Final = 40

_SEED: Final = 2017
_DIP_WIDTH_BP: Final = 200  # the nucleosome-free region


class HistoneExample(NamedTuple):
    """A file that can be made at once.

    Attributes
    ----------
    name, title, description : str
    make : callable
        Returns the same matrices each time.
    header : bool
        Whether its columns are named by a header, or are DeepChrome's.
    """

    name: str
    title: str
    description: str
    make: Callable[[], HistoneMatrices]
    header: bool


class Profile(NamedTuple):
    """Mean reads per bin of one signal around the TSS, and how genes and bins scatter.

    Attributes
    ----------
    upstream, downstream : float
        Level 5 kb before and behind the TSS, in reads per bin; a straight line between.
    height : float
        Added at the TSS, falling off as a Gaussian; negative where the signal is depleted.
    width_bp : float
        Standard deviation of that Gaussian.
    dip : float
        Share that is missing over the TSS itself.
    spread : float
        Coefficient of variation of a gene's overall level (log-normal).
    dispersion : float
        1/k of the negative binomial from which each bin is drawn: variance = mean + dispersion * mean^2.
    """

    upstream: float
    downstream: float
    height: float
    width_bp: float
    dip: float
    spread: float
    dispersion: float


# Measured on the 800 genes of DeepDiff's E003 and E123 (central 100 bins; ON is above the cell type's median), rounded.
ON: Final = {
    "H3K27me3": Profile(1.1, 1.1, 1.2, 1200, 0.35, 1.3, 0.6),
    "H3K36me3": Profile(2.4, 3.0, -1.4, 900, 0.35, 0.7, 0.6),
    "H3K4me1": Profile(2.8, 3.0, 3.4, 1300, 0.6, 0.65, 0.7),
    "H3K4me3": Profile(2.5, 2.4, 60.0, 650, 0.3, 0.7, 0.7),
    "H3K9me3": Profile(1.4, 1.5, 0.3, 1500, 0.35, 0.5, 0.3),
    "H3K27ac": Profile(1.5, 1.5, 30.0, 900, 0.4, 0.7, 0.7),  # no data at hand: like H3K4me3, lower and broader
}
OFF: Final = {
    "H3K27me3": Profile(2.4, 2.7, 2.3, 1800, 0.3, 2.8, 0.4),
    "H3K36me3": Profile(1.2, 1.3, -0.2, 900, 0.0, 0.8, 0.6),
    "H3K4me1": Profile(1.7, 1.8, 1.3, 1500, 0.15, 0.9, 0.7),
    "H3K4me3": Profile(1.2, 1.7, 14.5, 700, 0.0, 1.8, 0.7),
    "H3K9me3": Profile(1.5, 1.6, 0.2, 2000, 0.0, 0.8, 0.3),
    "H3K27ac": Profile(1.0, 1.0, 2.0, 900, 0.0, 1.5, 0.7),
}


def mean_signal(profile: Profile) -> NDArray[np.float64]:
    """Return the mean reads of each of the 100 bins, shape (100,)."""
    centres = bin_starts_bp(N_BINS) + BIN_SIZE_BP / 2
    level = np.interp(centres, [centres[0], centres[-1]], [profile.upstream, profile.downstream])
    peak = profile.height * np.exp(-0.5 * (centres / profile.width_bp) ** 2)
    signal: NDArray[np.float64] = (level + peak) * (1 - profile.dip * np.exp(-0.5 * (centres / _DIP_WIDTH_BP) ** 2))
    return signal


def synthetic_genes(signals: tuple[str, ...], *, random_state: int) -> HistoneMatrices:
    """Draw genes, half of them ON, in random order.

    Parameters
    ----------
    signals : tuple of str
        Names of `ON` and `OFF`, in the order wanted.
    random_state : int

    Returns
    -------
    HistoneMatrices
        40 genes called synthetic_01, ...; whole counts.
    """
    rng = np.random.default_rng(random_state)
    labels = rng.permutation(np.arange(N_GENES) % 2).astype(np.int8)
    values = [[_draw((ON if label else OFF)[name], rng) for name in signals] for label in labels]
    names = tuple(f"synthetic_{number:02d}" for number in range(1, N_GENES + 1))
    return HistoneMatrices(names, ("",) * N_GENES, signals, np.array(values, np.float32), labels)


def write_example(example: HistoneExample, path: Path) -> None:
    """Write an example as csv.gz."""
    write_deepchrome(path, example.make(), header=example.header)


def _draw(profile: Profile, rng: np.random.Generator) -> NDArray[np.int64]:
    variance = np.log1p(profile.spread**2)
    gene_level = rng.lognormal(-variance / 2, np.sqrt(variance))
    mean = mean_signal(profile) * gene_level
    counts: NDArray[np.int64] = rng.negative_binomial(1 / profile.dispersion, 1 / (1 + profile.dispersion * mean))
    return counts


def _deepchrome() -> HistoneMatrices:
    return synthetic_genes(MARKS, random_state=_SEED)


def _with_header() -> HistoneMatrices:
    order = ("H3K27ac", "H3K4me3", "H3K9me3", "H3K4me1", "H3K36me3", "H3K27me3")
    return synthetic_genes(order, random_state=_SEED + 1)


_HOW: Final = "read counts drawn around mean profiles of H1 and K562, so no gene is real."
EXAMPLES: Final = (
    HistoneExample(
        "synthetic_deepchrome",
        "40 genes, DeepChrome layout",
        f"20 ON and 20 OFF genes, 100 bins, the five marks in DeepChrome's order, labels: {_HOW}",
        _deepchrome,
        header=False,
    ),
    HistoneExample(
        "synthetic_h3k27ac",
        "40 genes, header, H3K27ac",
        f"As above, but a header names the columns, which come in another order and include H3K27ac: {_HOW} H3K27ac "
        "can be compared with the attention.",
        _with_header,
        header=True,
    ),
)
