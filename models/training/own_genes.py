"""A user's own genes to train on: binned histone signals, labelled ON and OFF in the file or by an expression table."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.annotation import with_symbols
from models.errors import InvalidHistoneFileError, TextProblem
from models.histone import MARKS, HistoneMatrices
from models.histone_file import read_histone_file
from models.histone_text import read_blocks
from models.text_problems import shown

MAX_GENES: Final = 30_000
MAX_ROWS: Final = 3_000_000
MIN_GENES: Final = 100
MIN_CLASS: Final = 20
BINS: Final = (20, 400)

_MAX_TABLE_ROWS: Final = 200_000
_MAX_PROBLEMS: Final = 20
_SEPARATORS: Final = "\t;,"


class OwnGenesError(InvalidHistoneFileError):
    """One of a user's files that cannot be trained on.

    Attributes
    ----------
    role : {"histone", "expression", "split"}
    """

    def __init__(self, role: str, problems: Sequence[TextProblem]) -> None:
        self.role = role
        super().__init__(tuple(problems))


class OwnGenes(NamedTuple):
    """A user's genes with their labels.

    Attributes
    ----------
    X : Tensor of float32, shape (n, n_marks, n_bins)
        Marks in the order of `MARKS`.
    on : Tensor of bool, shape (n,)
    genes, symbols : tuple of str
    labels : str
        What ON means, in words.
    files : dict of str to str
        Role to name and sha256.
    notes : tuple of str
        What was mended or left out, in sentences.
    """

    X: Tensor
    on: Tensor
    genes: tuple[str, ...]
    symbols: tuple[str, ...]
    labels: str
    files: dict[str, str]
    notes: tuple[str, ...]


class _Labels(NamedTuple):
    on: NDArray[np.bool_]
    rows: NDArray[np.int64]
    words: str
    notes: tuple[str, ...] = ()


def read_own_genes(
    histone: tuple[Path, str],
    expression: tuple[Path, str] | None = None,
    *,
    layout: str | None = None,
    signals: Sequence[str] | None = None,
    max_genes: int = MAX_GENES,
    max_rows: int = MAX_ROWS,
) -> OwnGenes:
    """Read a histone file and, where it is given, the table that labels its genes.

    The table has a gene and a number in each line: 1 (ON) and 0 (OFF), or expression, of which what lies above the
    median of the file's genes is ON, as in DeepChrome.

    Parameters
    ----------
    histone, expression : tuple of Path and str
        Where each file lies, and the name that the user knows.
    layout, signals, max_genes, max_rows
        As in `read_histone_file`.

    Raises
    ------
    OwnGenesError
        Naming the file's role, gene and line.
    MissingSignalError
        If a mark of `MARKS` is not there.
    """
    try:
        file = read_histone_file(histone[0], layout=layout, signals=signals, max_genes=max_genes, max_rows=max_rows)
    except InvalidHistoneFileError as error:
        raise OwnGenesError("histone", error.problems) from error
    matrices = with_symbols(file.matrices)
    X = np.ascontiguousarray(matrices.of(MARKS))
    if not BINS[0] <= matrices.n_bins <= BINS[1]:
        message = f"Each gene has {matrices.n_bins} bins; training takes {BINS[0]} to {BINS[1]}."
        raise _refusal("histone", "number_of_bins", message)
    labels = _own_labels(matrices) if expression is None else _labels_of_table(expression[0], matrices)
    _refuse_few(labels.on)
    files = {"histone": histone} | ({} if expression is None else {"expression": expression})
    return OwnGenes(
        X=torch.from_numpy(X[labels.rows]),
        on=torch.from_numpy(labels.on),
        genes=tuple(matrices.genes[row] for row in labels.rows),
        symbols=tuple(matrices.symbols[row] for row in labels.rows),
        labels=labels.words,
        files={role: f"{name}, sha256 {_sha256(path)}" for role, (path, name) in files.items()},
        notes=(*(repair.message for repair in file.repairs), *labels.notes),
    )


def _own_labels(matrices: HistoneMatrices) -> _Labels:
    if matrices.labels is None:
        message = "The file holds no labels: upload a table of expression beside it, or a file with labels."
        raise _refusal("histone", "no_labels", message)
    return _Labels(matrices.labels.astype(bool), np.arange(len(matrices.genes)), "1 (ON) and 0 (OFF) of the file")


def _labels_of_table(path: Path, matrices: HistoneMatrices) -> _Labels:
    values = _values_of(matrices, _read_table(path))
    rows = np.flatnonzero(np.isfinite(values))
    n_left = len(values) - len(rows)
    notes = (f"{n_left:,} genes of the histone file are not in the table and were left out.",) if n_left else ()
    if matrices.labels is not None:
        notes = (*notes, "The labels of the histone file are not used: those of the table are.")
    if len(rows) < MIN_GENES:
        message = (
            f"{len(rows):,} of the {len(values):,} genes of the histone file are in the table; training needs "
            f"{MIN_GENES} or more. Name genes in both files alike, by Ensembl id or by symbol."
        )
        raise _refusal("expression", "too_few_known_genes", message)
    found = values[rows]
    if set(np.unique(found)) <= {0.0, 1.0}:
        return _Labels(found == 1, rows, "1 (ON) and 0 (OFF) of the table", notes)
    median = float(np.median(found))
    words = f"ON is above the median ({median:g}) of the {len(rows):,} genes, OFF is not, as in DeepChrome"
    return _Labels(found > median, rows, words, notes)


def _values_of(matrices: HistoneMatrices, table: dict[str, float]) -> NDArray[np.float64]:
    """Return the value of every gene of the file, by identifier or else by symbol; NaN where the table has none."""
    values = np.full(len(matrices.genes), math.nan)
    for row, (gene, symbol) in enumerate(zip(matrices.genes, matrices.symbols, strict=True)):
        for name in (gene, gene.partition(".")[0], symbol):
            if name and name.upper() in table:
                values[row] = table[name.upper()]
                break
    return values


def _read_table(path: Path) -> dict[str, float]:
    """Read gene and value of every line; an identifier's version counts for nothing."""
    values: dict[str, float] = {}
    problems: list[TextProblem] = []
    for number, gene, text in _lines(path):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        name = gene.upper()
        if not math.isfinite(value):
            if not values and not problems and number == 1:
                continue  # a header
            problems.append(
                TextProblem("not_a_number", f"Line {number:,}: {shown(text)} is not a number.", gene[:40], number, 2)
            )
        elif values.get(name, value) != value:
            message = f"Line {number:,}: {shown(gene)} has two different values. Keep one line for each gene."
            problems.append(TextProblem("two_values", message, gene[:40], number))
        values[name] = value
        values.setdefault(name.partition(".")[0], value)
        if len(problems) == _MAX_PROBLEMS:
            break
    if problems:
        raise OwnGenesError("expression", problems)
    return values


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    n_rows = 0
    try:
        for block in read_blocks(path):
            for number, line in enumerate(block.data.decode().split("\n"), start=block.first_line):
                if not line.strip() or line.startswith("#"):
                    continue
                separator = next((each for each in _SEPARATORS if each in line), None)
                fields = [field.strip().strip('"') for field in line.split(separator)]
                if len(fields) < 2 or not fields[0]:
                    problem = TextProblem(
                        "no_value", f"Line {number:,}: a line needs a gene and a value.", None, number
                    )
                    raise OwnGenesError("expression", (problem,))
                n_rows += 1
                if n_rows > _MAX_TABLE_ROWS:
                    raise _refusal("expression", "too_many_rows", f"The table has more than {_MAX_TABLE_ROWS:,} rows.")
                yield number, fields[0], fields[1]
    except UnicodeDecodeError as error:
        raise _refusal("expression", "no_text", "The table is not text in UTF-8.") from error
    except OwnGenesError:
        raise
    except InvalidHistoneFileError as error:
        raise OwnGenesError("expression", error.problems) from error


def _refuse_few(on: NDArray[np.bool_]) -> None:
    n_on, n = int(on.sum()), len(on)
    if n < MIN_GENES:
        raise _refusal("histone", "too_few_genes", f"There are {n:,} genes; training needs {MIN_GENES} or more.")
    if min(n_on, n - n_on) < MIN_CLASS:
        message = f"{n_on:,} genes are ON and {n - n_on:,} are OFF; training needs {MIN_CLASS} or more of each."
        raise _refusal("histone", "too_few_of_a_class", message)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(role: str, code: str, message: str) -> OwnGenesError:
    return OwnGenesError(role, (TextProblem(code, message),))
