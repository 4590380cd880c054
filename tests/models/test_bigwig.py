import gzip
import math
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pybigtools
import pytest

from models import bigwig
from models.bigwig import BinnedBigWigs, UnreadableBigWigError, bin_bigwigs
from models.genes import StartSite, read_start_sites
from models.genomes import ASSEMBLIES
from models.histone import MARKS
from models.histone_file import read_histone_file

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside the repository")
HG19 = ASSEMBLIES["hg19"]
FORWARD = StartSite("forward", "F", "chr21", 1000, "+")
REVERSE = StartSite("reverse", "R", "chr21", 1000, "-")
Record = tuple[str, int, int, float]
# Ten bases of 1, 2, 3, 4 from 980 to 1020, and something elsewhere.
STEPS = [("chr21", 980 + 10 * n, 990 + 10 * n, n + 1.0) for n in range(4)]


def write(path: Path, records: Iterable[Record], *, lengths: dict[str, int] = HG19) -> Path:
    writer = pybigtools.open(str(path), "w")
    records = list(records)
    writer.write({name: lengths[name] for name in dict.fromkeys(record[0] for record in records)}, iter(records))
    writer.close()
    return path


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    return write(tmp_path / "steps.bw", STEPS)


def bins(path: Path, *sites: StartSite, n_bins: int = 4, size: int = 10, **options) -> BinnedBigWigs:
    return bin_bigwigs({"H3K4me3": path}, sites, assembly="hg19", n_bins=n_bins, bin_size_bp=size, **options)


def problem_of(path: Path, *, signal: str = "H3K4me3", assembly: str = "hg19") -> bigwig.BigWigProblem:
    with pytest.raises(UnreadableBigWigError) as caught:
        bin_bigwigs({signal: path}, [FORWARD], assembly=assembly, n_bins=4, bin_size_bp=10)
    (problem,) = caught.value.problems
    assert problem.signal == signal
    assert problem.message.startswith(f"The bigWig of {signal} ")
    return problem


# ---- the numbers


def test_bins_run_5_to_3_prime_on_both_strands(steps):
    matrices = bins(steps, FORWARD, REVERSE).matrices

    assert matrices.genes == ("forward", "reverse")
    assert matrices.symbols == ("F", "R")
    assert matrices.signals == ("H3K4me3",)
    assert matrices.values.dtype == np.float32
    assert matrices.values[0, 0].tolist() == [1, 2, 3, 4]
    # Mirrored at base 1000: 981..990 of the window is the last bin, so each bin holds one base of the next step.
    assert matrices.values[1, 0].tolist() == pytest.approx([0.9 * 4, 3.1, 2.1, 1.1])


@pytest.mark.parametrize("n_bins", [3, 4])
@pytest.mark.parametrize("strand", "+-")
def test_the_start_site_is_the_first_base_of_the_middle_bin(tmp_path, strand, n_bins):
    path = write(tmp_path / "one.bw", [("chr21", 1000, 1001, 10.0)])
    following = 1001 if strand == "+" else 999
    after = write(tmp_path / "after.bw", [("chr21", following, following + 1, 10.0)])
    before = write(tmp_path / "before.bw", [("chr21", 2000 - following, 2001 - following, 10.0)])
    site = StartSite("g", "", "chr21", 1000, strand)
    middle = n_bins // 2

    for signal, place in ((path, middle), (after, middle), (before, middle - 1)):
        values = bins(signal, site, n_bins=n_bins).matrices.values[0, 0]
        assert np.flatnonzero(values).tolist() == [place]
        assert values[place] == 1


def test_bases_without_a_value_count_as_zero(tmp_path):
    path = write(tmp_path / "gaps.bw", [("chr21", 980, 985, 8.0), ("chr21", 1001, 1002, 5.0)])

    assert bins(path, FORWARD).matrices.values[0, 0].tolist() == pytest.approx([4, 0, 0.5, 0])


def test_nan_counts_as_zero(tmp_path):  # W07
    records = [("chr21", 980, 990, math.nan), ("chr21", 990, 995, 6.0), ("chr21", 995, 1010, math.nan)]

    found = bins(write(tmp_path / "nan.bw", records), FORWARD, REVERSE)
    assert found.matrices.values[0, 0].tolist() == [0, 3, 0, 0]
    assert [(problem.code, problem.record) for problem in found.repairs] == [("nan_values", "H3K4me3")]
    assert "at 49 bases of the windows" in found.repairs[0].message  # 25 on one strand, 24 on the other


