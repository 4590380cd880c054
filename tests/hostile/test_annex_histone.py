"""H01-H24: tables of histone signals as people export them, uploaded and scored, each with the exact answer."""

import gzip
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.anyio

N_BINS = 100
INVALID = (422, "invalid-histone-file")
HEADER = "gene,bin,H3K27me3,H3K36me3,H3K4me1,H3K4me3,H3K9me3,label\n"
GENES = ("000003", "000005", "000007")


def table(n_genes: int = 3, n_bins: int = N_BINS) -> list[list[str]]:
    """Rows of a correct DeepChrome file with labels: gene 1 in lines 1-100, gene 2 in 101-200, gene 3 in 201-300."""
    return [
        [f"{2 * gene + 3:06}", str(number), *(str((7 * gene + 3 * number + mark) % 23) for mark in range(5)),
         str(gene % 2)]
        for gene in range(n_genes)
        for number in range(1, n_bins + 1)
    ]  # fmt: skip


def joined(rows: list[list[str]], separator: str = ",") -> str:
    return "".join(f"{separator.join(row)}\n" for row in rows)


def cell(line: int, column: int, text: str) -> str:
    """The table with another text in one cell."""
    rows = table()
    rows[line - 1][column - 1] = text
    return joined(rows)


def rows(change: Callable[[list[list[str]]], list[list[str]]]) -> str:
    return joined(change(table()))


def deepdiff() -> str:
    return joined([[f"ENSG{row[0]}_SYM_{row[1]}", *row[2:7]] for row in table(1, 200)])


TABLE = joined(table())
SECOND, THIRD = GENES[1:]

REFUSED = {
    "H01 empty": ("", {}, "empty_file", None, None, None),
    "H02 header where none is wanted": (HEADER + TABLE, {"layout": "deepchrome"}, "header_line", None, 1, 1),
    "H03 7 columns in a row": (rows(lambda t: [*t[:149], t[149][:-1], *t[150:]]), {}, "missing_label", SECOND, 150, 8),
    "H04 9 columns": (rows(lambda t: [[*row, "0"] for row in t]), {}, "wrong_number_of_columns", None, 1, 9),
    "H04 9 columns in one row": (rows(lambda t: [*t[:149], [*t[149], "0"], *t[150:]]), {}, "wrong_number_of_columns",
                                 SECOND, 150, 9),
    "H05 DeepDiff": (deepdiff(), {"layout": "deepchrome"}, "looks_like_deepdiff", None, 1, 1),
    "H06 two separators": (TABLE.replace(",", ";", 7 * 190), {}, "wrong_number_of_columns", None, 191, 2),
    "H07 99 bins": (rows(lambda t: [*t[:199], *t[200:]]), {}, "different_numbers_of_bins", SECOND, 199, 2),
    "H08 101 bins": (rows(lambda t: [*t[:200], [*t[199][:1], "101", *t[199][2:]], *t[200:]]), {},
                     "different_numbers_of_bins", SECOND, 201, 2),
    "H09 bin 0 in one gene": (cell(101, 2, "0"), {}, "out_of_range_bin", SECOND, 101, 2),
    "H10 bin missing": (rows(lambda t: [*t[:149], *t[150:]]), {}, "missing_bin", SECOND, 150, 2),
    "H10 bin twice": (cell(150, 2, "49"), {}, "repeated_bin", SECOND, 150, 2),
    "H12 gene twice": (rows(lambda t: [*t, *t[:100]]), {}, "repeated_gene", GENES[0], 301, 1),
    "H12 gene in two pieces": (rows(lambda t: [*t[:50], *t[100:], *t[50:100]]), {}, "mixed_genes", SECOND, 51, 1),
    "H13 negative": (cell(150, 4, "-1"), {}, "negative_value", SECOND, 150, 4),
    "H14 NaN": (cell(150, 4, "NaN"), {}, "nan_value", SECOND, 150, 4),
    "H15 inf": (cell(150, 4, "inf"), {}, "infinite_value", SECOND, 150, 4),
    "H15 1e400": (cell(150, 4, "1e400"), {}, "infinite_value", SECOND, 150, 4),
    "H17 thousands": (joined(table(), ";").replace(";11;", ";1,500;", 1), {}, "thousands_separator", GENES[0], 3, 5),
    "H17 decimal comma": (joined(table(), "\t").replace("\t11\t", "\t1,5\t", 1), {}, "decimal_comma", GENES[0], 3, 5),
    "H17 within commas": (cell(150, 4, "1,500"), {}, "wrong_number_of_columns", SECOND, 150, 9),
    "H18 quoted": (cell(150, 4, '"7"'), {}, "quoted_field", SECOND, 150, 4),
    "H18 unbalanced quote": (cell(150, 1, f'"{SECOND}'), {}, "quoted_field", None, 150, 1),
    "H19 CRLF and BOM": ("\ufeff" + cell(150, 4, "x7").replace("\n", "\r\n"), {}, "not_a_number", SECOND, 150, 4),
    "H21 label 2": (cell(150, 8, "2"), {}, "bad_label", SECOND, 150, 8),
    "H21 label -1": (cell(150, 8, "-1"), {}, "bad_label", SECOND, 150, 8),
    "H21 label missing": (cell(150, 8, ""), {}, "missing_label", SECOND, 150, 8),
    "H22 beyond float32": (cell(150, 4, "1e39"), {}, "infinite_value", SECOND, 150, 4),
    "H23 too many genes": (joined(table(201, 2)), {}, "too_many_genes", f"{2 * 200 + 3:06}", 401, None),
    "H23 too many rows": (joined(table(190, 160)), {}, "too_many_rows", None, 30_001, None),
    "H24 empty gene": (cell(150, 1, " "), {}, "empty_gene", None, 150, 1),
    "H24 Latin-1 gene": (cell(150, 1, "g\u00e8ne").encode("latin-1"), {}, "not_utf8", None, 150, 1),
    "H24 long gene": (TABLE.replace(SECOND, "\u00e9" * 4_000).replace(",1\n", ",7\n", 1).replace(",0\n", ",x\n", 1), {},
                      "bad_label", GENES[0], 1, 8),
}  # fmt: skip

