"""Seqlets with the names of the motifs that they resemble."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.motifs.library import MotifLibrary
from models.motifs.seqlets import FDR, Seqlet, find_seqlets
from models.motifs.tomtom import Match, best_matches

MATCHES: Final = 3
# Measured on 18 networks with planted sites (benchmarks/motifs.py): gentler softmaxes resemble every motif that has
# flat columns, steeper ones are bases without their weight.
STEEPNESS: Final = 4.5
_LEAST_EFFECT: Final = 1e-6  # in logit; below, there is nothing to scale by


class NamedSeqlet(NamedTuple):
    """A seqlet and the motifs that it resembles, in positions of the sequence.

    Attributes
    ----------
    seqlet : Seqlet
    matches : tuple of Match
        Significant ones, best first; `Match.offset` is the position of the sequence where the aligned motif begins.
    """

    seqlet: Seqlet
    matches: tuple[Match, ...]


def name_seqlets(
    attribution: NDArray[np.float64],
    controls: NDArray[np.float64],
    mutations: NDArray[np.float64],
    library: MotifLibrary,
    *,
    fdr: float = FDR,
    most: int = MATCHES,
) -> list[NamedSeqlet]:
    """Find seqlets and name them, from left to right.

    Parameters
    ----------
    attribution : array, shape (length,)
        Signed contribution of each base.
    controls : array, shape (n_controls, length)
        The same of dinucleotide shuffles.
    mutations : array, shape (4, length)
        Change of the logit by each substitution, by the same network: what it would take in place of each base.
    library : MotifLibrary
    fdr : float
        Of the seqlets.
    most : int
        Matches of one seqlet.
    """
    seqlets = find_seqlets(attribution, controls, fdr=fdr)
    queries = [preferred_bases(seqlet.sign * mutations[:, seqlet.start : seqlet.stop]) for seqlet in seqlets]
    found = best_matches(queries, library, most=most)
    return [
        NamedSeqlet(seqlet, tuple(match._replace(offset=match.offset + seqlet.start) for match in matches))
        for seqlet, matches in zip(seqlets, found, strict=True)
    ]


def preferred_bases(mutations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a network would accept in a stretch, as a matrix that can be compared with motifs.

    Parameters
    ----------
    mutations : array, shape (4, width)
        Change of the logit by each substitution, 0 at the base that is present; negative changes make the present
        base preferred.

    Returns
    -------
    array, shape (4, width), or (4, 0) where no substitution changes anything
        Softmax over the bases of each column. All columns share a scale, `STEEPNESS` over the greatest importance of a
        base in the stretch (minus a quarter of its column's sum), so that a base that matters little becomes a column
        that fits any base. An unknown base is a quarter of each.
    """
    importance = np.abs(mutations.mean(0)).max(initial=0.0)
    if importance < _LEAST_EFFECT:
        return np.empty((len(mutations), 0))
    exponents = mutations * (STEEPNESS / importance)
    weights = np.exp(exponents - exponents.max(0))
    matrix: NDArray[np.float64] = weights / weights.sum(0)
    return matrix
