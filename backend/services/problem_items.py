"""The places of a failure, as they go over the wire."""

from collections.abc import Iterable, Iterator
from typing import Final

from backend.schemas.problem import ProblemItem
from backend.services.errors import InvalidFieldsError, UnknownGeneError
from models.errors import (
    InvalidHistoneFileError,
    InvalidSequencesError,
    InvalidStartSitesError,
    MissingSignalError,
    TextProblem,
)

MAX_FIELD: Final = 80
MAX_RECORD: Final = 80


def problem_items(problems: Iterable[TextProblem], *, field: str) -> list[ProblemItem]:
    """Turn places in the text or file into places in the request."""
    return [ProblemItem(**_shortened_record(problem)._asdict(), field=field) for problem in problems]


def _shortened_record(problem: TextProblem) -> TextProblem:
    """Cut the name of a record where it is too long to be sent back."""
    return problem._replace(record=problem.record and problem.record[:MAX_RECORD])


def failure_items(error: Exception) -> Iterator[ProblemItem]:
    """Return the places that an error names."""
    if isinstance(error, InvalidSequencesError):
        yield from problem_items(error.problems, field="sequences")
    elif isinstance(error, InvalidHistoneFileError):
        yield from problem_items(error.problems, field="file")
    elif isinstance(error, InvalidStartSitesError):
        yield from problem_items(error.problems, field="starts")
    elif isinstance(error, MissingSignalError):
        yield ProblemItem(code="missing_signal", message=str(error), field="file.signals")
    elif isinstance(error, UnknownGeneError):
        yield ProblemItem(code="unknown_gene", message=str(error), field="gene")
    elif isinstance(error, InvalidFieldsError):
        yield from (
            ProblemItem(
                code=item.code,
                message=item.message,
                line=item.line,
                column=item.column,
                field=item.field[:MAX_FIELD],
            )
            for item in error.fields
        )
