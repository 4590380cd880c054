"""From a block of lines to columns of numbers, by pandas' C engine; a cell that is no number is named by its place."""

import csv
from io import BytesIO
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.errors import TextProblem
from models.histone_cells import cell_problem, gene_problem, line_problem
from models.histone_layouts import FileFormat
from models.histone_problems import MAX_PROBLEMS, Place, problem
from models.histone_text import LONGEST_LINE, Block

if TYPE_CHECKING:
    import pandas as pd

MAX_BIN: Final = 100_000

_LARGEST: Final = float(np.finfo(np.float32).max)
_LINE_FEED, _UNDERSCORE = ord("\n"), ord("_")


class Rows(NamedTuple):
    """Rows of a file, in its order.

    Attributes
    ----------
    genes : array of int32, shape (n_rows,)
        Indices into `Genes.names`.
    bins : array of int32, shape (n_rows,)
        As numbered in the file.
    values : array of float32, shape (n_rows, n_signals)
    labels : array of int8, shape (n_rows,)
        Zeros where the file has no labels.
    lines : array of int32, shape (n_rows,)
        Line of each row.
    """

    genes: NDArray[np.int32]
    bins: NDArray[np.int32]
    values: NDArray[np.float32]
    labels: NDArray[np.int8]
    lines: NDArray[np.int32]


class Genes:
    """The genes met so far, in the order of the file."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.symbols: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str, symbol: str) -> int:
        """Return the gene's index, a new one where it has not been met."""
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
            self.symbols.append(symbol)
        return self._numbers[name]


