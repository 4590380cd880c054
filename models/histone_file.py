"""Read files of binned histone signals in any published layout; write and summarise them."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from models.errors import InvalidHistoneFileError, TextProblem
from models.histone import MARKS, HistoneMatrices
from models.histone_genes import Arrangement, arrange
from models.histone_layouts import LAYOUTS, FileFormat, Layout, detect_layout, file_format
from models.histone_problems import MAX_PROBLEMS, Place, problem, refusal
from models.histone_table import Genes, Rows, read_rows
from models.histone_text import SEPARATORS, read_blocks, read_head

__all__ = [
    "LAYOUTS",
    "HistoneFile",
    "Layout",
    "SignalStatistics",
    "detect_layout",
    "first_lines",
    "read_histone_file",
    "summarise",
    "write_deepchrome",
]

_GENES_PER_WRITE: Final = 500
_SHOWN_LINE: Final = 200
_FEWEST_TELLING_BINS: Final = 10
_COMPRESSION: Final = 6
_UNREADABLE_IN_IDS: Final = str.maketrans(dict.fromkeys(',;\t\r\n"', "_"))


@dataclass(frozen=True)
class HistoneFile:
    """What a file holds, and how it was read.

    Attributes
    ----------
    matrices : HistoneMatrices
    layout : str
        A name of `LAYOUTS`.
    separator : str
        Comma, tab or semicolon.
    n_rows : int
        Without header and blank lines.
    repairs : tuple of TextProblem
        What was mended, one per kind, each with its first place.
    """

    matrices: HistoneMatrices
    layout: str
    separator: str
    n_rows: int
    repairs: tuple[TextProblem, ...]


class SignalStatistics(NamedTuple):
    """What the values of one signal look like, over all genes and bins.

    Attributes
    ----------
    signal : str
    maximum, mean, percentile_99 : float
        In the file's unit.
    zero_share : float
        Share of bins without any signal.
    whole_numbers : bool
        Whether every value is whole, as read counts are.
    """

    signal: str
    maximum: float
    mean: float
    percentile_99: float
    zero_share: float
    whole_numbers: bool


def read_histone_file(
    path: Path, *, layout: str | None = None, signals: Sequence[str] | None = None, max_genes: int, max_rows: int
) -> HistoneFile:
    """Read binned signals, plain or gzip, block by block.

    Unsorted bins, bins numbered from 0, tabs or semicolons and a byte order mark are mended and reported. Line ends,
    blank lines and white space around fields do not matter. A mark that is absent is no error here: asking the
    matrices for it is.

    Parameters
    ----------
    path : Path
    layout : str or None
        A name of `LAYOUTS`; detected where not given.
    signals : sequence of str or None
        Names of the signal columns in the file's order, where the layout's or the header's are wrong.
    max_genes, max_rows : int
        Refused as soon as these are crossed.

    Raises
    ------
    InvalidHistoneFileError
        With at most 20 problems in the order of the file. Faults of lines and cells come first: only a file without
        any is looked at gene by gene.
    UnknownNameError
        If there is no such layout.
    """
    head = read_head(path)
    form = file_format(head, layout=layout, signals=signals)
    rows, genes, marked = _read(path, form, max_genes=max_genes, max_rows=max_rows)
    if not len(rows.genes):
        raise refusal("empty_file", Place(form.header_line))
    arrangement = arrange(rows, genes.names, form)
    if arrangement.problems:
        raise InvalidHistoneFileError(arrangement.problems)
    repairs = (*_repairs_of_text(form, head[0][0], byte_order_mark=marked), *arrangement.repairs)
    matrices = _matrices(rows, genes, arrangement, form)
    if form.layout == "deepchrome" and not signals and _ends_in_labels(matrices):
        raise refusal("label_as_mark", Place(head[0][0], form.n_columns))
    return HistoneFile(matrices, form.layout, form.separator, len(rows.genes), repairs)


def first_lines(path: Path, n: int) -> tuple[str, ...]:
    """Return the first lines of a file that are not blank, shortened; none where it cannot be read."""
    try:
        return tuple(text if len(text) <= _SHOWN_LINE else f"{text[:_SHOWN_LINE]}…" for _, text in read_head(path)[:n])
    except InvalidHistoneFileError:
        return ()


def summarise(matrices: HistoneMatrices) -> tuple[SignalStatistics, ...]:
    """Return the statistics of each signal; `matrices` must hold at least one gene."""
    found = []
    for name, values in zip(matrices.signals, matrices.values.transpose(1, 0, 2), strict=True):
        found.append(
            SignalStatistics(
                name,
                float(values.max()),
                float(values.mean(dtype=np.float64)),
                float(np.percentile(values, 99)),
                float(np.mean(values == 0)),
                bool(np.all(values == np.rint(values))),
            )
        )
    return tuple(found)


def write_deepchrome(path: Path, matrices: HistoneMatrices, *, header: bool = False) -> None:
    """Write csv.gz that `read_histone_file` reads back; the same matrices give the same bytes.

    Parameters
    ----------
    path : Path
    matrices : HistoneMatrices
        Gene ids and symbols are written without commas, semicolons, tabs and quotation marks, which would break rows.
    header : bool
        False: DeepChrome's columns and order, without symbols and other signals. True: every signal, in the order
        of `matrices`, named by a first line.

    Raises
    ------
    MissingSignalError
        If a mark of DeepChrome is missing and there is no header.
    """
    from pandas import DataFrame  # noqa: PLC0415 - 70 MB, for who writes such a file

    signals = matrices.signals if header else MARKS
    values = matrices.of(signals)
    whole = [bool(np.all(values[:, index] == np.rint(values[:, index]))) for index in range(len(signals))]
    with path.open("wb") as file, gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=0) as stream:
        for start in range(0, len(matrices.genes), _GENES_PER_WRITE):
            part = slice(start, start + _GENES_PER_WRITE)
            n_genes = len(matrices.genes[part])
            columns: dict[str, object] = {"gene": np.repeat(_written(matrices.genes[part]), matrices.n_bins)}
            if header and any(matrices.symbols):
                columns["symbol"] = np.repeat(_written(matrices.symbols[part]), matrices.n_bins)
            columns["bin"] = np.tile(np.arange(1, matrices.n_bins + 1), n_genes)
            for index, name in enumerate(signals):
                column = values[part, index].ravel()
                columns[name] = column.astype(np.int64) if whole[index] and column.max() < 2**53 else column
            if matrices.labels is not None:
                columns["label"] = np.repeat(matrices.labels[part], matrices.n_bins)
            text = DataFrame(columns).to_csv(index=False, header=header and start == 0, lineterminator="\n")
            stream.write(text.encode())


def _written(names: Sequence[str]) -> list[str]:
    return [name.translate(_UNREADABLE_IN_IDS) for name in names]


def _read(path: Path, form: FileFormat, *, max_genes: int, max_rows: int) -> tuple[Rows, Genes, bool]:
    """Return every row, the genes, and whether there was a byte order mark."""
    parts: list[Rows] = []
    genes = Genes()
    problems: list[TextProblem] = []
    n_rows, marked = 0, False
    try:
        for block in read_blocks(path):
            marked = marked or block.byte_order_mark
            rows, found = read_rows(block, form, genes)
            problems += found
            _refuse_too_much(rows, genes, n_rows=n_rows, max_genes=max_genes, max_rows=max_rows)
            n_rows += len(rows.genes)
            # A blank line per row is tolerated; a file of nothing else is not.
            if block.first_line > 2 * max_rows + 1_000:
                raise refusal("too_many_lines", Place(block.first_line), most=2 * max_rows)
            parts.append(rows)
            if len(problems) >= MAX_PROBLEMS:
                break
    except InvalidHistoneFileError as error:
        problems += error.problems
    if problems:
        raise InvalidHistoneFileError(tuple(problems[:MAX_PROBLEMS]))
    return Rows(*(np.concatenate(column) for column in zip(*parts, strict=True))), genes, marked


def _refuse_too_much(rows: Rows, genes: Genes, *, n_rows: int, max_genes: int, max_rows: int) -> None:
    if n_rows + len(rows.genes) > max_rows:
        raise refusal("too_many_rows", Place(int(rows.lines[max_rows - n_rows])), most=max_rows)
    if len(genes.names) > max_genes:
        row = int(np.argmax(rows.genes >= max_genes)) if len(rows.genes) else 0
        line = int(rows.lines[row]) if len(rows.lines) else None
        raise refusal("too_many_genes", Place(line, gene=genes.names[max_genes]), most=max_genes)


def _matrices(rows: Rows, genes: Genes, arrangement: Arrangement, form: FileFormat) -> HistoneMatrices:
    values = rows.values if arrangement.order is None else rows.values[arrangement.order]
    values = values.reshape(len(genes.names), arrangement.n_bins, len(form.signals)).transpose(0, 2, 1)
    names, symbols = _split_names(genes.names) if form.joined_id else (tuple(genes.names), tuple(genes.symbols))
    labels = rows.labels[:: arrangement.n_bins].copy() if "label" in form.roles else None
    return HistoneMatrices(names, symbols, form.signals, np.ascontiguousarray(values), labels)


def _ends_in_labels(matrices: HistoneMatrices) -> bool:
    """Return whether the last signal is 0 or 1 throughout each gene, as labels are and marks are not."""
    last = matrices.values[:, -1]
    constant = bool(np.all(last == last[:, :1])) and matrices.n_bins >= _FEWEST_TELLING_BINS
    return matrices.labels is None and constant and set(last[:, 0].tolist()) == {0.0, 1.0}


def _split_names(joined: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split DeepDiff's ENSG_SYMBOL; ids that would not be unique by their first part (NM_000014) are kept whole."""
    parts = [name.partition("_") for name in joined]
    names = tuple(part[0] for part in parts)
    if len(set(names)) < len(joined):
        return tuple(joined), ("",) * len(joined)
    return names, tuple(part[2] for part in parts)


def _repairs_of_text(form: FileFormat, first_line: int, *, byte_order_mark: bool) -> list[TextProblem]:
    repairs = []
    if byte_order_mark:
        repairs.append(problem("byte_order_mark", Place(1, 1)))
    if form.separator != ",":
        repairs.append(problem("separator", Place(first_line), name=SEPARATORS[form.separator]))
    return repairs
