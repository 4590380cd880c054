"""From rows to genes: each gene in one piece, with the same bins and one label."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.errors import TextProblem
from models.histone_layouts import FileFormat
from models.histone_problems import MAX_PROBLEMS, Place, problem
from models.histone_table import Rows
from models.text_problems import shown

_MISSING_SHARE: Final = (
    10  # a gene that lacks a tenth of its bins is incomplete; with more gaps its last bin is a mistake
)


class Arrangement(NamedTuple):
    """How the rows make genes.

    Attributes
    ----------
    n_bins : int
        Of every gene.
    order : array of int64, shape (n_rows,), or None
        Rows sorted by gene and bin; None where they are already.
    repairs, problems : tuple of TextProblem
        If there is a problem, the rest means nothing.
    """

    n_bins: int
    order: NDArray[np.int64] | None
    repairs: tuple[TextProblem, ...]
    problems: tuple[TextProblem, ...]


class _Pieces(NamedTuple):
    """Neighbouring rows of one gene: where each piece starts and ends, and its gene."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    genes: NDArray[np.int32]


class _Bins(NamedTuple):
    """The bins that every gene should have: `first`, ..., `first` + `n_bins` - 1."""

    first: int
    n_bins: int


def arrange(rows: Rows, names: list[str], form: FileFormat) -> Arrangement:
    """Find the bins of each gene.

    Parameters
    ----------
    rows : Rows
        At least one.
    names : list of str
        Of the genes.
    form : FileFormat
        To name columns by.
    """
    edges = np.flatnonzero(np.diff(rows.genes)) + 1
    starts = np.concatenate(([0], edges))
    pieces = _Pieces(starts, np.concatenate((edges, [len(rows.genes)])), rows.genes[starts])
    if len(starts) > len(names):
        return Arrangement(0, None, (), _split_genes(rows, pieces, names, form))
    bins = _expected_bins(rows, pieces)
    order, unsorted, problems = _sorted(rows, pieces, bins, names, form)
    problems += _label_problems(rows, pieces, names, form)
    problems.sort(key=lambda found: found.line or 0)
    repairs = _repairs(rows, bins, unsorted, names, form)
    return Arrangement(bins.n_bins, order, repairs, tuple(problems[:MAX_PROBLEMS]))


def _place(rows: Rows, row: int, names: list[str], column: int) -> Place:
    return Place(int(rows.lines[row]), column, names[rows.genes[row]])


def _split_genes(rows: Rows, pieces: _Pieces, names: list[str], form: FileFormat) -> tuple[TextProblem, ...]:
    """Return the genes whose rows are in several pieces, once each: interrupted, or in the file twice."""
    column = form.column("gene")
    _, firsts = np.unique(pieces.genes, return_index=True)
    again = np.setdiff1d(np.arange(len(pieces.genes)), firsts)
    _, seconds = np.unique(pieces.genes[again], return_index=True)
    found = []
    for piece in again[np.sort(seconds)[:MAX_PROBLEMS]]:
        gene = int(pieces.genes[piece])
        start, stranger = int(pieces.starts[piece]), int(pieces.ends[firsts[gene]])
        earlier = slice(int(pieces.starts[firsts[gene]]), stranger)
        if np.isin(rows.bins[start : pieces.ends[piece]], rows.bins[earlier]).any():
            place = _place(rows, start, names, column)
            found.append(problem("repeated_gene", place, earlier=int(rows.lines[earlier.start])))
        else:
            place = _place(rows, stranger, names, column)
            later = int(rows.lines[start])
            found.append(problem("mixed_genes", place, interrupted=shown(names[gene]), later=later))
    return tuple(sorted(found, key=lambda problem: problem.line or 0))


