"""Problems of a text or file, as they go over the wire."""

from collections.abc import Iterable

from backend.schemas.problem import ProblemItem
from models.errors import TextProblem


def problem_items(problems: Iterable[TextProblem], *, field: str) -> list[ProblemItem]:
    """Turn places in the text or file into places in the request."""
    return [ProblemItem(**problem._asdict(), field=field) for problem in problems]
