"""Name what is wrong with one line or one cell, once it is known to be wrong."""

import re
from collections.abc import Sequence
from typing import Final

from models.errors import TextProblem
from models.histone_header import is_header
from models.histone_layouts import FileFormat
from models.histone_problems import Place, problem
from models.text_problems import shown

_JOINED: Final = "Delete the line; it is the header of a file that was joined to another."
_QUOTES: Final = "\"'"
_NO_VALUES: Final = {"nan", "+nan", "-nan", "na", "n/a", "#n/a", "none", "null", "-", "."}
_DECIMAL_COMMA: Final = re.compile(r"[+-]?(\d*,\d+|\d{1,3}([. ']\d{3})+,\d+)")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}([, '_\u00a0\u202f]\d{3})+(\.\d+)?")


def line_problem(text: str, line: int, form: FileFormat) -> TextProblem:
    """Return why a line with the wrong number of columns is wrong."""
    fields = text.split(form.separator)
    quoted = next((column for column, field in enumerate(fields, 1) if '"' in field), None)
    if quoted:
        return problem("quoted_field", Place(line, quoted), text=shown(fields[quoted - 1].strip()))
    if is_header(fields):
        return problem("header_line", Place(line, 1), remedy=_JOINED)
    place = Place(line, min(len(fields), form.n_columns) + 1, _gene(fields, form) if len(fields) > 1 else None)
    if len(fields) == form.n_columns - 1 and form.roles[-1] == "label":
        return problem("missing_label", place)
    remedy = "A comma inside a number would add one: write points, and no thousands separators."
    if len(fields) < form.n_columns or form.separator != ",":
        remedy = "Complete the line or delete it."
    return problem("wrong_number_of_columns", place, remedy=remedy, found=len(fields), expected=form.n_columns)


def cell_problem(text: str, indices: Sequence[int], line: int, form: FileFormat) -> list[TextProblem]:
    """Return what is wrong with the cells of one line, given as indices into the roles of `form`."""
    fields = text.split(form.separator)
    if is_header(fields):
        return [problem("header_line", Place(line, 1), remedy=_JOINED)]
    gene = _gene(fields, form)
    problems = []
    for index in indices:
        column = form.field(index)
        cell = fields[column - 1].strip()
        code = "bad_id" if form.joined_id and form.roles[index] == "bin" else _code(cell, form.roles[index])
        problems.append(problem(code, Place(line, column, gene), text=shown(cell)))
    return problems


def gene_problem(name: str, line: int, form: FileFormat) -> TextProblem | None:
    """Return what is wrong with a gene id, if anything."""
    column = form.column("gene")
    if not name:
        return problem("empty_gene", Place(line, column))
    if '"' in name:
        return problem("quoted_field", Place(line, column), text=shown(name))
    if any(separator in name for separator in ",;\t"):
        return problem("separator_in_gene", Place(line, column), text=shown(name))
    return None


def _gene(fields: Sequence[str], form: FileFormat) -> str | None:
    column = form.column("gene")
    field = fields[column - 1].strip() if column <= len(fields) else ""
    return (field.rpartition("_")[0] or field if form.joined_id else field) or None


def _code(cell: str, role: str) -> str:
    """Return the code of a cell that is known to be wrong in its role."""
    if not cell:
        return "missing_label" if role == "label" else "missing_value"
    if '"' in cell or (cell[0] in _QUOTES and cell[0] == cell[-1]):
        return "quoted_field"
    return f"bad_{role}" if role in {"bin", "label"} else _code_of_value(cell)


def _code_of_value(cell: str) -> str:
    if cell.casefold() in _NO_VALUES:
        return "nan_value"
    number = _number(cell)
    if number is not None:
        return "negative_value" if -float("inf") < number < 0 else "infinite_value"
    if _DECIMAL_COMMA.fullmatch(cell) and not _THOUSANDS.fullmatch(cell):
        return "decimal_comma"
    return "thousands_separator" if _THOUSANDS.fullmatch(cell) else "not_a_number"


def _number(cell: str) -> float | None:
    """Return the number that a cell spells, without what only Python takes: 1_000, other scripts' digits."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        return None
