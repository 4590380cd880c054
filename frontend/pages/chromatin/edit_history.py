"""Edits of a gene's signal that can be undone: a plain record, so that it can live in the browser's store."""

from collections.abc import Sequence
from typing import Any

History = dict[str, Any]  # key: run and gene; edits: as of now; past, future: lists of edits
Edit = dict[str, Any]


def edits_of(history: History | None, key: Sequence[str]) -> list[Edit]:
    """Return the edits of a gene; those of another gene are none."""
    return list(history["edits"]) if history and history["key"] == list(key) else []


def of_gene(history: History | None, key: Sequence[str]) -> History:
    """Return the history of a gene, a new one where the store holds another's."""
    if history and history["key"] == list(key):
        return history
    return {"key": list(key), "edits": [], "past": [], "future": []}


def with_edit(history: History, edit: Edit) -> History:
    """Add an edit, or change the last one where it is of the same bins of the same mark; a factor of 1 takes it out."""
    edits = list(history["edits"])
    amends = bool(edits) and _target(edits[-1]) == _target(edit)
    kept = edits[:-1] if amends else edits
    changed = kept if edit["factor"] == 1 else [*kept, edit]
    if changed == edits:
        return history
    past = history["past"] if amends else [*history["past"], edits]
    if changed == (past[-1] if past else []):  # taken back by hand
        past = past[:-1]
    return {**history, "edits": changed, "past": past, "future": []}


def undone(history: History) -> History:
    """Take back the last edit."""
    if not history["past"]:
        return history
    *past, edits = history["past"]
    return {**history, "edits": edits, "past": past, "future": [history["edits"], *history["future"]]}


def redone(history: History) -> History:
    """Make again what was taken back."""
    if not history["future"]:
        return history
    edits, *future = history["future"]
    return {**history, "edits": edits, "past": [*history["past"], history["edits"]], "future": future}


def cleared(history: History) -> History:
    """Take back all edits; this can be undone too."""
    if not history["edits"]:
        return history
    return {**history, "edits": [], "past": [*history["past"], history["edits"]], "future": []}


def factor_of(history: History, target: tuple[str, int, int]) -> float:
    """Return where the slider stands: the last edit's factor where it is of these bins, else 1."""
    last = history["edits"][-1] if history["edits"] else None
    if last is None or _target(last) != target or last["factor"] == "reference":
        return 1.0
    return float(last["factor"])


def change_of(history: History, target: tuple[str, int, int]) -> str:
    """Say what the last edit does to these bins."""
    last = history["edits"][-1] if history["edits"] else None
    if last and _target(last) == target and last["factor"] == "reference":
        return "set to the usual"
    return f"times {factor_of(history, target):g}"


def _target(edit: Edit) -> tuple[str, int, int]:
    return edit["mark"], edit["first_bin"], edit["last_bin"]
