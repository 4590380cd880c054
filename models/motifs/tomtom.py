"""Which known motifs a matrix resembles: memelite's Tomtom, with q-values over the library."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.motifs.library import MotifLibrary
from models.motifs.motif import Motif, reverse_complement_matrix
from models.numba_calls import one_at_a_time

Q_THRESHOLD: Final = 0.1
# Tomtom takes flat columns that meet flat columns for a rare likeness, so that vague queries resemble the long, mostly
# flat matrices of a library. Measured (benchmarks/motifs.py): of stretches without a site this halves the names, of
# planted sites it loses none.
LEAST_CORRELATION: Final = 0.75
_SHORTEST_QUERY: Final = 2


class Match(NamedTuple):
    """A motif that a query resembles.

    Attributes
    ----------
    motif : Motif
    p_value : float
        Chance that the best of all alignments and strands of a motif of this width scores as well, where each query
        column meets a column drawn from the library.
    q_value : float
        Benjamini and Hochberg over the motifs of the library: the share of false ones expected among those that are
        at least as good.
    offset : int
        Column of the query where the aligned motif begins; negative where it begins before.
    overlap : int
        Aligned columns.
    reverse : bool
        Whether the motif's other strand is the one that fits.
    """

    motif: Motif
    p_value: float
    q_value: float
    offset: int
    overlap: int
    reverse: bool

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Return the motif's matrix on the strand that fits."""
        return reverse_complement_matrix(self.motif.matrix) if self.reverse else self.motif.matrix


def best_matches(
    queries: Sequence[NDArray[np.float64]], library: MotifLibrary, *, most: int = 5, q_threshold: float = Q_THRESHOLD
) -> list[list[Match]]:
    """Return the matches of each query that are significant and alike in their letters; often there is none.

    Parameters
    ----------
    queries : sequence of arrays, shape (4, width)
        Columns of base frequencies.
    library : MotifLibrary
        Its columns are the null distribution, so p-values depend on it.
    most : int
        Matches kept of one query, by p-value.
    q_threshold : float
        Greatest q-value. A match must also reach `LEAST_CORRELATION`: see `correlation`.

    References
    ----------
    Gupta et al., Quantifying similarity between motifs, Genome Biology 2007, doi:10.1186/gb-2007-8-2-r24, with the
    complete score, on Euclidean distances of columns; `memelite.tomtom` 0.5. Benjamini & Hochberg, 1995.
    """
    usable = [index for index, query in enumerate(queries) if query.shape[1] >= _SHORTEST_QUERY]
    found: list[list[Match]] = [[] for _ in queries]
    if usable:
        table = tomtom_table([queries[index] for index in usable], library.matrices)
        for row, index in enumerate(usable):
            matches = _significant(table, row, library, q_threshold=q_threshold)
            alike = (match for match in matches if correlation(queries[index], match) >= LEAST_CORRELATION)
            found[index] = list(islice(alike, most))
    return found


def correlation(query: NDArray[np.float64], match: Match) -> float:
    """Return the cosine of query and aligned motif, both as differences from a quarter; 0 where the motif ends.

    Columns without a preferred base count for nothing, informative ones of the query that the motif does not cover
    count against it.
    """
    motif = np.zeros_like(query)
    start, stop = max(match.offset, 0), min(match.offset + match.motif.width, query.shape[1])
    motif[:, start:stop] = match.matrix[:, start - match.offset : stop - match.offset] - 1 / len(query)
    letters = query - 1 / len(query)
    size = float(np.linalg.norm(letters) * np.linalg.norm(motif))
    return float((letters * motif).sum()) / size if size else 0.0


class TomtomTable(NamedTuple):
    """Tomtom's best alignment of each query with each target; all of shape (n_queries, n_targets)."""

    p_value: NDArray[np.float64]
    score: NDArray[np.float64]
    offset: NDArray[np.int64]
    overlap: NDArray[np.int64]
    reverse: NDArray[np.bool_]


def tomtom_table(queries: Sequence[NDArray[np.float64]], targets: list[NDArray[np.float64]]) -> TomtomTable:
    """Align every query with every target and its reverse complement.

    Parameters
    ----------
    queries, targets : sequences of arrays, shape (4, width)
    """
    from memelite import tomtom  # noqa: PLC0415 - numba, for those who name motifs

    with one_at_a_time(ignored="tomtom was given"):  # too few targets, which the library says itself: `caution`
        p_value, score, query_start, overlap, strand = tomtom(list(queries), targets, n_jobs=1)
    offset = -query_start.astype(np.int64)  # memelite says where the query begins in the target
    return TomtomTable(np.clip(p_value, 0.0, 1.0), score, offset, overlap.astype(np.int64), strand.astype(bool))


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Benjamini and Hochberg's adjusted p-values of one family, shape (n,)."""
    order = np.argsort(p_values, kind="stable")
    ranked = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    adjusted = np.empty_like(ranked)
    adjusted[order] = np.minimum.accumulate(ranked[::-1])[::-1].clip(max=1.0)
    return adjusted


def _significant(table: TomtomTable, row: int, library: MotifLibrary, *, q_threshold: float) -> Iterator[Match]:
    p_value = table.p_value[row]
    q_value = q_values(p_value)
    # Equal p-values are common among short queries; the score tells their alignments apart, then the library's order.
    order = np.lexsort((-table.score[row], p_value))
    for index in order[: int((q_value <= q_threshold).sum())].tolist():
        yield Match(
            library.motifs[index],
            p_value=float(p_value[index]),
            q_value=float(q_value[index]),
            offset=int(table.offset[row, index]),
            overlap=int(table.overlap[row, index]),
            reverse=bool(table.reverse[row, index]),
        )
