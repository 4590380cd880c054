import pytest

from models.bed import Site, misplaced, stream_bed
from models.errors import TextProblem


def sites(text: str) -> list[Site | TextProblem]:
    return list(stream_bed(enumerate(text.split("\n"), start=1)))


def test_columns_are_read_and_what_is_no_site_is_skipped() -> None:
    skipped = "# comment\ntrack name=x\nbrowser position chr1\n\n"
    text = f"{skipped}chr1\t0\t10\tpeak\t5\t-\t0\t0\nchr2 5 7\nchr3\t1\t2\t.\t.\t.\n"

    assert sites(text) == [
        Site("chr1", 0, 10, "peak", "-", 5),
        Site("chr2", 5, 7, "chr2:5-7(+)", "+", 6),
        Site("chr3", 1, 2, "chr3:1-2(+)", "+", 7),
    ]


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("chr1\t5", "too_few_columns", 2),
        ("\t5\t6", "no_chromosome", 1),
        ("chr1\t-5\t6", "negative", 2),
        ("chr1\t1\t-6", "negative", 3),
        ("chr1\t1.5\t6", "not_a_position", 2),
        ("chr1\t1\t1,000", "not_a_position", 3),
        ("chr1\t1\t²", "not_a_position", 3),
        ("chr1\t1\t9999999999999", "not_a_position", 3),
        ("chr1\t9\t6", "start_after_end", 2),
        ("chr1\t6\t6", "empty_site", 3),
        ("chr1\t5\t6\tx\t0\tforward", "bad_strand", 6),
    ],
)
def test_a_mistake_is_named_by_line_and_column(line: str, code: str, column: int) -> None:
    good, problem = sites(f"chr1\t1\t2\n{line}")

    assert isinstance(good, Site)
    assert isinstance(problem, TextProblem)
    assert (problem.code, problem.line, problem.column) == (code, 2, column)
    assert problem.message.startswith(f"Line 2, column {column}: ")


def test_a_file_without_a_site_is_said() -> None:
    (problem,) = sites("# nothing\n")

    assert isinstance(problem, TextProblem)
    assert problem.code == "no_site"


@pytest.mark.parametrize(
    ("chromosome", "end", "code", "column"),
    [
        ("1", 9, "chromosome_style", 1),
        ("chr7", 9, "unknown_chromosome", 1),
        ("chr1", 11, "beyond_chromosome", 3),
        ("chr1", 10, None, None),
    ],
)
def test_a_site_is_held_against_the_genome(chromosome: str, end: int, code: str | None, column: int | None) -> None:
    problem = misplaced(Site(chromosome, 5, end, "x", "+", 3), {"chr1": 10, "chr2": 5})

    assert (problem.code if problem else None) == code
    if problem:
        assert (problem.line, problem.column) == (3, column)
    if code == "chromosome_style":
        assert problem is not None
        assert "calls it chr1" in problem.message
