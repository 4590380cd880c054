"""A user's own sequences: every layout, what is mended, and what is refused with its place."""

import gzip
from pathlib import Path

import pytest

from models.errors import InvalidSequencesError
from models.training.own_sequences import OwnFile, read_own_sequences

A, B = "ACGTACGTAC", "TTTTGGGGCC"


def read(folder: Path, text: str | bytes, *, window: int = 10) -> OwnFile:
    path = folder / "own.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_own_sequences(path, window=window)


def test_fasta_has_no_labels_but_may_have_coordinates(tmp_path: Path) -> None:
    file = read(tmp_path, f">chr1:100-110\n{A}\n>peak_7::chrX:5-15(+)\n{B}\n>plain text\n{A.lower()}\n")

    assert file.format == "FASTA"
    assert [record.chromosome for record in file.records] == ["chr1", "chrX", None]
    assert [record.bound for record in file.records] == [None, None, None]
    assert [record.sequence for record in file.records] == [A, B, A]
    assert any("lower-case" in repair.lower() for repair in file.repairs)


def test_the_layout_of_demo_holds_labels_in_its_headers(tmp_path: Path) -> None:
    file = read(tmp_path, f">1\n{A}\n>0\n{B}\n>1\n{B}\n")

    assert file.format == "labelled FASTA"
    assert [record.bound for record in file.records] == [True, False, True]
    assert len({record.name for record in file.records}) == 3
    assert file.repairs == ()


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_a_table_is_read_by_its_header(tmp_path: Path, separator: str) -> None:
    rows = [("Bound", "seq", "chrom", "start", "end"), ("1", A, "chr2", "1", "11"), ("0", B, "2", "20", "30")]
    file = read(tmp_path, "\n".join(separator.join(row) for row in rows))

    assert file.format == "table"
    assert [(record.bound, record.sequence, record.chromosome) for record in file.records] == [
        (True, A, "chr2"),
        (False, B, "2"),
    ]


def test_the_published_layout_of_deepbind_is_a_table(tmp_path: Path) -> None:
    file = read(tmp_path, f"FoldID\tEventID\tseq\tBound\nA\tseq_1_peak\t{A}\t1\n")

    assert (file.records[0].sequence, file.records[0].bound) == (A, True)


def test_gzip_is_read_like_plain_text_even_in_several_members(tmp_path: Path) -> None:
    packed = gzip.compress(f">a\n{A}\n".encode()) + gzip.compress(f">b\n{B}\n".encode())

    assert [record.name for record in read(tmp_path, packed).records] == ["a", "b"]


def test_the_middle_of_longer_sequences_is_used_and_counted(tmp_path: Path) -> None:
    file = read(tmp_path, f">long\nCC{A}GGG\n>exact\n{B}\n")

    assert file.records[0].sequence == A
    assert file.n_cropped == 1


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (f">a\n{A}\n>b\nACGT\n", "too_short", "Record 'b', line 3: 4 bases are fewer than the 10"),
        (f">a\nACGTACGT!C\n>b\n{A}\n", "unexpected_character", "line 2, column 9"),
        (f"seq\tlabel\n{A}\t1\n{B}\tmaybe\n", "unknown_label", "Line 3: the label 'maybe'"),
        (f"label,seq\n1,{A}\n0\n", "ragged_row", "Line 3 has 1 fields, the header has 2"),
        ("label,seq\n1,ACG?ACGTAC\n", "unexpected_character", "line 2, column 6"),
        (f"{A}\n{B}\n", "no_sequence_column", "neither starts with '>'"),
        ("\n\n", "no_sequence", "holds no sequence"),
        (f">a\nAAA{'N' * 10}AAA\n", "no_known_base", "all unknown"),
        (gzip.compress(b">a\nACGT", mtime=0)[:-9], "broken_gzip", "damaged"),
        (b"\xff\xfe\x00\x01", "not_text", "not text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, text: str | bytes, code: str, says: str) -> None:
    with pytest.raises(InvalidSequencesError) as caught:
        read(tmp_path, text)

    assert caught.value.problems[0].code == code
    assert says in str(caught.value)


def test_too_many_sequences_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.fa"
    path.write_text(f">a\n{A}\n" * 4)

    with pytest.raises(InvalidSequencesError, match="holds 4 sequences; training takes 3"):
        read_own_sequences(path, window=10, max_sequences=3)
