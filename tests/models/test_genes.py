import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from models import annotation
from models.annotation import file_name, gene_table, other_assembly, with_symbols
from models.annotation.build import build_tables
from models.annotation.lift import GeneBody, lift, named_by_position
from models.errors import InvalidStartSitesError, UnknownNameError
from models.genes import StartSite, StartSites, read_start_sites
from models.genomes import ASSEMBLIES, assembly_of, chromosome_name
from models.histone import HistoneMatrices

FOLDER = Path(annotation.__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside the repository")
FORWARD = "chr21\t1000\t2000\tgene_a\t0\t+\n"
REVERSE = "chr21\t1000\t2000\tgene_b\t0\t-\n"


def read(path: Path, text: str | bytes, *, assembly: str = "hg19", max_genes: int = 100) -> StartSites:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_start_sites(path, assembly=assembly, max_genes=max_genes)


def problem_of(path: Path, text: str | bytes, **options):
    with pytest.raises(InvalidStartSitesError) as caught:
        read(path, text, **options)
    assert str(caught.value) == caught.value.problems[0].message
    return caught.value.problems[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "starts"


def positions(found: StartSites) -> list[tuple[str, int, str]]:
    return [(site.gene, site.position, site.strand) for site in found.sites]


# ---- what is read


def test_the_start_site_is_the_5_prime_end(path):
    found = read(path, FORWARD + REVERSE)

    assert positions(found) == [("gene_a", 1000, "+"), ("gene_b", 1999, "-")]
    assert {site.chromosome for site in found.sites} == {"chr21"}


@pytest.mark.parametrize(
    "text",
    [
        "track name=x\nbrowser position chr1:1-2\n# a comment\n\n" + FORWARD + REVERSE,  # W11
        (FORWARD + REVERSE).replace("\t", " "),
        (FORWARD + REVERSE).replace("\n", "\r\n"),
        (FORWARD + REVERSE).replace("\n", "\t1200\t1300\t0\t1\t800\t0\n"),  # BED12
        (FORWARD + REVERSE).replace("chr21", "21"),
        "\ufeffgene,chrom,start,end,strand\ngene_a,chr21,1000,2000,+\ngene_b,chr21,1000,2000,-\n",
        "#name\tchrom\tstrand\ttxStart\ttxEnd\ngene_a\tchr21\t+\t1000\t2000\ngene_b\tchr21\t-\t1000\t2000\n",
        "gene_id;chr;tss;strand\ngene_a;21;1000;1\ngene_b;21;1999;-1\n",
        "Gene stable ID,Chromosome/scaffold name,Transcription start site (TSS),Strand\n"
        "gene_a,21,1001,1\ngene_b,21,2000,-1\n",  # BioMart counts from 1
        "strand,gene,tss_1based,chromosome\n+,gene_a,1001,chr21\n-,gene_b,2000,chr21\n",
    ],
)
def test_every_way_to_write_the_same_sites(path, text):
    found = read(path, text)

    assert positions(found) == [("gene_a", 1000, "+"), ("gene_b", 1999, "-")]
    assert {site.chromosome for site in found.sites} == {"chr21"}
    assert positions(read(path, gzip.compress(text.encode()))) == positions(found)


def test_a_table_may_have_symbols(path):
    found = read(path, "gene,symbol,chrom,tss,strand\nENSG01,PAX5,chr9,5,-\nENSG02,NA,chr9,6,-\n")

    assert [(site.gene, site.symbol) for site in found.sites] == [("ENSG01", "PAX5"), ("ENSG02", "")]


@pytest.mark.parametrize(("column", "code"), [("tss", "counts_from_0"), ("tss_1based", "counts_from_1")])
def test_from_where_a_table_counts_is_said(path, column, code):
    (note,) = read(path, f"gene,chrom,{column},strand\na,chr1,5,+\n").repairs

    assert note.code == code
    assert repr(column) in note.message


def test_a_site_without_a_name_is_named_by_its_place(path):
    assert read(path, "chr7\t10\t20\t.\t0\t-\n").sites == (StartSite("chr7:19:-", "", "chr7", 19, "-"),)


def test_names_are_kept_apart_and_repeated_sites_left_out(path):
    found = read(path, FORWARD + FORWARD + "chr21\t5000\t6000\tgene_a\t0\t+\n")

    assert positions(found) == [("gene_a", 1000, "+"), ("gene_a_2", 5000, "+")]
    assert [(note.code, note.line) for note in found.repairs] == [
        ("equal_lengths", None),
        ("repeated_site", 2),
        ("repeated_gene", 3),
    ]


def test_intervals_of_one_length_are_hardly_genes(path):
    (note,) = read(path, FORWARD + REVERSE).repairs

    assert note.code == "equal_lengths"
    assert "1,000 bp" in note.message
    assert read(path, FORWARD + REVERSE.replace("2000", "2001")).repairs == ()


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "empty_file", None, None),
        ("# nothing\n", "empty_file", None, None),
        ("gene,chrom,tss,strand\n", "empty_file", None, None),
        ("chr21\t1\t2\n", "no_strand", 1, 3),
        ("chr21\t1\t2\tgene\t0\n", "no_strand", 1, 5),
        ("gene,chrom,tss\na,chr1,2\n", "no_strand", 1, None),
        ("chrom,tss,strand\nchr1,2,+\n", "missing_column", 1, None),
        ("gene,chrom,start,strand\na,chr1,2,+\n", "missing_column", 1, None),
        ("gene,chrom,chr,tss,strand\na,chr1,chr1,2,+\n", "repeated_column", 1, 3),
        ("gene,chrom,tss_hg38,strand\na,chr1,2,+\n", "other_assembly", 1, 3),
        ("this is prose\n", "not_start_sites", 1, None),
        (FORWARD + "chr21\t1\n", "too_few_columns", 2, 2),
        (FORWARD + "\t1\t2\tx\t0\t+\n", "no_chromosome", 2, 1),
        (FORWARD + "chr21\t1\t2\tx\t0\t.\n", "bad_strand", 2, 6),
        (FORWARD + "chr21\t-1\t2\tx\t0\t+\n", "negative", 2, 2),
        (FORWARD + "chr21\t1e3\t2000\tx\t0\t+\n", "not_a_position", 2, 2),
        (FORWARD + "chr21\t1\t2,000\tx\t0\t+\n", "not_a_position", 2, 3),
        (FORWARD + "chr21\t30\t20\tx\t0\t+\n", "start_after_end", 2, 2),
        (FORWARD + "chr21\t20\t20\tx\t0\t+\n", "empty_interval", 2, 3),
        (FORWARD + "chr21\t48129895\t48129896\tx\t0\t+\n", "beyond_chromosome", 2, 2),
        (FORWARD + "chr21\t48129894\t48129896\tx\t0\t-\n", "beyond_chromosome", 2, 3),
        ("gene,chrom,tss_1based,strand\na,chr1,0,+\n", "position_zero", 2, 3),
        ("chr21\t1\t2\tx\0\t0\t+\n", "not_text", 1, 4),
        (b"\x1f\x8b\x08\x00cut", "broken_gzip", None, None),
    ],
)
def test_what_is_refused_names_its_place(path, text, code, line, column):
    problem = problem_of(path, text)

    assert (problem.code, problem.line, problem.column) == (code, line, column), problem.message
    assert len(problem.message) > 40


