import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import histone_text
from models.errors import InvalidHistoneFileError, MissingSignalError, TextProblem, UnknownNameError
from models.histone import MARKS
from models.histone_file import (
    LAYOUTS,
    HistoneFile,
    detect_layout,
    first_lines,
    read_histone_file,
)
from models.histone_problems import MAX_PROBLEMS

LIMITS = {"max_genes": 20_000, "max_rows": 2_000_000}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("histone") / "file.csv"


def table(n_genes: int = 3, n_bins: int = 4) -> list[list[str]]:
    """Rows of a correct DeepChrome file with labels; no value repeats a neighbour's."""
    return [
        [f"00{gene}", str(bin_), *(str(10 * gene + bin_ + mark) for mark in range(5)), str(gene % 2)]
        for gene in range(n_genes)
        for bin_ in range(1, n_bins + 1)
    ]


def joined(rows: list[list[str]], separator: str = ",") -> str:
    return "".join(f"{separator.join(row)}\n" for row in rows)


def mutated(line: int, column: int, cell: str, rows: list[list[str]] | None = None) -> str:
    rows = rows or table()
    rows[line - 1][column - 1] = cell
    return joined(rows)


MORE = ["001", "5", "1", "1", "1", "1", "1", "1"]
DECIMALS = [[*row[:2], *(f"{value},5" for value in row[2:7]), row[7]] for row in table()]


def without(*lines: int) -> str:
    return joined([row for number, row in enumerate(table(), start=1) if number not in lines])


def read(path: Path, content: str | bytes, **options) -> HistoneFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_histone_file(path, **(LIMITS | options))


def problems_of(path: Path, content: str | bytes, **options) -> tuple[TextProblem, ...]:
    with pytest.raises(InvalidHistoneFileError) as caught:
        read(path, content, **options)
    return caught.value.problems


# ---- what is read


def test_deepchrome_layout(path):
    file = read(path, joined(table()))

    assert (file.layout, file.separator, file.n_rows, file.repairs) == ("deepchrome", ",", 12, ())
    assert file.matrices.signals == MARKS
    assert file.matrices.genes == ("000", "001", "002")
    assert file.matrices.symbols == ("", "", "")
    assert file.matrices.values.dtype == np.float32
    assert file.matrices.values[2, 1].tolist() == [22, 23, 24, 25]
    assert file.matrices.labels.tolist() == [0, 1, 0]


def test_deepdiff_layout_has_another_order_of_marks(path):
    file = read(path, LAYOUTS["deepdiff"].example)

    assert (file.layout, file.matrices.genes, file.matrices.symbols) == ("deepdiff", ("ENSG00000130749",), ("ZC3H4",))
    assert file.matrices.labels is None
    assert file.matrices.of(("H3K36me3", "H3K4me3", "H3K9me3")).tolist() == [[[0, 1], [1, 0], [0, 0]]]


def test_deepdiff_ids_without_symbols_and_with_underscores_in_them(path):
    plain = read(path, "ENSG1_1,1,2,3,4,5\nENSG1_2,1,2,3,4,5\n").matrices
    symbols = read(path, "ENSG1_HLA_A_1,1,2,3,4,5\nENSG2_B_1,1,2,3,4,5\n").matrices
    refseq = read(path, "NM_01_1,1,2,3,4,5\nNM_02_1,1,2,3,4,5\n").matrices

    assert (plain.genes, plain.symbols) == (("ENSG1",), ("",))
    assert (symbols.genes, symbols.symbols) == (("ENSG1", "ENSG2"), ("HLA_A", "B"))
    assert (refseq.genes, refseq.symbols) == (("NM_01", "NM_02"), ("", ""))


def test_names_of_a_header_decide(path):
    text = "LABEL,h3k4ME3,Bin,H3K27ac,symbol,gene_id,DNase\n1,5,1,0.5,TP53,007,2\n1,6,2,1.5,TP53,007,3\n"
    file = read(path, text)

    assert file.layout == "header"
    assert file.matrices.signals == ("H3K4me3", "H3K27ac", "DNase")
    assert (file.matrices.genes, file.matrices.symbols) == (("007",), ("TP53",))
    assert file.matrices.values.tolist() == [[[5, 6], [0.5, 1.5], [2, 3]]]
    assert file.matrices.labels.tolist() == [1]
    with pytest.raises(MissingSignalError):
        file.matrices.of()