@pytest.mark.parametrize("name", ["content", "file.bigwig", "file.bb", "file.BW"])
def test_the_name_of_a_file_does_not_matter(steps, name):
    assert bins(steps.rename(steps.with_name(name)), FORWARD).matrices.values[0, 0].tolist() == [1, 2, 3, 4]


def test_signals_keep_their_order_and_names(tmp_path, steps):
    other = write(tmp_path / "other.bw", [("chr21", 0, 5000, 7.0)])
    matrices = bin_bigwigs(
        {"H3K9me3": other, "H3K4me3": steps}, [FORWARD], assembly="hg19", n_bins=4, bin_size_bp=10
    ).matrices

    assert matrices.signals == ("H3K9me3", "H3K4me3")
    assert matrices.values[0].tolist() == [[7, 7, 7, 7], [1, 2, 3, 4]]


def test_chromosomes_without_chr_are_read_and_said(tmp_path):  # W06
    path = write(tmp_path / "bare.bw", [("21", *record[1:]) for record in STEPS], lengths={"21": HG19["chr21"]})
    found = bins(path, FORWARD)

    assert found.matrices.values[0, 0].tolist() == [1, 2, 3, 4]
    assert [(repair.code, repair.record) for repair in found.repairs] == [("chromosome_names", "H3K4me3")]


# ---- genes that are left out


def test_windows_beyond_the_chromosome_are_left_out_and_named(tmp_path):
    end = HG19["chr21"]
    path = write(tmp_path / "edge.bw", [("chr21", 0, 100, 1.0), ("chr21", end - 100, end, 2.0)])
    sites = [
        StartSite(f"{strand}{position}", "", "chr21", position, strand)
        for strand in "+-"
        for position in (19, 20, end - 21, end - 20, end - 19)
    ]
    found = bins(path, *sites)

    assert found.matrices.genes == ("+20", f"+{end - 21}", f"+{end - 20}", "-19", "-20", f"-{end - 21}")
    assert [problem.record for problem in found.skipped] == ["+19", f"+{end - 19}", f"-{end - 20}", f"-{end - 19}"]
    assert {problem.code for problem in found.skipped} == {"beyond_chromosome"}
    assert "start of chr21" in found.skipped[0].message
    assert "end of chr21" in found.skipped[1].message
    assert found.matrices.values[3, 0].tolist() == [1, 1, 1, 1]


def test_absent_chromosomes_are_left_out_and_named(tmp_path, steps):
    both = write(tmp_path / "both.bw", [("chr21", 0, 2000, 1.0), ("chr22", 0, 2000, 3.0)])
    sites = [StartSite("on_22", "", "chr22", 1000, "+"), FORWARD, StartSite("odd", "", "chrUn_1", 1000, "+")]
    found = bin_bigwigs({"a": both, "b": steps}, sites, assembly="hg19", n_bins=4, bin_size_bp=10)

    assert found.matrices.genes == ("forward",)
    assert found.matrices.values[0].tolist() == [[1, 1, 1, 1], [1, 2, 3, 4]]
    assert [(problem.code, problem.record) for problem in found.skipped] == [
        ("absent_chromosome", "on_22"),
        ("unknown_chromosome", "odd"),
    ]
    assert "absent from the bigWig of b." in found.skipped[0].message


def test_no_gene_may_be_left(steps):
    found = bins(steps, FORWARD._replace(chromosome="chr5"))

    assert found.matrices.values.shape == (0, 1, 4)
    assert len(found.skipped) == 1