class _Lines(NamedTuple):
    """The lines of a block that are not blank: where each starts and ends, and its number."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def text(self, index: int) -> str:
        return self.data[self.starts[index] : self.ends[index]].tobytes().decode()

    def where(self, keep: NDArray[np.bool_]) -> "_Lines":
        return self._replace(starts=self.starts[keep], ends=self.ends[keep], numbers=self.numbers[keep])


def read_rows(block: Block, form: FileFormat, genes: Genes) -> tuple[Rows, list[TextProblem]]:
    """Return the rows of a block, and what is wrong with its lines; the rows are only good if nothing is.

    Parameters
    ----------
    block : Block
    form : FileFormat
    genes : Genes
        Added to.
    """
    lines, problems = _whole_lines(_lines(block, form), form)
    if not len(lines.starts):
        return _no_rows(form), problems
    frame = _frame(_split_ids(lines, form) if form.joined_id else lines, form)
    names = [name for name, role in enumerate(form.roles) if role not in {"gene", "symbol"}]
    numbers = frame[names].to_numpy(np.float64)
    problems += _cell_problems(numbers, names, lines, form)
    gene_numbers, of_genes = _gene_numbers(frame, lines, form, genes)
    problems += of_genes
    if problems:
        return _no_rows(form), sorted(problems, key=lambda p: (p.line or 0, p.column or 0))[:MAX_PROBLEMS]
    roles = [form.roles[name] for name in names]
    labels = numbers[:, roles.index("label")] if "label" in roles else np.zeros(len(numbers))
    rows = Rows(
        gene_numbers,
        numbers[:, roles.index("bin")].astype(np.int32),
        numbers[:, [role == "signal" for role in roles]].astype(np.float32),
        labels.astype(np.int8),
        lines.numbers.astype(np.int32),
    )
    return rows, []


def _no_rows(form: FileFormat) -> Rows:
    none = np.zeros(0, np.int32)
    return Rows(none, none, np.zeros((0, len(form.signals)), np.float32), none.astype(np.int8), none)


def _lines(block: Block, form: FileFormat) -> _Lines:
    data = np.frombuffer(block.data, np.uint8)
    ends = np.flatnonzero(data == _LINE_FEED)
    starts = np.concatenate(([0], ends[:-1] + 1))
    numbers = np.arange(len(ends)) + block.first_line
    lines = _Lines(data, starts, ends, numbers)
    return lines.where((ends > starts) & (numbers != (form.header_line or 0)))


def _whole_lines(lines: _Lines, form: FileFormat) -> tuple[_Lines, list[TextProblem]]:
    """Return the lines with the right number of columns, and problems of the others."""
    separators = np.flatnonzero(lines.data == ord(form.separator))
    found = np.searchsorted(separators, lines.ends) - np.searchsorted(separators, lines.starts) + 1
    lengths = lines.ends - lines.starts
    good = (found == form.n_columns) & (lengths <= LONGEST_LINE)
    problems: list[TextProblem] = []
    for index in np.flatnonzero(~good).tolist():
        number = int(lines.numbers[index])
        if lengths[index] > LONGEST_LINE:
            problems.append(problem("long_line", Place(number), most=LONGEST_LINE))
        elif text := lines.text(index).strip(" \v\f"):
            problems.append(line_problem(text, number, form))
        if len(problems) == MAX_PROBLEMS:
            break
    return lines.where(good), problems


def _split_ids(lines: _Lines, form: FileFormat) -> _Lines:
    """Write a separator over the last underscore of each first field; where there is none, the bin stays empty."""
    separators = np.flatnonzero(lines.data == ord(form.separator))
    id_ends = separators[np.searchsorted(separators, lines.starts)]
    underscores = np.flatnonzero(lines.data == _UNDERSCORE)
    at = np.searchsorted(underscores, id_ends) - 1
    last = underscores[np.maximum(at, 0)] if len(underscores) else np.full(len(at), -1)
    split = (at >= 0) & (last >= lines.starts)
    data = lines.data.copy()
    data[last[split]] = ord(form.separator)
    if split.all():
        return lines._replace(data=data)
    grown = np.insert(data, id_ends[~split], ord(form.separator))
    inserted = np.concatenate(([0], np.cumsum(~split)))
    return lines._replace(data=grown, starts=lines.starts + inserted[:-1], ends=lines.ends + inserted[1:])


def _frame(lines: _Lines, form: FileFormat) -> "pd.DataFrame":
    """Return the fields, one column per role: text as it is, the others as float64, NaN where not a number."""
    size = int((lines.ends - lines.starts + 1).sum())
    data = lines.data
    if size != len(data):
        # Spans of kept lines begin with +1 and end with -1: their running sum is 1 inside.
        inside = np.zeros(len(data) + 1, np.int8)
        inside[lines.starts] += 1
        inside[lines.ends + 1] -= 1
        data = data[np.cumsum(inside[:-1], dtype=np.int8).astype(bool)]
    texts = {name: "str" for name, role in enumerate(form.roles) if role in {"gene", "symbol"}}
    numbers = [name for name in range(len(form.roles)) if name not in texts]
    source = data.tobytes()
    try:
        return _read_csv(source, form, texts | dict.fromkeys(numbers, "float64"))
    except ValueError:
        import pandas as pd  # noqa: PLC0415

        frame = _read_csv(source, form, texts | dict.fromkeys(numbers, "str"))
        for name in numbers:
            frame[name] = pd.to_numeric(frame[name], errors="coerce").astype("float64")
        return frame


def _read_csv(source: bytes, form: FileFormat, dtypes: dict[int, str]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - 70 MB, for who reads a file of genes

    return pd.read_csv(
        BytesIO(source),
        sep=form.separator,
        header=None,
        names=list(range(len(form.roles))),
        index_col=False,
        dtype=dtypes,
        engine="c",
        quoting=csv.QUOTE_NONE,
        na_filter=False,
        low_memory=False,
        skip_blank_lines=False,
        encoding="utf-8",
    )


def _cell_problems(
    numbers: NDArray[np.float64], names: list[int], lines: _Lines, form: FileFormat
) -> list[TextProblem]:
    bad = ~(numbers >= 0) | (numbers > _LARGEST)
    for position, name in enumerate(names):
        column = numbers[:, position]
        if form.roles[name] == "bin":
            bad[:, position] |= (column != np.floor(column)) | (column > MAX_BIN)
        elif form.roles[name] == "label":
            bad[:, position] |= (column != 0) & (column != 1)
    problems: list[TextProblem] = []
    for row in np.flatnonzero(bad.any(axis=1))[:MAX_PROBLEMS].tolist():
        indices = [names[position] for position in np.flatnonzero(bad[row])]
        problems += cell_problem(lines.text(row), indices, int(lines.numbers[row]), form)
    return problems[:MAX_PROBLEMS]


def _gene_numbers(
    frame: "pd.DataFrame", lines: _Lines, form: FileFormat, genes: Genes
) -> tuple[NDArray[np.int32], list[TextProblem]]:
    import pandas as pd  # noqa: PLC0415

    codes, names = pd.factorize(frame[form.roles.index("gene")])
    _, first = np.unique(codes, return_index=True)
    symbols = frame[form.roles.index("symbol")] if "symbol" in form.roles else None
    numbers = np.zeros(len(names), np.int32)
    problems: list[TextProblem] = []
    for code, (row, name) in enumerate(zip(first, map(str.strip, names), strict=True)):
        if found := gene_problem(name, int(lines.numbers[row]), form):
            problems.append(found)
        else:
            numbers[code] = genes.number(name, "" if symbols is None else symbols.iloc[row].strip())
    return numbers[codes], problems[:MAX_PROBLEMS]
