"""Find out which gene of hg38 is which of hg19 by position alone: assemblies differ by shifts that neighbours share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.genes import StartSite

REACH_BP: Final = 3_000_000  # no block has moved further along its chromosome
NEIGHBOURHOOD_BP: Final = 1_000_000
TOLERANCE_BP: Final = 30  # of two start sites of one gene in two annotations, when the shift is looked for
MIN_VOTES: Final = 3
FINE_REACH_BP, EXACT_BP = 150, 4
SAME_BLOCK_BP: Final = 2_000
MARGIN_BP: Final = 1_000


class GeneBody(NamedTuple):
    """A gene without strand, 0-based, `end` excluded."""

    symbol: str
    chromosome: str
    start: int
    end: int

    def five_prime(self, strand: str) -> int:
        """Return the first transcribed base, 0-based."""
        return self.start if strand == "+" else self.end - 1


def lift(sites: Sequence[StartSite], bodies: Sequence[GeneBody]) -> dict[str, int]:
    """Return where start sites of hg38 lie on hg19, by gene; genes whose neighbourhood does not tell are absent.

    Where the chromosome has kept its length, the differences between the start sites of one assembly and the 5' ends
    of the other pile up at one value, the shift of the block; all others are scattered.
    """
    lifted: dict[str, int] = {}
    for chromosome in sorted({site.chromosome for site in sites}):
        here = sorted((site for site in sites if site.chromosome == chromosome), key=lambda site: site.position)
        there = [body for body in bodies if body.chromosome == chromosome]
        positions, differences = _pairs(here, there)
        own = np.array([site.position for site in here])
        first = np.searchsorted(positions, own - NEIGHBOURHOOD_BP)
        last = np.searchsorted(positions, own + NEIGHBOURHOOD_BP)
        votes = [_vote(differences[start:end]) for start, end in zip(first, last, strict=True)]
        sure = np.array([row for row, vote in enumerate(votes) if vote is not None], dtype=np.int64)
        for row, site in enumerate(here):
            shift = votes[row] if votes[row] is not None else _between(row, sure, votes)
            if shift is not None:
                lifted[site.gene] = site.position - shift
    return lifted


def named_by_position(
    sites: Iterable[StartSite], bodies: Sequence[GeneBody], lifted: Mapping[str, int]
) -> dict[str, GeneBody]:
    """Return which gene body a start site belongs to; what is ambiguous is absent.

    A body is a candidate if the lifted site lies in it. It is taken if it starts there, or if it is the only one;
    of several sites that take one body, the one that lies at its start keeps it.
    """
    claims: dict[GeneBody, list[tuple[bool, str]]] = {}
    nearby = _Bodies(bodies)
    for site in sites:
        if site.gene in lifted:
            found = _body(site, nearby.around(site.chromosome, lifted[site.gene]), lifted[site.gene])
            if found:
                body, at_start = found
                claims.setdefault(body, []).append((not at_start, site.gene))
    return {genes[0][1]: body for body, each in claims.items() for genes in [sorted(each)] if _is_clear(genes)}


class _Bodies:
    """Gene bodies by place."""

    def __init__(self, bodies: Sequence[GeneBody]) -> None:
        self._bodies: dict[str, list[GeneBody]] = {}
        for body in bodies:
            self._bodies.setdefault(body.chromosome, []).append(body)
        self._places = {
            chromosome: np.array([(body.start, body.end) for body in each]).T
            for chromosome, each in self._bodies.items()
        }

    def around(self, chromosome: str, position: int) -> list[GeneBody]:
        """Return the bodies in which a position lies, or almost."""
        if chromosome not in self._bodies:
            return []
        starts, ends = self._places[chromosome]
        inside = np.flatnonzero((starts - MARGIN_BP <= position) & (position < ends + MARGIN_BP))
        return [self._bodies[chromosome][index] for index in inside]


def _is_clear(claims: Sequence[tuple[bool, str]]) -> bool:
    return len(claims) == 1 or claims[0][0] < claims[1][0]


def _body(site: StartSite, bodies: Sequence[GeneBody], position: int) -> tuple[GeneBody, bool] | None:
    ranked = sorted((abs(body.five_prime(site.strand) - position), body) for body in bodies)
    if not ranked:
        return None
    distance, nearest = ranked[0]
    if distance <= MARGIN_BP and (len(ranked) == 1 or ranked[1][0] > 2 * distance + MARGIN_BP):
        return nearest, True
    return (nearest, False) if len(ranked) == 1 else None


def _pairs(here: Sequence[StartSite], there: Sequence[GeneBody]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start sites and their differences to all 5' ends of the same strand in reach, by position."""
    positions, differences = [], []
    for strand in "+-":
        own = np.array([site.position for site in here if site.strand == strand], dtype=np.int64)
        other = np.array([body.five_prime(strand) for body in there], dtype=np.int64)
        all_differences = own[:, None] - other[None, :]
        rows, columns = np.nonzero(np.abs(all_differences) < REACH_BP)
        positions.append(own[rows])
        differences.append(all_differences[rows, columns])
    order = np.argsort(np.concatenate(positions), kind="stable")
    return np.concatenate(positions)[order], np.concatenate(differences)[order]


def _vote(differences: NDArray[np.int64]) -> int | None:
    """Return the shift that most differences agree on, if they are many and twice as many as for any other."""
    if not len(differences):
        return None
    ordered = np.sort(differences)
    votes = _within(ordered, TOLERANCE_BP)
    shift = int(np.median(ordered[votes.argmax() :][: votes.max()]))
    near = np.abs(ordered - shift) <= 10 * SAME_BLOCK_BP
    n_votes, n_others = int(votes.max()), int(votes[~near].max(initial=0))
    if n_votes < MIN_VOTES or n_votes < 2 * n_others:
        return None
    # Where both annotations name the same base the difference is exact; where they do not, it scatters around.
    close = ordered[np.abs(ordered - shift) <= FINE_REACH_BP]
    exact = _within(close, EXACT_BP)
    return int(np.median(close[exact.argmax() :][: exact.max()])) if exact.max() >= MIN_VOTES else shift


def _within(ordered: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Return for each value how many follow it, itself included, by at most `width`."""
    ends: NDArray[np.int64] = np.searchsorted(ordered, ordered + width, side="right") - np.arange(len(ordered))
    return ends


def _between(row: int, sure: NDArray[np.int64], votes: Sequence[int | None]) -> int | None:
    """Return the shift of the neighbours on both sides, if they agree."""
    at = int(np.searchsorted(sure, row))
    if at in (0, len(sure)):
        return None
    left, right = votes[sure[at - 1]], votes[sure[at]]
    if left is None or right is None or abs(left - right) > SAME_BLOCK_BP:
        return None
    return int(left + right) // 2