def test_three_columns_with_a_header_are_enough(path):
    assert read(path, "gene,bin,H3K27ac\na,1,2\n").matrices.of(("H3K27ac",)).tolist() == [[[2]]]


@pytest.mark.parametrize("name", LAYOUTS)
def test_examples_of_the_layouts_are_read_as_such(path, name):
    file = read(path, LAYOUTS[name].example)

    assert (detect_layout(path), file.layout) == (name, name)
    assert len(first_lines(path, 3)) == 2
    assert first_lines(path, 3) == tuple(LAYOUTS[name].example.split("\n"))


def test_layout_and_names_can_be_overruled(path):
    swapped = ("H3K4me3", "H3K36me3", "H3K4me1", "H3K27me3", "H3K9me3")
    named = read(path, joined(table()), signals=swapped).matrices
    six = read(path, joined(table()), signals=(*MARKS, "H3K27ac")).matrices  # then there is no label
    headed = read(path, "gene,bin,x,y\na,1,2,3\n", signals=("h3k4me3", "H3K27ac")).matrices

    assert named.of(("H3K4me3",)).tolist() == read(path, joined(table())).matrices.of(("H3K27me3",)).tolist()
    assert (six.signals[-1], six.labels, six.values[1, 5].tolist()) == ("H3K27ac", None, [1, 1, 1, 1])
    assert headed.signals == ("H3K4me3", "H3K27ac")
    with pytest.raises(UnknownNameError):
        read(path, joined(table()), layout="kipoi")


def test_layouts_that_differ_in_nothing_but_the_id_can_be_chosen(path):
    text = "a_1,1,1,2,3,4,5\na_1,2,1,2,3,4,5\n"

    assert read(path, text).matrices.genes == ("a_1",)
    assert problems_of(path, text, layout="deepdiff")[0].code == "looks_like_deepchrome"


@pytest.mark.parametrize(
    "content",
    [
        joined(table()).replace("\n", "\r\n"),
        joined(table()).replace("\n", "\r"),
        joined(table()).rstrip("\n"),
        "\n\n" + joined(table()).replace("\n", "\n\n") + "\n  \n",
        joined(table()).replace(",", " , "),
        joined(table()).replace(",10,", ",1e1,"),
        gzip.compress(joined(table()).encode(), mtime=0),
        gzip.compress(joined(table()[:5]).encode(), mtime=0) + gzip.compress(joined(table()[5:]).encode(), mtime=0),
    ],
    ids=["crlf", "cr", "no last line feed", "blank lines", "spaces", "exponent", "gzip", "two gzip members"],
)
def test_spellings_that_do_not_matter(path, content):
    file = read(path, content)

    assert file.repairs == ()
    assert np.array_equal(file.matrices.values, read(path, joined(table())).matrices.values)


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        ("\ufeff" + joined(table()), "byte_order_mark", 1, 1),
        ("\ufeff" + joined(table()).replace("\n", "\r\n"), "byte_order_mark", 1, 1),
        (joined(table(), ";"), "separator", 1, None),
        ("\n" + joined(table(), "\t"), "separator", 2, None),
        (joined([[row[0], str(int(row[1]) - 1), *row[2:]] for row in table()]), "bins_from_zero", 1, 2),
        (joined([*table()[:4], *reversed(table()[4:8]), *table()[8:]]), "unsorted_bins", 5, 2),
    ],
)
def test_what_is_mended_is_said(path, content, code, line, column):
    """H06, H09, H11, H19."""
    file = read(path, content)

    assert [(repair.code, repair.line, repair.column) for repair in file.repairs] == [(code, line, column)]
    assert np.array_equal(file.matrices.values, read(path, joined(table())).matrices.values)


def test_accepted_on_purpose(path):
    """H03 without labels, H16, H20, H22, H24."""
    unlabelled = read(path, joined([row[:-1] for row in table()])).matrices
    cells = [mutated(2, 3, cell) for cell in ("1.5", "3000000000", "0", "1e-400")]
    ids = read(path, joined(table()).replace("001,", "=cmd|é,")).matrices.genes

    assert unlabelled.labels is None
    assert [float(read(path, text).matrices.values[0, 0, 1]) for text in cells] == [1.5, 3e9, 0, 0]
    assert ids == ("000", "=cmd|é", "002")


# ---- what is refused