def test_every_mistake_is_named_up_to_twenty(path):
    with pytest.raises(InvalidStartSitesError) as caught:
        read(path, (FORWARD + "chr21\t9\t5\tbad\t0\t+\n") * 30)

    assert [problem.line for problem in caught.value.problems] == list(range(2, 42, 2))
    assert {problem.record for problem in caught.value.problems} == {"bad"}


def test_too_many_genes(path):
    text = "".join(f"chr1\t{n}\t{n + 1}\tg{n}\t0\t+\n" for n in range(6))

    assert len(read(path, text, max_genes=6).sites) == 6
    assert (problem_of(path, text, max_genes=5).code, problem_of(path, text, max_genes=5).line) == ("too_many_genes", 6)


# ---- assemblies


def test_chromosome_names():
    assert [chromosome_name(name) for name in ("1", "chr1", "Chr1", "x", "chrM", "chr1_random", "GL000192.1")] == [
        "chr1", "chr1", "chr1", "chrX", "chrM", "chr1_random", "GL000192.1",
    ]  # fmt: skip


def test_chromosome_lengths():
    # Totals of the 24 chromosomes, as Ensembl and NCBI give them for GRCh37 and GRCh38.
    assert {name: sum(sizes.values()) for name, sizes in ASSEMBLIES.items()} == {
        "hg19": 3_095_677_412,
        "hg38": 3_088_269_832,
    }
    assert assembly_of({"chr21": 48_129_895, "chrUn": 5}) == "hg19"
    assert assembly_of({"chr21": 46_709_983, "chrX": 156_040_895}) == "hg38"
    assert assembly_of({"chr21": 46_709_983, "chrX": 155_270_560}) is None
    assert assembly_of({"chrUn": 5}) is None


# ---- the tables that come along

# RefSeq and MANE Select start sites, 0-based, as the UCSC Genome Browser shows them.
KNOWN = {"MYC": (127736230, "+"), "GAPDH": (6534516, "+"), "CFTR": (117480024, "+"), "TNMD": (100584935, "+"),
         "TP53": (7687489, "-"), "BRCA1": (43125363, "-"), "ACTB": (5530600, "-"), "PAX5": (37034267, "-")}  # fmt: skip
