import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import genome_windows
from models.bed import Site
from models.errors import InvalidTextError
from models.genome_windows import Genome, assembly_problem, centred_start, unpacked
from models.genomes import ASSEMBLIES
from models.sequence import reverse_complement

BASES = "ACGTTGCAATCGGCTATTACGCGCAATN" * 12


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Genome:
    folder = tmp_path_factory.mktemp("genome")
    lines = "\n".join(BASES[i : i + 60] for i in range(0, len(BASES), 60))
    (folder / "genome.fa").write_text(f">chr1 a description\n{lines}\n>chr2\nacguRn\n")
    return Genome(folder / "genome.fa", folder=folder)


@given(
    start=st.integers(0, len(BASES) - 1),
    size=st.integers(1, 80),
    strand=st.sampled_from("+-"),
    length=st.sampled_from([20, 21, 101]),
)
def test_windows_are_slices_around_the_middle_base(
    genome: Genome, start: int, size: int, strand: str, length: int
) -> None:
    end = min(start + size, len(BASES))
    window = genome.window(Site("chr1", start, end, "x", strand, 1), length=length)

    middle = (start + end) // 2
    before, after = middle - length // 2, middle - length // 2 + length
    assert window.start == before
    if before < 0 or after > len(BASES):
        assert window.sequence is None
    else:
        naive = "".join(BASES[position] for position in range(before, after))
        assert window.sequence == (naive if strand == "+" else reverse_complement(naive))
        assert window.sequence is not None
        assert window.sequence[length // 2 if strand == "+" else length - 1 - length // 2] == (
            BASES[middle] if strand == "+" else reverse_complement(BASES[middle])
        )


@given(start=st.integers(0, 10_000), length=st.integers(1, 500))
def test_a_site_as_long_as_the_window_is_its_own_window(start: int, length: int) -> None:
    assert centred_start(start, start + length, length=length) == start


def test_letters_follow_the_policy_of_sequences(genome: Genome) -> None:
    assert genome.window(Site("chr2", 0, 6, "x", "+", 1), length=6).sequence == "ACGTNN"


@pytest.mark.parametrize("content", ["", "ACGT\n", ">a\nACGT\nAC\nACGT\n", ">a\nAC\n>a\nGT\n", ">\nACGT\n"])
def test_what_cannot_be_indexed_is_refused_without_naming_a_folder(tmp_path: Path, content: str) -> None:
    (tmp_path / "content").write_text(content)

    with pytest.raises(InvalidTextError) as caught:
        Genome(tmp_path / "content", folder=tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_a_packed_genome_is_unpacked_and_a_plain_one_left_alone(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b">chr1\nACGT\n")
    packed.write_bytes(gzip.compress(b">chr1\nACGT\n"))
    read: list[int] = []

    assert unpacked(plain, folder=tmp_path, on_bytes=read.append) == plain
    assert unpacked(packed, folder=tmp_path, on_bytes=read.append).read_bytes() == plain.read_bytes()
    assert read == [packed.stat().st_size]


def test_a_damaged_or_oversized_genome_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(b">chr1\n" + b"ACGT" * 1_000)[:-9])
    with pytest.raises(InvalidTextError, match="damaged"):
        unpacked(packed, folder=tmp_path, on_bytes=lambda _: None)

    monkeypatch.setattr(genome_windows, "MAX_GENOME_BYTES", 100)
    packed.write_bytes(gzip.compress(b">chr1\n" + b"ACGT" * 1_000))
    with pytest.raises(InvalidTextError, match="more than 100 bytes"):
        unpacked(packed, folder=tmp_path, on_bytes=lambda _: None)


def test_the_assembly_is_held_against_the_lengths() -> None:
    hg19 = ASSEMBLIES["hg19"]

    assert assembly_problem(hg19, "hg19") is None
    assert assembly_problem({"chr7": 1_000}, "my own") is None
    assert "It is hg19" in (assembly_problem(hg19, "hg38") or "")
    assert "It is hg19" in (assembly_problem({"7": hg19["chr7"]}, "hg38") or "")
    assert "its chr7 has 1,000 bp" in (assembly_problem({"chr7": 1_000}, "hg38") or "")
