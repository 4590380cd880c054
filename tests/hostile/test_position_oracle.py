"""A correct file with one known mistake: the place that is reported is the place of the mistake, to the column.

``REGULENS_ORACLE_EXAMPLES=5000 python -m pytest tests/hostile/test_position_oracle.py`` tries that many files.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import InvalidHistoneFileError, InvalidSequencesError
from models.fasta import read_sequences
from models.histone import MARKS
from models.histone_file import read_histone_file

N_EXAMPLES = int(os.environ.get("REGULENS_ORACLE_EXAMPLES", "320"))
SHARED = {"deadline": None, "derandomize": True, "database": None,
          "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}  # fmt: skip
ENDS = ("\n", "\r\n", "\r")
NOT_UTF8, MARK = "\ue000", "\ufeff"  # the first stands for a byte that is no UTF-8


class Expected(NamedTuple):
    """What must be said: the code, the name of the record or gene, line and column."""

    code: str
    record: str | None
    line: int
    column: int | None


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oracle") / "file"


# ---- histone tables


class Table(NamedTuple):
    """Rows of fields, without header; gene, bin, five marks and, if labelled, the label."""

    rows: list[list[str]]
    n_bins: int
    labelled: bool
    separator: str


Change = Callable[[Table, int], tuple[str, int, int | None]]  # changes a row; returns code, row, column


def _cell(column: int, text: str, code: str) -> Change:
    def change(table: Table, row: int) -> tuple[str, int, int | None]:
        table.rows[row][column - 1] = text
        return code, row, column

    return change


def _shortened(table: Table, row: int) -> tuple[str, int, int | None]:
    del table.rows[row][-1]
    return "missing_label" if table.labelled else "wrong_number_of_columns", row, len(table.rows[row]) + 1


def _lengthened(table: Table, row: int) -> tuple[str, int, int | None]:
    table.rows[row].append("0")
    return "wrong_number_of_columns", row, len(table.rows[row])


def _bin_again(table: Table, row: int) -> tuple[str, int, int | None]:
    row += row % table.n_bins == 0
    table.rows[row][1] = table.rows[row - 1][1]
    return "repeated_bin", row, 2


def _bin_left_out(table: Table, row: int) -> tuple[str, int, int | None]:
    row -= row % table.n_bins == table.n_bins - 1  # without its last bin, a gene is only shorter
    del table.rows[row]
    return "missing_bin", row, 2


def _gene_again(table: Table, row: int) -> tuple[str, int, int | None]:
    first = row - row % table.n_bins
    again = [list(fields) for fields in table.rows[first : first + table.n_bins]]
    if first + table.n_bins == len(table.rows):  # else it would only have twice as many bins
        table.rows[:0] = again
        return "repeated_gene", len(table.rows) - table.n_bins, 1
    table.rows.extend(again)
    return "repeated_gene", len(table.rows) - table.n_bins, 1


def _foreign_gene(table: Table, row: int) -> tuple[str, int, int | None]:
    row += (row % table.n_bins == 0) - (row % table.n_bins == table.n_bins - 1)
    table.rows[row][0] = "stranger"
    return "mixed_genes", row, 1


def _header_again(table: Table, row: int) -> tuple[str, int, int | None]:
    row += row == 0
    table.rows.insert(row, ["gene", "bin", *MARKS, *(["label"] if table.labelled else [])])
    return "header_line", row, 1


def _other_label(table: Table, row: int) -> tuple[str, int, int | None]:
    table.rows[row][-1] = str(1 - int(table.rows[row][-1]))
    return "inconsistent_label", row, 8


MUTATIONS: dict[str, Change] = {
    "negative": _cell(3, "-1", "negative_value"),
    "NaN": _cell(4, "NaN", "nan_value"),
    "NA": _cell(5, "#N/A", "nan_value"),
    "infinite": _cell(6, "-inf", "infinite_value"),
    "too large": _cell(7, "1e400", "infinite_value"),
    "words": _cell(3, "many", "not_a_number"),
    "other digits": _cell(4, "\u0663", "not_a_number"),
    "empty cell": _cell(5, "", "missing_value"),
    "quoted": _cell(6, '"5"', "quoted_field"),
    "apostrophe": _cell(7, "1'500", "thousands_separator"),
    "column left out": _shortened,
    "column too many": _lengthened,
    "bin in words": _cell(2, "first", "bad_bin"),
    "half a bin": _cell(2, "1.5", "bad_bin"),
    "bin 0": _cell(2, "0", "out_of_range_bin"),
    "bin far away": _cell(2, "900", "out_of_range_bin"),
    "bin again": _bin_again,
    "bin left out": _bin_left_out,
    "no gene": _cell(1, " ", "empty_gene"),
    "quoted gene": _cell(1, '"A"', "quoted_field"),
    "gene again": _gene_again,
    "foreign gene": _foreign_gene,
    "header again": _header_again,
    "null byte": _cell(4, "1\0", "not_text"),
    "not UTF-8": _cell(5, NOT_UTF8, "not_utf8"),
    "endless": _cell(6, "7" * 10_001, "long_line"),
    "decimal comma": _cell(3, "1,5", "decimal_comma"),
    "thousands": _cell(4, "1,500", "thousands_separator"),
    "label 2": _cell(8, "2", "bad_label"),
    "no label": _cell(8, "", "missing_label"),
    "other label": _other_label,
}
NEED_LABELS = {"label 2", "no label", "other label"}
NEED_OTHER_SEPARATOR = {"decimal comma", "thousands"}
WITHOUT_GENE = {"header again", "no gene", "quoted gene", "null byte", "not UTF-8", "endless"}
WITHOUT_COLUMN = {"endless"}


@st.composite
def hm_csv(draw: st.DrawFn, mutation: str | None = None) -> tuple[bytes, Expected | None]:
    """Draw a file, with one mistake if a mutation is named, and what must be said of it."""
    n_genes, n_bins = draw(st.integers(3, 6)), draw(st.integers(5, 12))
    labelled = mutation in NEED_LABELS or draw(st.booleans())
    separator = draw(st.sampled_from(";\t" if mutation in NEED_OTHER_SEPARATOR else ",;\t"))
    values = draw(st.lists(st.integers(0, 999), min_size=5, max_size=5))
    rows = [
        [f"00{gene}", str(number), *(str(value + gene + number) for value in values), *(str(gene % 2) * labelled)]
        for gene in range(n_genes)
        for number in range(1, n_bins + 1)
    ]  # fmt: skip
    table = Table(rows, n_bins, labelled, separator)
    code, row, column = "", 0, None
    if mutation:
        code, row, column = MUTATIONS[mutation](table, draw(st.integers(0, len(rows) - 1)))
    return _written(draw, table), Expected(code, None, row, column) if mutation else None


def _written(draw: st.DrawFn, table: Table) -> Any:
    return (
        table,
        draw(st.booleans()),
        draw(st.sampled_from(ENDS)),
        draw(st.booleans()),
        draw(st.randoms()),
        draw(st.booleans()),
    )


def _as_file(written: Any) -> tuple[bytes, list[int]]:
    """Return the bytes, and the line of every row: blank lines, a header and a byte order mark move them."""
    table, headed, end, marked, random, packed = written
    lines = [table.separator.join(["gene", "bin", *MARKS, *(["label"] if table.labelled else [])])] if headed else []
    numbers = []
    for fields in table.rows:
        lines += [""] * (random.random() < 0.1)
        lines.append(table.separator.join(fields))
        numbers.append(len(lines))
    text = (MARK if marked else "") + end.join(lines) + end
    content = text.encode().replace(NOT_UTF8.encode(), b"\xff")
    return gzip.compress(content, 1, mtime=0) if packed else content, numbers


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_place_of_a_mistake_in_a_table_is_told(path: Path, mutation: str) -> None:
    @settings(max_examples=max(1, N_EXAMPLES * 2 // 3 // len(MUTATIONS)), **SHARED)
    @given(hm_csv(mutation))
    def told(drawn: tuple[Any, Expected]) -> None:
        (table, *_), expected = drawn[0], drawn[1]
        content, lines = _as_file(drawn[0])
        path.write_bytes(content)
        with pytest.raises(InvalidHistoneFileError) as caught:
            read_histone_file(path, max_genes=100, max_rows=1_000)
        first = caught.value.problems[0]
        column = None if mutation in WITHOUT_COLUMN else expected.column
        assert (first.code, first.line, first.column) == (expected.code, lines[expected.line], column)
        gene = None if mutation in WITHOUT_GENE else table.rows[expected.line][0]
        assert first.record == gene

    told()


@settings(max_examples=N_EXAMPLES // 8, **SHARED)
@given(hm_csv())
def test_a_table_without_mistakes_is_read(path: Path, drawn: tuple[Any, None]) -> None:
    (table, *_), _ = drawn
    path.write_bytes(_as_file(drawn[0])[0])
    matrices = read_histone_file(path, max_genes=100, max_rows=1_000).matrices
    assert matrices.genes == tuple(dict.fromkeys(fields[0] for fields in table.rows))
    assert matrices.values.transpose(0, 2, 1).reshape(-1, 5).astype(int).astype(str).tolist() == [
        fields[2:7] for fields in table.rows
    ]


# ---- FASTA

FOREIGN = "!@#%&*0123456789-.EFILPQJOXZ\0\x7f\u200b\u00e9\u00df\u0149\u017f\u0131\u0391\ufb01\U0001f9ec<"
SPACES = " \t\u00a0"


@st.composite
def fasta(draw: st.DrawFn, mistake: str | None = None) -> tuple[str, Expected | None, list[tuple[str, str]]]:
    """Draw a text of records whose lines, ends, cases and blank lines vary; and what must be said of its mistake."""
    n = draw(st.integers(1, 6))
    bad = draw(st.integers(0, n - 1)) if mistake else -1
    lines: list[str] = []
    records: list[tuple[str, str]] = []
    expected = None
    for number in range(n):
        name = f"r{number}" + draw(st.sampled_from(["", "<b>", "\u00e9", ":1-2(+)"]))
        header = len(lines) + 1
        lines.append(f">{name}" + draw(st.sampled_from(["", " a text", " =1+1", "\tx > y"])))
        if number == bad and mistake == "empty":
            expected = Expected("empty_record", name, header, None)
            lines += [""] * draw(st.integers(0, 2))
            continue
        letters = "NRYK" if number == bad and mistake == "unknown" else "ACGT" * 9 + "acgtUuNnRYryk"
        body = draw(st.lists(st.text(letters, min_size=1, max_size=30), min_size=1, max_size=4))
        if number == bad and mistake == "unknown":
            expected = Expected("no_known_base", name, header, None)
        elif mistake != "unknown" or number != bad:
            body[0] = "ACGTACGTACGTACGT" + body[0]
        if number == bad and mistake == "foreign":
            row = draw(st.integers(0, len(body) - 1))
            at = draw(st.integers(0, len(body[row])))
            body[row] = body[row][:at] + draw(st.sampled_from(FOREIGN)) + body[row][at:]
            # A line that begins with '>' would be a header; none of the characters is one.
            expected = Expected("unexpected_character", name, header + 1 + row, at + 1)
        records.append((name, "".join(body)))
        lines += body
        lines += [""] * draw(st.integers(0, 1))
    text = draw(st.sampled_from(["", MARK])) + draw(st.sampled_from(ENDS)).join(lines)
    return text, expected, records


def _read(text: str) -> Any:
    return read_sequences(text, max_records=100, max_bases=10_000)


@pytest.mark.parametrize("mistake", ["foreign", "empty", "unknown"])
def test_the_place_of_a_mistake_in_fasta_is_told(mistake: str) -> None:
    @settings(max_examples=max(1, N_EXAMPLES // (8 if mistake == "foreign" else 32)), **SHARED)
    @given(fasta(mistake))
    def told(drawn: tuple[str, Expected, Any]) -> None:
        text, expected, _ = drawn
        with pytest.raises(InvalidSequencesError) as caught:
            _read(text)
        first = caught.value.problems[0]
        assert Expected(first.code, first.record, first.line, first.column) == expected

    told()


@settings(max_examples=N_EXAMPLES // 16, **SHARED)
@given(fasta(), st.randoms())
def test_case_line_ends_order_and_division_change_nothing(drawn: Any, random: Any) -> None:
    text, _, records = drawn
    read = [(record.name, record.sequence) for record in _read(text).records]
    assert [name for name, _ in read] == [name for name, _ in records]
    assert read == [(record.name, record.sequence) for record in _read(_folded(text, str.lower)).records]
    assert read == [(record.name, record.sequence) for record in _read("\r\n".join(text.splitlines())).records]
    blocks = [f">{name}\n{sequence}\n" for name, sequence in records]
    one_by_one = [(found.name, found.sequence) for block in blocks for found in _read(block).records]
    assert read == one_by_one
    random.shuffle(blocks)
    assert sorted(read) == sorted((found.name, found.sequence) for found in _read("".join(blocks)).records)


def _folded(text: str, fold: Callable[[str], str]) -> str:
    return "\n".join(line if line.lstrip(MARK).startswith(">") else fold(line) for line in text.splitlines())