KNOWN_HG19 = {"MYC": (128748314, "+"), "GAPDH": (6643584, "+"), "TP53": (7590867, "-"), "BRCA1": (41277499, "-")}


@pytest.mark.parametrize(("assembly", "known", "within"), [("hg38", KNOWN, 210), ("hg19", KNOWN_HG19, 500)])
def test_known_genes_start_where_they_should(assembly, known, within):
    found = {site.symbol: site for site in gene_table(assembly).sites}

    for symbol, (position, strand) in known.items():
        assert found[symbol].strand == strand
        assert abs(found[symbol].position - position) <= within, symbol


@pytest.mark.parametrize("assembly", ASSEMBLIES)
def test_tables_are_sound(assembly):
    table = gene_table(assembly)
    symbols = [site.symbol for site in table.sites if site.symbol]

    assert len(table.sites) > 16_000
    assert len({site.gene for site in table.sites}) == len(table.sites)
    assert len(set(symbols)) == len(symbols) > 0.9 * len(table.sites)
    assert all(0 <= site.position < ASSEMBLIES[assembly][site.chromosome] for site in table.sites)
    assert "Start site" in table.source
    assert "Licence" in table.source


def test_an_unknown_assembly_has_no_table():
    with pytest.raises(UnknownNameError):
        gene_table("mm10")


def test_sites_of_another_assembly_are_told():
    sites = gene_table("hg38").sites[:50]

    assert other_assembly(sites, "hg38") is None
    assert other_assembly(sites, "hg19") == "hg38"
    assert other_assembly([site._replace(gene=f"own_{n}") for n, site in enumerate(sites)], "hg19") is None
    assert other_assembly(sites[:2], "hg19") is None


def test_neighbours_tell_where_a_gene_has_moved():
    there = [GeneBody(f"G{n}", "chr1", 20_000 * n**2, 20_000 * n**2 + 9_000 + n) for n in range(1, 9)]
    here = [
        StartSite(body.symbol, "", "chr1", body.five_prime("+-"[n % 2]) + 500_123, "+-"[n % 2])
        for n, body in enumerate(there)
    ]
    here[3] = here[3]._replace(position=here[3].position - 7_000)  # another promoter of the same gene
    lifted = lift(here, there)

    assert {gene: here[n].position - lifted[gene] for n, gene in enumerate(lifted)} == dict.fromkeys(lifted, 500_123)
    assert len(lifted) == 8
    assert {gene: body.symbol for gene, body in named_by_position(here, there, lifted).items()} == {
        f"G{n}": f"G{n}" for n in range(1, 9)
    }
    assert lift(here[:2], there) == {}
    evenly_spaced = [body._replace(start=100_000 * n, end=100_000 * n + 9_000) for n, body in enumerate(there)]
    assert lift([StartSite(b.symbol, "", "chr1", b.start, "+") for b in evenly_spaced[:4]], evenly_spaced) == {}


@needs_data
def test_the_shipped_tables_are_what_the_command_builds(tmp_path):
    build_tables(DATA, tmp_path)

    for assembly in ASSEMBLIES:
        built = gzip.decompress((tmp_path / file_name(assembly)).read_bytes())
        assert built == gzip.decompress((FOLDER / file_name(assembly)).read_bytes())
        share = re.search(r"([\d.]+)% right where both are known", built.decode())
        assert float(share[1]) > 99


@needs_data
def test_hg19_sites_agree_with_those_of_another_project():
    there = {site.gene: site.position for site in gene_table("hg19").sites}
    avocado = read_start_sites(DATA / "hm" / "avocado_e003" / "E003.genes.csv", assembly="hg19", max_genes=1000).sites
    distances = sorted(abs(site.position - there[site.gene]) for site in avocado if site.gene in there)

    assert len(distances) > 290
    assert distances[len(distances) // 2] <= 10
    assert distances[int(0.8 * len(distances))] <= 100


def matrices(genes: tuple[str, ...], symbols: tuple[str, ...]) -> HistoneMatrices:
    return HistoneMatrices(genes, symbols, ("H3K4me3",), np.zeros((len(genes), 1, 2), np.float32), None)


def test_genes_are_named_by_their_ensembl_id_in_each_way_of_writing_it():
    genes = ("000003", "ENSG00000196092.14", "ENSG00000196092", "unknown", "00003")

    assert with_symbols(matrices(genes, ("",) * 5)).symbols == ("TSPAN6", "PAX5", "PAX5", "", "")


def test_symbols_of_the_file_are_left_alone():
    given = matrices(("000003", "000005"), ("mine", ""))

    assert with_symbols(given) is given
