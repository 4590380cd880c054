"""A gene as it would be: its signals scaled, or set to what is usual, mark by mark over ranges of bins."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.schemas.chromatin_analyses import SignalEdit
from backend.services.agreement import Axes
from backend.services.errors import FieldError, InvalidFieldsError
from backend.services.names import shown

Signal = NDArray[np.float32]
CONVENTIONS: Final = {
    "edits": "The signal of a mark in a range of bins, times a factor or set to the reference of the first checkpoint, "
    "one edit after the other; every network reads the same edited gene. A network answers for any signal, also for "
    "one that no cell has.",
    "trust of contributions": "The worst of three tests: completeness gap, Spearman with knock-out over marks x bins, "
    "mean cosine with the contributions by the other networks that were asked; each states its thresholds.",
}


def check_edits(edits: Sequence[SignalEdit], axes: Axes) -> None:
    """Refuse edits of marks or bins that the networks do not read, all mistakes at once."""
    mistakes = [mistake for position, edit in enumerate(edits) for mistake in _mistakes(edit, position, axes)]
    if mistakes:
        raise InvalidFieldsError(tuple(mistakes))


def _mistakes(edit: SignalEdit, position: int, axes: Axes) -> list[FieldError]:
    place, n_bins = f"edits.{position}", len(axes.starts_bp)
    mistakes = []
    if edit.mark not in axes.marks:
        message = f"No mark {shown(edit.mark)} is read. They are: {', '.join(axes.marks)}."
        mistakes.append(FieldError(f"{place}.mark", "unknown_mark", message))
    if edit.last_bin >= n_bins:
        message = f"There are {n_bins} bins, counted from 0: the last one is {n_bins - 1}."
        mistakes.append(FieldError(f"{place}.last_bin", "outside_gene", message))
    elif edit.first_bin > edit.last_bin:
        message = "The range holds no bin: the first one lies behind the last."
        mistakes.append(FieldError(f"{place}.first_bin", "empty_range", message))
    return mistakes


def edited(signal: Signal, edits: Sequence[SignalEdit], *, marks: Sequence[str], reference: Signal) -> Signal:
    """Return the signal, shape (n_marks, n_bins), after all edits, one after the other."""
    changed = signal.copy()
    for edit in edits:
        row, bins = marks.index(edit.mark), slice(edit.first_bin, edit.last_bin + 1)
        if edit.factor == "reference":
            changed[row, bins] = reference[row, bins]
        else:
            changed[row, bins] *= edit.factor
    return changed


def in_words(edits: Sequence[SignalEdit], axes: Axes, *, reference: str) -> list[str]:
    """Say each edit with mark, bins counted from 1 as in the files, and bp."""
    return [_words(edit, axes, reference) for edit in edits]


def _words(edit: SignalEdit, axes: Axes, reference: str) -> str:
    start, stop = int(axes.starts_bp[edit.first_bin]), int(axes.starts_bp[edit.last_bin]) + axes.bin_size_bp
    first, last = edit.first_bin + 1, edit.last_bin + 1
    bins = f"bin {first}" if first == last else f"bins {first} to {last}"
    change = f"set to {reference}" if edit.factor == "reference" else f"times {edit.factor:g}"
    return f"{edit.mark}, {bins} ({start:+,} to {stop:+,} bp): {change}"