# ---- files that are refused


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"track type=wiggle_0\nvariableStep chrom=chr21\n1000 5\n", "text"),  # W01
        (gzip.compress(b"anything", mtime=0), "packed"),
        (b"PK\x03\x04", "packed"),
        (b"\xeb\xf2\x89\x87" + bytes(60), "bigbed"),  # W02
        (b"BAM\x01" + bytes(60), "not_bigwig"),
        (b"\x26\xfc\x8f\x88" + bytes(10), "cut_off"),  # W03
        (b"\x26\xfc\x8f\x88" + bytes(600), "cut_off"),
        (b"\x88\x8f\xfc\x26" + bytes(600), "cut_off"),  # W08
        (b"\x26\xfc\x8f\x88" + bytes(600) + b"\x26\xfc\x8f\x88", "damaged"),
    ],
)
def test_what_is_no_bigwig_is_refused_by_what_it_is(tmp_path, content, code):
    path = tmp_path / "file.bw"
    path.write_bytes(content)

    assert problem_of(path, signal="H3K27me3").code == code


def test_a_file_that_was_cut_off_is_said_to_be(tmp_path, steps):  # W04
    whole = steps.read_bytes()
    path = tmp_path / "cut.bw"
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        assert problem_of(path).code == "cut_off"


def test_an_address_is_no_file():  # W12
    assert problem_of(Path("https://example.org/H3K4me3.bw")).code == "no_file"
    assert problem_of(Path("http://127.0.0.1:1/x.bw"), signal="a").code == "no_file"


def test_another_assembly_is_refused(steps):
    problem = problem_of(steps, assembly="hg38")

    assert problem.code == "other_assembly"
    assert "is of hg19, not of hg38: its chr21 has 48,129,895 bp, not 46,709,983" in problem.message


def test_an_unknown_assembly_is_refused(tmp_path):
    mouse = write(tmp_path / "mouse.bw", [("chr1", 0, 2000, 1.0)], lengths={"chr1": 195_471_971})
    scaffold = write(tmp_path / "scaffold.bw", [("NC_000021.8", 0, 2000, 1.0)], lengths={"NC_000021.8": 48_129_895})

    assert problem_of(mouse).code == "unknown_assembly"
    assert problem_of(scaffold).code == "no_known_chromosome"
    assert "NC_000021.8" in problem_of(scaffold).message


@pytest.mark.parametrize(("value", "code"), [(-0.5, "negative"), (math.inf, "infinite")])
def test_values_that_no_network_reads_are_refused(tmp_path, value, code):
    path = write(tmp_path / "wrong.bw", [*STEPS[:2], ("chr21", 1000, 1010, value)])
    problem = problem_of(path)

    assert problem.code == code
    assert "chr21:1,001-1,010" in problem.message


def test_every_file_is_named(tmp_path, steps):
    text = tmp_path / "text.bw"
    text.write_text("chr21 1 2 3\n")
    with pytest.raises(UnreadableBigWigError) as caught:
        bin_bigwigs({"a": text, "b": steps, "c": text}, [FORWARD], assembly="hg38")

    assert [(problem.signal, problem.code) for problem in caught.value.problems] == [
        ("a", "text"), ("b", "other_assembly"), ("c", "text"),
    ]  # fmt: skip


# ---- the process that reads


def test_too_much_time_is_an_error_of_the_file(tmp_path, monkeypatch):
    dense = write(tmp_path / "dense.bw", (("chr21", 25 * n, 25 * n + 25, 1.0) for n in range(160_000)))
    sites = [FORWARD._replace(gene=str(n), position=2_000_000 + n) for n in range(3000)]
    large = {"assembly": "hg19", "n_bins": 400, "bin_size_bp": 10_000}

    with pytest.raises(UnreadableBigWigError, match="H3K4me3 took longer than 1 s") as caught:
        bin_bigwigs({"H3K4me3": dense}, sites, cpu_s=1, **large)
    assert caught.value.problems[0].code == "too_slow"

    monkeypatch.setattr(bigwig, "WAIT_S", 1.5)
    with pytest.raises(UnreadableBigWigError, match=r"took longer than 1\.5 s"):
        bin_bigwigs({"H3K4me3": dense}, sites, **large)


def test_a_reader_without_memory_does_not_blame_the_file(steps):
    sites = [FORWARD._replace(gene=str(n), position=3_000_000) for n in range(2000)]
    with pytest.raises(RuntimeError, match="did not start"):
        bin_bigwigs({"a": steps}, sites, assembly="hg19", n_bins=400, memory_bytes=50 << 20)


