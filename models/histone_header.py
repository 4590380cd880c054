"""Names of columns: which of them are genes, bins and labels, and what a signal may be called."""

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from models.errors import InvalidHistoneFileError, TextProblem
from models.histone import MARKS
from models.histone_problems import Place, problem, refusal
from models.text_problems import shown

MAX_SIGNALS: Final = 20

_ROLES: Final = {"gene": "gene", "gene_id": "gene", "id": "gene", "bin": "bin", "symbol": "symbol", "label": "label"}
_SPELLINGS: Final = {mark.casefold(): mark for mark in (*MARKS, "H3K27ac")}
_NO_VALUES: Final = {"", "na", "n/a", "nan", "none", "null", "inf", "infinity"}
_LETTERS_OF_NUMBERS: Final = re.compile(r"[\d.,\s'_+-]*([eEdD][+-]?\d*)?")
_SIMILAR: Final = 0.9  # H3K4m3 is like H3K4me3; H3K4me2 is another mark


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names columns: two known names, or words only after the first field."""
    names = [_bare(field).casefold() for field in fields]
    known = sum(name in _ROLES or name in _SPELLINGS for name in names)
    return known >= 2 or (len(names) > 2 and all(map(_is_word, names[1:])))


def read_header(
    fields: Sequence[str], *, line: int, signals: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the role of each column, and the names of the signal columns.

    Parameters
    ----------
    fields : sequence of str
        The header's fields.
    line : int
        Where it stands.
    signals : sequence of str or None
        Other names for the signal columns.

    Raises
    ------
    InvalidHistoneFileError
        If a name is missing, repeated, quoted, or close to a mark's without being it.
    """
    names = [field.strip() for field in fields]
    for column, name in enumerate(names, start=1):
        if '"' in name:
            raise refusal("quoted_field", Place(line, column), text=shown(name))
    roles = tuple(_ROLES.get(name.casefold(), "signal") for name in names)
    found = [
        (column, name) for column, (name, role) in enumerate(zip(names, roles, strict=True), 1) if role == "signal"
    ]
    problems = [*_role_problems(roles, names, line), *(() if signals else _signal_problems(found, line))]
    if signals and len(signals) != len(found):
        place = Place(line, found[-1][0] if found else None)
        problems.append(problem("wrong_number_of_signals", place, found=len(found), given=len(signals)))
    if problems:
        raise InvalidHistoneFileError(tuple(sorted(problems, key=lambda p: p.column or 0)))
    return roles, canonical(signals or [name for _, name in found])


def canonical(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names with the marks' own spelling of capitals."""
    return tuple(_SPELLINGS.get(name.strip().casefold(), name.strip()) for name in names)


def signal_problems(names: Sequence[str]) -> tuple[TextProblem, ...]:
    """Return what is wrong with names that somebody gave to the signal columns of a file."""
    return tuple(_signal_problems([(None, name.strip()) for name in names], None))


def _role_problems(roles: Sequence[str], names: Sequence[str], line: int) -> list[TextProblem]:
    counts = Counter(roles)
    needed = {"gene": "'gene'", "bin": "'bin'", "signal": "after a mark"}
    missing = [problem("missing_column", Place(line), name=name) for role, name in needed.items() if not counts[role]]
    repeated = [
        problem("repeated_column", Place(line, column), name=shown(names[column - 1]))
        for column, role in enumerate(roles, start=1)
        if role != "signal" and role in roles[: column - 1]
    ]
    return [*missing, *repeated]


def _signal_problems(found: Sequence[tuple[int | None, str]], line: int | None) -> list[TextProblem]:
    problems: list[TextProblem] = []
    taken: set[str] = set()
    for column, name in found:
        meant = _meant(name)
        if not name:
            problems.append(problem("unnamed_column", Place(line, column)))
        elif name.casefold() in taken:
            problems.append(problem("repeated_column", Place(line, column), name=shown(name)))
        elif meant:
            problems.append(problem("unknown_mark", Place(line, column), name=shown(name), meant=meant))
        taken.add(name.casefold())
    if len(found) > MAX_SIGNALS:
        place = Place(line, found[MAX_SIGNALS][0])
        problems.append(problem("too_many_signals", place, found=len(found), most=MAX_SIGNALS))
    return problems


def _meant(name: str) -> str | None:
    """Return the mark that a name seems to stand for without being it: H3K4me3_rep1, H3K4m3."""
    if name.casefold() in _SPELLINGS:
        return None
    plain = re.sub("[^a-z0-9]", "", name.casefold())
    contained = next((mark for mark in _SPELLINGS if mark in plain), None)
    close = difflib.get_close_matches(plain, _SPELLINGS, n=1, cutoff=_SIMILAR)
    return _SPELLINGS.get(contained or (close[0] if close else ""))


def _bare(field: str) -> str:
    return field.strip().strip("\"'").strip()


def _is_word(name: str) -> bool:
    return name not in _NO_VALUES and not _LETTERS_OF_NUMBERS.fullmatch(name)
