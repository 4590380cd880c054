import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidSequencesError, TextProblem
from models.fasta import MAX_PROBLEMS, SequenceFile, SequenceRecord, read_sequences


def read(text: str, *, max_records: int = 100, max_bases: int = 10_000) -> SequenceFile:
    return read_sequences(text, max_records=max_records, max_bases=max_bases)


def problems_of(text: str, **limits: int) -> tuple[TextProblem, ...]:
    with pytest.raises(InvalidSequencesError) as caught:
        read(text, **limits)
    return caught.value.problems


def read_or_problems(text: str) -> tuple[tuple[SequenceRecord, ...], tuple[TextProblem, ...]]:
    try:
        return read(text).records, ()
    except InvalidSequencesError as error:
        return (), error.problems


def test_fasta_keeps_names_order_and_lines() -> None:
    records = read(">first some description\nACGT\nAC\n\n>second\nGG\n").records

    assert [(r.name, r.sequence, r.line) for r in records] == [("first", "ACGTAC", 1), ("second", "GG", 5)]


def test_raw_text_is_one_sequence_per_block() -> None:
    records = read("ACGT\nTTTT\n\n\nGGG").records

    assert [(r.name, r.sequence, r.line) for r in records] == [("sequence_1", "ACGTTTTT", 1), ("sequence_2", "GGG", 5)]


@pytest.mark.parametrize(
    ("text", "sequence", "code"),
    [("acgT", "ACGT", "lower_case"), ("ACGU", "ACGT", "uracil"), ("ACRY", "ACNN", "iupac_code")],
)
def test_harmless_spellings_are_mended_and_reported(text: str, sequence: str, code: str) -> None:
    file = read(f">a\n{text}")

    assert file.records[0].sequence == sequence
    assert [repair.code for repair in file.repairs] == [code]
    assert file.repairs[0].line == 2


def test_a_sequence_without_a_name_gets_its_number_and_that_is_said() -> None:
    file = read("ACGT\n>b\nACGT")

    assert [record.name for record in file.records] == ["sequence_1", "b"]
    assert [(repair.code, repair.record, repair.line) for repair in file.repairs] == [("no_name", "sequence_1", 1)]


def test_repairs_of_many_records_are_one_sentence_per_kind() -> None:
    repairs = read("".join(f">r{i}\nacgt\n" for i in range(50))).repairs

    assert len(repairs) == 1
    assert "50 records, 200 letters, first 'r0', line 2" in repairs[0].message


@pytest.mark.parametrize("text", ["\ufeffACGT", "ACGT\r\n", "  AC GT\t", "\n\nACGT\n\n", "AC\rGT"])
def test_byte_order_mark_white_space_and_windows_line_ends_do_not_matter(text: str) -> None:
    file = read(text)

    assert [record.sequence for record in file.records] == ["ACGT"]
    assert [repair.code for repair in file.repairs] == ["no_name"]


def test_repeated_names_are_numbered_and_reported_with_the_line() -> None:
    file = read(">1\nACGT\n>0\nACGT\n>1\nACGT\n>1_2\nACGT\n")

    assert [record.name for record in file.records] == ["1", "0", "1_2", "1_2_2"]
    assert [(repair.code, repair.line) for repair in file.repairs] == [("duplicate_name", 5)]


def test_unknown_bases_are_counted() -> None:
    assert read("ACNNRGT").records[0].n_unknown == 3


def test_a_foreign_character_is_named_with_record_line_and_column() -> None:
    (problem,) = problems_of(">good\nACGT\n>bad\nACGT\n  ACXT\n")

    assert problem == TextProblem("unexpected_character", problem.message, "bad", 5, 5)
    assert "'X' is not a DNA base" in problem.message


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "no_sequence", None),
        (" \n\t\n", "no_sequence", None),
        (">a\n>b\nACGT", "empty_record", 1),
        ("NNN", "no_known_base", 1),
    ],
)
def test_what_cannot_be_predicted_is_refused(text: str, code: str, line: int | None) -> None:
    (problem,) = problems_of(text)

    assert (problem.code, problem.line) == (code, line)


def test_limits_are_refused_with_the_line_of_the_first_record_too_many() -> None:
    (records,) = problems_of(">a\nAC\n>b\nAC\n>c\nAC\n", max_records=2)
    (bases,) = problems_of(">a\nACGT\n>b\nACGT\n", max_bases=6)

    assert (records.code, records.line) == ("too_many_records", 5)
    assert (bases.code, bases.line) == ("too_many_bases", 3)


def test_problems_are_capped() -> None:
    assert len(problems_of("".join(f">r{i}\nAC!\n" for i in range(60)))) == MAX_PROBLEMS


def test_long_and_hostile_names_are_shortened_in_messages() -> None:
    (problem,) = problems_of(f">{'<script>' * 50}\n>b\nAC")

    assert len(problem.message) < 200


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_places_inside_it(text: str) -> None:
    records, problems = read_or_problems(text)

    assert bool(records) != bool(problems)
    assert all(problem.message and (problem.line or 1) <= max(len(text.splitlines()), 1) for problem in problems)
    assert all(record.sequence and set(record.sequence) <= set("ACGTN") for record in records)
    assert len({record.name for record in records}) == len(records)


_NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=">"), min_size=1, max_size=12)


@given(
    st.dictionaries(_NAMES, st.text("ACGTN", max_size=30).map("A".__add__), min_size=1, max_size=8),
    st.integers(1, 12),
    st.sampled_from(["\n", "\r\n"]),
)
def test_written_fasta_is_read_back(records: dict[str, str], width: int, newline: str) -> None:
    lines: list[str] = []
    for name, sequence in records.items():
        lines += [f">{name}", *(sequence[i : i + width] for i in range(0, len(sequence), width))]

    assert {r.name: r.sequence for r in read(newline.join(lines)).records} == records


def test_binary_that_was_decoded_as_text_is_refused() -> None:
    text = gzip.compress(b">a\nACGT").decode("latin-1")

    assert problems_of(text)[0].code == "unexpected_character"