@pytest.mark.parametrize(("code", "reason"), [(-11, "SIGSEGV"), (-6, "SIGABRT"), (-9, "SIGKILL"), (1, "MemoryError")])
def test_a_crash_is_an_error_of_the_file_that_was_open(monkeypatch, steps, code, reason):
    def crash(command, **options):
        (Path(command[-1]) / bigwig.READING).write_text("H3K4me3")
        return subprocess.CompletedProcess(command, code, b"", b"Traceback ...\nMemoryError\n")

    monkeypatch.setattr(subprocess, "run", crash)
    problem = problem_of(steps)

    assert problem.code == "crashed"
    assert reason in problem.message


def test_flipped_bytes_never_reach_the_parent(tmp_path):
    whole = write(
        tmp_path / "whole.bw", [("chr21", 25 * n, 25 * n + 25, float(n % 7)) for n in range(400)]
    ).read_bytes()
    random = np.random.default_rng(3)
    path = tmp_path / "flipped.bw"
    for _ in range(int(os.environ.get("REGULENS_BIGWIG_MUTANTS", "12"))):
        content = bytearray(whole)
        for place in random.integers(0, 400, size=2):
            content[place] = random.integers(0, 256)
        path.write_bytes(content)
        try:
            bins(path, FORWARD._replace(position=5000))
        except UnreadableBigWigError as error:
            signals = {problem.signal for problem in error.problems}
        else:
            signals = {"H3K4me3"}
        assert signals == {"H3K4me3"}


# ---- real files

E003 = {mark: DATA / "fixtures" / "bigwig_e003" / f"E003.{mark}.pilot_chr7_21_22.hg19.bw" for mark in MARKS}


@needs_data
def test_real_bigwigs_give_the_published_matrix():
    """Avocado's matrix: arcsinh of each 25-bp step, mean of four, steps from the multiple of 25 below, as on chr +."""
    sites = read_start_sites(DATA / "fixtures" / "bigwig_e003" / "tss_hg19.bed", assembly="hg19", max_genes=100).sites
    published = read_histone_file(
        DATA / "hm" / "avocado_e003" / "E003.deepchrome_format.csv.gz", max_genes=1000, max_rows=100_000
    ).matrices
    # On the minus strand our window is mirrored around the site: the site before gives the same window.
    snapped = [site._replace(position=site.position // 25 * 25 - (site.strand == "-")) for site in sites]
    found = bin_bigwigs(E003, snapped, assembly="hg19", n_bins=400, bin_size_bp=25)
    assert (len(found.matrices.genes), found.skipped, found.repairs) == (78, (), ())

    rows = [published.genes.index(gene) for gene in found.matrices.genes]
    steps = np.arcsinh(found.matrices.of(MARKS)).reshape(78, 5, 100, 4).mean(axis=-1)
    reverse = np.array([site.strand == "-" for site in sites])
    steps[reverse] = steps[reverse, :, ::-1]  # published in the order of the chromosome

    assert np.abs(steps - published.of(MARKS)[rows]).max() < 1.5e-4  # four decimals are published


@needs_data
def test_real_bigwigs_in_plain_bins_follow_the_published_matrix():
    sites = read_start_sites(DATA / "fixtures" / "bigwig_e003" / "tss_hg19.bed", assembly="hg19", max_genes=100).sites
    published = read_histone_file(
        DATA / "hm" / "avocado_e003" / "E003.deepchrome_format.csv.gz", max_genes=1000, max_rows=100_000
    ).matrices
    matrices = bin_bigwigs(E003, sites, assembly="hg19").matrices
    theirs = published.of(MARKS)[[published.genes.index(gene) for gene in matrices.genes]].copy()
    reverse = np.array([site.strand == "-" for site in sites])
    theirs[reverse] = theirs[reverse, :, ::-1]

    assert np.corrcoef(np.arcsinh(matrices.values).ravel(), theirs.ravel())[0, 1] > 0.997


@needs_data
def test_the_published_test_files_of_pybigwig_are_refused():
    folder = DATA / "fixtures" / "pyBigWig"

    assert problem_of(folder / "test.bigBed").code == "bigbed"
    assert problem_of(folder / "test.bw").code == "unknown_assembly"  # of the mouse
