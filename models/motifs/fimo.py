"""Where known motifs fit a sequence, whatever a network says: memelite's FIMO."""

from typing import Final, NamedTuple

import numpy as np
from torch import Tensor

from models.motifs.library import MotifLibrary
from models.motifs.motif import Motif
from models.numba_calls import one_at_a_time

P_THRESHOLD: Final = 1e-4
_COLUMNS: Final = ("motif_name", "start", "end", "strand", "score", "p-value")


class Hit(NamedTuple):
    """A place where a motif fits.

    Attributes
    ----------
    motif : Motif
    start, stop : int
        First position and the first behind it, on the strand that was given.
    reverse : bool
        Whether the motif's other strand fits.
    score : float
        Sum over positions of ``log2((p + 1e-4) / 0.25)``.
    p_value : float
        Chance that uniform random bases score as well at one place and on one strand.
    """

    motif: Motif
    start: int
    stop: int
    reverse: bool
    score: float
    p_value: float


def scan(X: Tensor, library: MotifLibrary, *, threshold: float = P_THRESHOLD) -> list[Hit]:
    """Return all hits on both strands, best first.

    Parameters
    ----------
    X : Tensor, shape (1, 4, length)
        One-hot. Places with an unknown base (an all-zero column) are left out: FIMO gives it a score of 0, which for a
        long motif is a good one, so that a run of N would be full of hits.
    library : MotifLibrary
    threshold : float
        Greatest p-value. It is not corrected for the number of places and motifs: see `expected_false_hits`.

    References
    ----------
    Grant, Bailey & Noble, FIMO, Bioinformatics 2011, doi:10.1093/bioinformatics/btr064; `memelite.fimo` 0.5: scores
    in bins of 0.1, exact null distribution under uniform bases.
    """
    from memelite import fimo  # noqa: PLC0415 - numba, for those who name motifs

    matrices = {motif.id: motif.matrix for motif in library.motifs}
    with one_at_a_time():
        frames = fimo(matrices, X.to("cpu").numpy().astype(np.int8), threshold=threshold, dim=1)
    hits = [
        Hit(library.by_id[name], int(start), int(stop), strand == "-", float(score), float(p_value))
        for frame in frames  # one per sequence with a hit: none where nothing fits
        for name, start, stop, strand, score, p_value in zip(*(frame[name] for name in _COLUMNS), strict=True)
    ]
    unknown = np.concatenate([[0], np.cumsum((X[0].sum(0) == 0).cpu().numpy())])
    hits = [hit for hit in hits if unknown[hit.stop] == unknown[hit.start]]
    return sorted(hits, key=lambda hit: (hit.p_value, hit.start, hit.motif.id))


def expected_false_hits(length: int, library: MotifLibrary, *, threshold: float = P_THRESHOLD) -> float:
    """Return how many hits uniform random bases would have: threshold x 2 strands x places x motifs.

    Parameters
    ----------
    length : int
        Bases of the sequence; a motif of width w has ``length - w + 1`` places.
    """
    return threshold * 2 * sum(max(length - motif.width + 1, 0) for motif in library.motifs)
