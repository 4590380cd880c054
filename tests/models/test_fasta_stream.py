import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import fasta_stream
from models.errors import InvalidSequencesError, TextProblem
from models.fasta import Repairs, SequenceRecord, read_sequences
from models.fasta_stream import stream_fasta


def streamed(text: str) -> list[SequenceRecord | TextProblem]:
    return list(stream_fasta(enumerate(text.split("\n"), start=1), repairs=Repairs()))


@given(st.lists(st.text("ACGTNacgtuRY \n", min_size=1, max_size=30), min_size=1, max_size=6))
def test_records_are_those_of_pasted_text(sequences: list[str]) -> None:
    text = "".join(f">name_{i} more\n{sequence}\n" for i, sequence in enumerate(sequences))
    repairs = Repairs()
    records = list(stream_fasta(enumerate(text.split("\n"), start=1), repairs=repairs))

    try:
        expected = read_sequences(text, max_records=100, max_bases=10_000)
    except InvalidSequencesError:
        return
    assert records == list(expected.records)
    assert repairs.summary() == expected.repairs


def test_names_are_kept_as_they_are() -> None:
    assert [record.name for record in streamed(">a b\nAC\n>a\nGT\n>\nTT")] == ["a", "a", "sequence_3"]


def test_a_mistake_is_named_by_record_line_and_column_and_the_next_record_is_read() -> None:
    problem, record = streamed(">bad\nAC\nA!T\n>good\nACGT")

    assert isinstance(problem, TextProblem)
    assert (problem.code, problem.record, problem.line, problem.column) == ("unexpected_character", "bad", 3, 2)
    assert isinstance(record, SequenceRecord)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [("", "no_sequence", None), ("\nACGT\n", "no_header", 2), (">a\n>b\nAC", "empty_record", 1)],
)
def test_what_is_no_fasta_is_said(text: str, code: str, line: int | None) -> None:
    problem = streamed(text)[0]

    assert isinstance(problem, TextProblem)
    assert (problem.code, problem.line) == (code, line)


def test_only_unknown_bases_are_a_record() -> None:
    (record,) = streamed(">gap\nNNNN")

    assert isinstance(record, SequenceRecord)
    assert record.n_unknown == 4


def test_a_record_without_end_is_refused_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta_stream, "LONGEST_RECORD", 8)

    problem, cut, after = streamed(">chromosome\nACGT\nACGT\nACGT\nACGT\n>b\nAC")

    assert isinstance(problem, TextProblem)
    assert (problem.code, problem.line) == ("too_many_bases", 4)
    assert isinstance(cut, SequenceRecord)
    assert len(cut.sequence) == 8
    assert isinstance(after, SequenceRecord)
