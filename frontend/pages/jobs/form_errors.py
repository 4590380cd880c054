"""Where the errors of a refused request go: beside their field, quietly where the field is still empty, or below."""

from typing import Any, NamedTuple

from backend.schemas.problem import Problem, ProblemItem
from frontend.components.notices import problem_alert, problem_items

EMPTY: tuple[Any, ...] = (None, "", [])


class SortedErrors(NamedTuple):
    """What is shown where."""

    fields: list[Any]
    rest: Any
    reason: str


def sort_errors(problem: Problem, asked: dict[str, Any], names: list[str]) -> SortedErrors:
    """Put each error where it belongs; a field that is still empty is asked for, not scolded."""
    beside: dict[str, list[ProblemItem]] = {}
    needed: list[str] = []
    rest: list[ProblemItem] = []
    for item in problem.errors:
        name = _field(item)
        if name not in names:
            rest.append(item)
        elif asked["parameters"].get(name) in EMPTY and name in asked["visible"]:
            needed.append(item.message)
        else:
            beside.setdefault(name, []).append(item)
    fields = [problem_items(beside[name]) if name in beside else None for name in names]
    if rest or not problem.errors:
        return SortedErrors(fields, problem_alert(problem.model_copy(update={"errors": rest})), problem.title)
    return SortedErrors(fields, None, "Mend what is marked above first." if beside else " ".join(needed))


def _field(item: ProblemItem) -> str:
    """Return the parameter an error is about: `parameters.lr` and `parameters.files.0` name lr and files."""
    parts = (item.field or "").split(".")
    return parts[1] if parts[0] == "parameters" and len(parts) > 1 else ""