HEADER = f"gene,bin,{','.join(MARKS)},label\n"
SEMICOLONS = joined(table(), ";")
REFUSED = {
    "H01 empty": ("", {}, "empty_file", None, None),
    "H01 blank": ("\n \n\n", {}, "empty_file", None, None),
    "header only": (HEADER, {}, "empty_file", 1, None),
    "H02 header": (HEADER + joined(table()), {"layout": "deepchrome"}, "header_line", 1, 1),
    "header in the middle": (joined(table()[:4]) + HEADER + joined(table()[4:]), {}, "header_line", 5, 1),
    "header twice": (HEADER + joined(table()[:4]) + HEADER + joined(table()[4:]), {}, "header_line", 6, 1),
    "narrow header": (joined(table()[:4]) + "gene,bin,H3K4me3\n" + joined(table()[4:]), {}, "header_line", 5, 1),
    "no header": (joined(table()), {"layout": "header"}, "missing_header", 1, 1),
    "H03 one row of 7": (joined([*table()[:4], table()[4][:-1], *table()[5:]]), {}, "missing_label", 5, 8),
    "H04 9 columns": (joined([[*row, "0"] for row in table()]), {}, "wrong_number_of_columns", 1, 9),
    "H03 four marks and a label": (joined([[*r[:6], r[7]] for r in table(3, 10)]), {}, "label_as_mark", 1, 7),
    "3 columns": (joined([row[:3] for row in table()]), {}, "wrong_number_of_columns", 1, 4),
    "one row of 9": (joined([*table()[:4], [*table()[4], "0"], *table()[5:]]), {}, "wrong_number_of_columns", 5, 9),
    "one row of 5": (joined([*table()[:4], table()[4][:5], *table()[5:]]), {}, "wrong_number_of_columns", 5, 6),
    "one column": ("a\nb\n", {}, "no_separator", 1, 1),
    "H05 DeepDiff": (LAYOUTS["deepdiff"].example, {"layout": "deepchrome"}, "looks_like_deepdiff", 1, 1),
    "DeepChrome": (joined(table()), {"layout": "deepdiff"}, "looks_like_deepchrome", 1, 1),
    "DeepDiff id": ("a_1,1,2,3,4,5\nab,1,2,3,4,5\na_3,1,2,3,4,5\n", {}, "bad_id", 2, 1),
    "DeepDiff bin": ("a_1,1,2,3,4,5\na_x,1,2,3,4,5\na_3,1,2,3,4,5\n", {}, "bad_id", 2, 1),
    "DeepDiff value": ("a_1,1,2,3,4,5\na_2,1,-2,3,4,5\na_3,1,2,3,4,5\n", {}, "negative_value", 2, 3),
    "H07 one bin less": (without(8), {}, "different_numbers_of_bins", 7, 2),
    "H08 one bin more": (joined([*table()[:8], MORE, *table()[8:]]), {}, "different_numbers_of_bins", 9, 2),
    "H10 missing": (without(6), {}, "missing_bin", 6, 2),
    "missing in the only gene": (joined([*table(1)[:1], *table(1)[2:]]), {}, "missing_bin", 2, 2),
    "H10 twice": (mutated(6, 2, "1"), {}, "repeated_bin", 6, 2),
    "H10 one row twice": (joined([*table()[:6], table()[5], *table()[6:]]), {}, "repeated_bin", 7, 2),
    "out of range": (mutated(6, 2, "77"), {}, "out_of_range_bin", 6, 2),
    "bin 0 of one gene": (mutated(5, 2, "0"), {}, "out_of_range_bin", 5, 2),
    "bin in bp": (mutated(6, 2, "-4900"), {}, "bad_bin", 6, 2),
    "bin 1.5": (mutated(6, 2, "1.5"), {}, "bad_bin", 6, 2),
    "no bin": (mutated(6, 2, ""), {}, "missing_value", 6, 2),
    "H12 twice": (joined([*table(), *table(1)]), {}, "repeated_gene", 13, 1),
    "mixed genes": (joined(sorted(table(), key=lambda row: row[1])), {}, "mixed_genes", 2, 1),
    "foreign row": (mutated(6, 1, "other"), {}, "mixed_genes", 6, 1),
    "H13 negative": (mutated(6, 4, "-1"), {}, "negative_value", 6, 4),
    "H14 NaN": (mutated(6, 4, "NaN"), {}, "nan_value", 6, 4),
    "NA": (mutated(6, 4, "NA"), {}, "nan_value", 6, 4),
    "empty cell": (mutated(6, 4, ""), {}, "missing_value", 6, 4),
    "H15 inf": (mutated(6, 4, "inf"), {}, "infinite_value", 6, 4),
    "H15 -inf": (mutated(6, 4, "-inf"), {}, "infinite_value", 6, 4),
    "H15 1e400": (mutated(6, 4, "1e400"), {}, "infinite_value", 6, 4),
    "beyond float32": (mutated(6, 4, "1e39"), {}, "infinite_value", 6, 4),
    "4,000 digits": (mutated(6, 4, "9" * 4_000), {}, "infinite_value", 6, 4),
    "text": (mutated(6, 4, "x7"), {}, "not_a_number", 6, 4),
    "only Python's": (mutated(6, 4, "1_000"), {}, "thousands_separator", 6, 4),
    "other digits": (mutated(6, 4, "\u0661"), {}, "not_a_number", 6, 4),
    "H17 decimal comma": (SEMICOLONS.replace(";11;", ";1,5;", 1), {}, "decimal_comma", 5, 3),
    "H17 decimal commas": (joined(DECIMALS, ";"), {}, "decimal_comma", 1, 3),
    "H17 thousands": (SEMICOLONS.replace(";11;", ";1,500;", 1), {}, "thousands_separator", 5, 3),
    "H17 both": (SEMICOLONS.replace(";11;", ";1.500,5;", 1), {}, "decimal_comma", 5, 3),
    "H17 apostrophe": (mutated(6, 4, "1'500"), {}, "thousands_separator", 6, 4),
    "H17 within commas": (mutated(6, 4, "1,5"), {}, "wrong_number_of_columns", 6, 9),
    "H18 quoted": (mutated(6, 4, '"7"'), {}, "quoted_field", 6, 4),
    "H18 quoted gene": (joined(table()).replace("001,", '"001",'), {}, "quoted_field", 5, 1),
    "H18 quoted comma": (mutated(6, 4, '"1,5"'), {}, "quoted_field", 6, 4),
    "H18 unbalanced": (mutated(6, 4, '"7'), {}, "quoted_field", 6, 4),
    "quoted header": ('"gene","bin","H3K4me3"\n1,1,2\n', {}, "quoted_field", 1, 1),
    "H21 label 2": (mutated(6, 8, "2"), {}, "bad_label", 6, 8),
    "H21 label -1": (mutated(6, 8, "-1"), {}, "bad_label", 6, 8),
    "H21 no label": (mutated(6, 8, ""), {}, "missing_label", 6, 8),
    "label in words": (mutated(6, 8, "ON"), {}, "bad_label", 6, 8),
    "label not constant": (mutated(6, 8, "0"), {}, "inconsistent_label", 6, 8),
    "H23 rows": (joined(table()), {"max_rows": 7}, "too_many_rows", 8, None),
    "H23 genes": (joined(table()), {"max_genes": 2}, "too_many_genes", 9, None),
    "H24 no gene": (mutated(6, 1, " "), {}, "empty_gene", 6, 1),
    "separator in a gene": ("a,b\t1\t1\t2\t3\t4\t5\n", {}, "separator_in_gene", 1, 1),
    "blank lines count": ("\n\n" + mutated(6, 4, "x7").replace("\n", "\r\n\r\n"), {}, "not_a_number", 13, 4),
    "header counts": (HEADER + mutated(6, 4, "x7"), {}, "not_a_number", 7, 4),
    "no gene column": ("bin,H3K4me3\n1,2\n", {}, "missing_column", 1, None),
    "no bin column": ("gene,H3K4me3\na,2\n", {}, "missing_column", 1, None),
    "no signal column": ("gene,bin,label\na,1,1\n", {}, "missing_column", 1, None),
    "repeated mark": ("gene,bin,H3K4me3,h3k4me3\na,1,2,3\n", {}, "repeated_column", 1, 4),
    "repeated gene column": ("gene,bin,H3K4me3,id\na,1,2,3\n", {}, "repeated_column", 1, 4),
    "misspelt mark": ("gene,bin,H3K4m3\na,1,2\n", {}, "unknown_mark", 1, 3),
    "decorated mark": ("gene,bin,E003-H3K4me3\na,1,2\n", {}, "unknown_mark", 1, 3),
    "unnamed column": ("gene,bin,H3K4me3,\na,1,2,3\n", {}, "unnamed_column", 1, 4),
    "21 signals": (f"gene,bin,{','.join(f's{i}' for i in range(21))}\n", {}, "too_many_signals", 1, 23),
    "too few names": (HEADER + joined(table()), {"signals": ["a", "b"]}, "wrong_number_of_signals", 1, 7),
    "names twice": (joined(table()), {"signals": ["a", "a", "b", "c", "d"]}, "repeated_column", None, None),
    "UTF-16": (joined(table()).encode("utf-16"), {}, "not_utf8", 1, 1),
    "UTF-16 without mark": (joined(table()).encode("utf-16-le"), {}, "not_utf8", 1, 1),
    "Latin-1": (mutated(6, 1, "é").encode("latin-1"), {}, "not_utf8", 6, 1),
    "NUL": (mutated(6, 4, "\0"), {}, "not_text", 6, 4),
    "Excel": (b"PK\x03\x04 and so on", {}, "not_text", None, None),
    "gzip in gzip": (gzip.compress(gzip.compress(joined(table()).encode())), {}, "nested_gzip", None, None),
    "cut gzip": (gzip.compress(joined(table()).encode())[:-9], {}, "broken_gzip", None, None),
    "rubbish after gzip": (gzip.compress(joined(table()).encode()) + b"rubbish", {}, "broken_gzip", None, None),
    "endless line": (joined(table()) + "7" * 30_000, {}, "long_line", 13, None),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_with_its_place(path, name):
    """F-C4 and the annex H01-H24."""
    content, options, code, line, column = REFUSED[name]
    problem, *_ = problems_of(path, content, **options)

    assert (problem.code, problem.line, problem.column) == (code, line, column)
    assert problem.message.endswith(".")
    assert len(problem.message) < 300


def test_every_fault_of_a_line_and_of_several_lines_is_named_in_order(path):
    rows = table()
    rows[1][6], rows[1][3], rows[9][2] = "x", "-1", ""
    found = [(problem.record, problem.line, problem.column) for problem in problems_of(path, joined(rows))]

    assert found == [("000", 2, 4), ("000", 2, 7), ("002", 10, 3)]


def test_problems_are_capped_and_their_texts_too(path):
    rows = table(40)
    cells = problems_of(path, joined([[*row[:4], "<script>" * 100, *row[5:]] for row in rows]))
    genes = problems_of(path, joined([*rows[:4], *(row for row in rows[4:] if row[1] != "2")]), max_genes=40)
    labels = problems_of(path, joined([[*row[:-1], str(int(row[1] == "3"))] for row in rows]))

    assert [len(cells), len(genes), len(labels)] == [MAX_PROBLEMS] * 3
    assert all(len(problem.message) < 200 for problem in cells)


def test_faults_keep_their_lines_in_later_blocks(path, monkeypatch):
    monkeypatch.setattr(histone_text, "BLOCK_BYTES", 100)
    rows = table(6, 10)
    rows[20][3] = rows[50][4] = "x"

    found = [(problem.line, problem.column) for problem in problems_of(path, "\n" + joined(rows))]
    assert found == [(22, 4), (52, 5)]


# ---- any fault


few = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(st.integers(1, 30), st.integers(3, 8), st.sampled_from(["", "x", "-1", "nan", "1e999", "1 2", '"1"', "1;5"]))
def test_a_spoilt_cell_is_named_exactly(path, line, column, cell):
    problem, *more = problems_of(path, mutated(line, column, cell, table(3, 10)))

    assert (problem.line, problem.column, more) == (line, column, [])


@few
@given(st.integers(1, 30), st.integers(-3, 14) | st.integers(15, 99_999))
def test_a_spoilt_bin_is_named_exactly(path, line, number):
    rows = table(3, 10)
    text = mutated(line, 2, str(number), table(3, 10))
    if rows[line - 1][1] == str(number):
        assert read(path, text).repairs == ()
    else:
        problem, *more = problems_of(path, text)
        assert (problem.line, problem.column, more) == (line, 2, [])


@few
@given(st.binary(max_size=200) | st.text('ab12,;\t_\n".-e', max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(path, content):
    n_lines = content.count(b"\n") + content.count(b"\r") + 1
    try:
        n_rows, problems = read(path, content).n_rows, ()
    except InvalidHistoneFileError as error:
        n_rows, problems = 0, error.problems

    assert bool(n_rows) != bool(problems)
    assert len(problems) <= MAX_PROBLEMS
    assert all(1 <= (problem.line or 1) <= n_lines for problem in problems)