SEPARATOR, ZERO, UNSORTED, MARK = (
    "Line 1: Columns were read as separated by", f"Gene '{GENES[0]}', line 1, column 2: Bins are numbered from 0",
    f"Gene '{SECOND}', line 101, column 2: Bins were not in order", "Line 1, column 1: A byte order mark",
)  # fmt: skip

ACCEPTED = {
    "H02 header row": (HEADER + TABLE, (), None),
    "H03 7 columns: no label": (rows(lambda t: [row[:-1] for row in t]), (), None),
    "H06 semicolons": (joined(table(), ";"), (SEPARATOR,), None),
    "H06 tabs": (joined(table(), "\t"), (SEPARATOR,), None),
    "H09 bins from 0": (rows(lambda t: [[row[0], str(int(row[1]) - 1), *row[2:]] for row in t]), (ZERO,), None),
    "H11 unsorted bins": (rows(lambda t: [*t[:100], *reversed(t[100:200]), *t[200:]]), (UNSORTED,), None),
    "H16 one and a half": (cell(150, 4, "1.5"), (), "other values"),
    "H19 CRLF and BOM": ("\ufeff" + TABLE.replace("\n", "\r\n"), (MARK,), None),
    "H19 CR": (TABLE.replace("\n", "\r"), (), None),
    "H20 leading zeros": (gzip.compress(TABLE.encode()), (), None),
    "H22 above 2^31": (cell(150, 4, "3000000000"), (), "other values"),
    "H24 formula and letters": (TABLE.replace(SECOND, "=cmd|\u00e9"), (), "other names"),
}  # fmt: skip


@pytest.fixture
def analyse(client, put_upload):
    async def ask(content: str | bytes, **how: object):
        upload = await put_upload(content.encode() if isinstance(content, str) else content, "genes.csv")
        body = {"file": {"upload": upload, **how}, "checkpoints": ["e003-deepchrome"]}
        return await client.post("/chromatin-analyses", json=body)

    return ask


@pytest.mark.parametrize("name", REFUSED)
async def test_a_file_is_refused_with_its_place(analyse, answers_as, refusal, name):
    content, how, *place = REFUSED[name]
    problem = answers_as(await analyse(content, **how), refusal(*INVALID, *place))
    assert all(item["field"] == "file" for item in problem["errors"])


@pytest.mark.parametrize("name", ACCEPTED)
async def test_a_file_is_mended_and_the_answer_says_so(analyse, answers_as, acceptance, name):
    content, notices, other = ACCEPTED[name]
    answer = answers_as(await analyse(content), acceptance(notices))
    plain = (await analyse(TABLE)).json()
    genes = ["=cmd|\u00e9" if gene == SECOND and other == "other names" else gene for gene in GENES]
    assert answer["genes"]["gene"] == genes
    same = answer["predictions"][0]["probability"] == plain["predictions"][0]["probability"]
    assert same == (other != "other values")