def _expected_bins(rows: Rows, pieces: _Pieces) -> _Bins:
    """Return the bins that most genes have; of two equally common numbers, the larger."""
    lowest = np.minimum.reduceat(rows.bins, pieces.starts)
    highest = np.maximum.reduceat(rows.bins, pieces.starts)
    first = 0 if 2 * np.count_nonzero(lowest == 0) > len(lowest) else 1
    counts = pieces.ends - pieces.starts
    spans = highest - first + 1
    plausible = np.where(spans <= counts + np.maximum(counts // _MISSING_SHARE, 1), spans, counts)
    numbers, frequencies = np.unique(plausible, return_counts=True)
    return _Bins(first, int(numbers[::-1][np.argmax(frequencies[::-1])]))


def _sorted(
    rows: Rows, pieces: _Pieces, bins: _Bins, names: list[str], form: FileFormat
) -> tuple[NDArray[np.int64] | None, list[int], list[TextProblem]]:
    """Return the order by gene and bin, the first misplaced row of each gene with unsorted bins, and problems."""
    counts = pieces.ends - pieces.starts
    right = np.arange(len(rows.bins)) - np.repeat(pieces.starts, counts) + bins.first
    wrong_count = counts != bins.n_bins
    misplaced = rows.bins != right
    if not misplaced.any() and not wrong_count.any():
        return None, [], []
    order = np.lexsort((rows.bins, rows.genes))
    wrong = np.logical_or.reduceat(rows.bins[order] != right, pieces.starts) | wrong_count
    problems: list[TextProblem] = []
    for piece in np.flatnonzero(wrong)[:MAX_PROBLEMS].tolist():
        start, end = pieces.starts[piece], pieces.ends[piece]
        code, row, values = _wrong_bins(rows.bins[start:end], bins)
        problems.append(problem(code, _place(rows, start + row, names, form.column("bin")), **values))
    touched = np.flatnonzero(np.logical_or.reduceat(misplaced, pieces.starts) & ~wrong)
    unsorted = [int(pieces.starts[piece] + np.argmax(misplaced[pieces.starts[piece] :])) for piece in touched]
    return order, unsorted, problems


def _wrong_bins(found: NDArray[np.int32], bins: _Bins) -> tuple[str, int, dict[str, int]]:
    """Return what is wrong with one gene's bins: a code, the row that shows it, and what the sentence names."""
    first, last = bins.first, bins.first + bins.n_bins - 1
    right = np.arange(len(found)) + first
    if len(found) != bins.n_bins and np.array_equal(np.sort(found), right):
        row = len(found) - 1 if len(found) < bins.n_bins else int(np.argmax(found > last))
        return "different_numbers_of_bins", row, {"found": len(found), "most": bins.n_bins}
    outside = np.flatnonzero((found < first) | (found > last))
    if len(outside):
        return "out_of_range_bin", int(outside[0]), {"bin": int(found[outside[0]]), "first": first, "last": last}
    numbers, counts = np.unique(found, return_counts=True)
    twice = np.isin(found, numbers[counts > 1])
    if twice.any():
        # Of two rows with one bin, the one that is not where that bin belongs is the mistake.
        strange = np.flatnonzero(twice & (found != right))
        row = int(strange[0])
        return "repeated_bin", row, {"bin": int(found[row])}
    missing = int(np.setdiff1d(np.arange(first, last + 1), found)[0])
    return "missing_bin", int(np.argmax(found > missing)), {"bin": missing, "first": first, "last": last}


def _repairs(
    rows: Rows, bins: _Bins, unsorted: list[int], names: list[str], form: FileFormat
) -> tuple[TextProblem, ...]:
    column = form.column("bin")
    repairs = []
    if bins.first == 0:
        repairs.append(problem("bins_from_zero", _place(rows, int(np.argmax(rows.bins == 0)), names, column)))
    if unsorted:
        genes = "1 gene" if len(unsorted) == 1 else f"{len(unsorted):,} genes"
        repairs.append(problem("unsorted_bins", _place(rows, unsorted[0], names, column), genes=genes))
    return tuple(repairs)


def _label_problems(rows: Rows, pieces: _Pieces, names: list[str], form: FileFormat) -> list[TextProblem]:
    if "label" not in form.roles:
        return []
    counts = pieces.ends - pieces.starts
    on = np.add.reduceat(rows.labels.astype(np.int64), pieces.starts)
    usual = np.where(2 * on == counts, rows.labels[pieces.starts], 2 * on > counts)
    differing = rows.labels != np.repeat(usual, counts)
    _, firsts = np.unique(rows.genes[differing], return_index=True)
    return [
        problem(
            "inconsistent_label",
            _place(rows, row, names, form.column("label")),
            label=int(rows.labels[row]),
            other=int(1 - rows.labels[row]),
        )
        for row in np.flatnonzero(differing)[firsts[:MAX_PROBLEMS]].tolist()
    ]
