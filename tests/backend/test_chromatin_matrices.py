"""The wizard: bigWigs and start sites in, a file in DeepChrome's layout out."""

import csv
import gzip
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pybigtools
import pytest

from backend.schemas.chromatin_matrices import ChromatinMatrix, GeneSearch
from models.annotation import gene_table
from models.genomes import ASSEMBLIES
from models.histone import MARKS

pytestmark = pytest.mark.anyio

LENGTH = ASSEMBLIES["hg19"]["chr21"]
BED = "chr21\t10000\t20000\tgene_a\t0\t+\nchr21\t10000\t30000\tgene_b\t0\t-\nchr21\t500\t900\tgene_c\t0\t+\n"
N_BINS = 20

Put = Callable[..., Awaitable[str]]


def bigwig(path: Path, value: float, *, chromosome: str = "chr21", length: int = LENGTH) -> bytes:
    """`value` on bases 9,000 to 10,000, twice as much on the next thousand, one on 29,000 to 31,000."""
    records = [(9_000, 10_000, value), (10_000, 11_000, 2 * value), (29_000, 31_000, 1.0)]
    writer = pybigtools.open(str(path), "w")
    writer.write({chromosome: length}, iter([(chromosome, *record) for record in records]))
    writer.close()
    return path.read_bytes()


@pytest.fixture
def put(client) -> Put:
    async def put(name: str, content: bytes | str) -> str:
        response = await client.put(f"/uploads/{name}", content=content)
        assert response.status_code == 201, response.text
        return response.json()["id"]

    return put


@pytest.fixture
async def request_body(put: Put, tmp_path: Path) -> dict:
    signals = {
        mark: await put(f"{mark}.bw", bigwig(tmp_path / "x.bw", 0.5 + number)) for number, mark in enumerate(MARKS)
    }
    starts = await put("starts.bed", BED)
    return {
        "signals": dict(reversed(signals.items())), "starts": starts, "assembly": "hg19", "n_bins": N_BINS,
        "unit": "minus_log10_p",
    }  # fmt: skip


async def post(client, body: dict) -> ChromatinMatrix:
    response = await client.post("/chromatin-matrices", json=body)
    assert response.status_code == 201, response.text
    matrix = ChromatinMatrix.model_validate_json(response.content)
    assert response.headers["location"].endswith(f"/api/v1/uploads/{matrix.upload.id}")
    return matrix


async def rows_of(client, matrix: ChromatinMatrix) -> list[list[str]]:
    content = (await client.get(f"/uploads/{matrix.upload.id}/content")).content
    return list(csv.reader(io.StringIO(gzip.decompress(content).decode())))


async def refusal(client, problem_of, body: dict, slug: str = "invalid-request"):
    return problem_of(await client.post("/chromatin-matrices", json=body), 422, slug).errors


# ---- what comes out


async def test_five_marks_become_deepchromes_layout(client, request_body):
    matrix = await post(client, request_body)
    rows = await rows_of(client, matrix)

    assert matrix.signals == list(MARKS)
    assert matrix.upload.name == "matrix_hg19_2_genes.csv.gz"
    assert (matrix.n_genes, matrix.n_bins, matrix.bin_size_bp, matrix.assembly) == (2, N_BINS, 100, "hg19")
    assert len(rows) == 2 * N_BINS
    assert rows[0] == ["gene_a", "1", "0.5", "1.5", "2.5", "3.5", "4.5"]
    assert rows[10] == ["gene_a", "11", "1.0", "3.0", "5.0", "7.0", "9.0"]
    assert rows[20][:2] == ["gene_b", "1"]
    assert {row[2] for row in rows[20:]} == {"1.0"}  # around 29,999, on the other strand
    assert [summary.signal for summary in matrix.summaries] == list(MARKS)
    assert matrix.summaries[0].maximum == 1.0


async def test_what_comes_out_can_be_analysed(client, request_body):
    matrix = await post(client, request_body)
    answer = await client.post("/chromatin-analyses", json={"file": {"upload": matrix.upload.id}})

    assert answer.status_code == 200, answer.text
    assert answer.json()["genes"]["gene"] == ["gene_a", "gene_b"]


async def test_the_same_request_gives_the_same_upload(client, request_body):
    assert (await post(client, request_body)).upload.id == (await post(client, request_body)).upload.id


async def test_other_signals_are_named_by_a_header(client, request_body, put, tmp_path):
    extra = await put("k27ac.bw", bigwig(tmp_path / "x.bw", 9.0))
    body = request_body | {"signals": {"H3K27ac": extra, "h3k4me3": request_body["signals"]["H3K4me3"]}}
    matrix = await post(client, body)
    rows = await rows_of(client, matrix)

    assert matrix.signals == ["H3K4me3", "H3K27ac"]
    assert rows[0] == ["gene", "bin", "H3K4me3", "H3K27ac"]
    assert rows[1] == ["gene_a", "1", "3.5", "9"]


async def test_genes_that_cannot_be_read_are_named(client, request_body):
    matrix = await post(client, request_body | {"genes": ["GENE_A", "gene_c", "gene_x"]})

    assert matrix.n_genes == 1
    assert matrix.upload.name == "matrix_hg19_1_gene.csv.gz"
    assert matrix.n_skipped == 2
    assert [(item.code, item.record, item.field) for item in matrix.skipped] == [
        ("unknown_gene", "gene_x", "genes"),
        ("beyond_chromosome", "gene_c", "starts"),
    ]


async def test_another_unit_than_read_counts_is_a_warning_of_every_network_at_that_scale(client, request_body):
    units = {shift.checkpoint: shift for shift in (await post(client, request_body)).shifts if shift.code == "unit"}
    counts = (await post(client, request_body | {"unit": "counts"})).shifts

    assert len(units) == 5
    assert "e116-coarse" not in units
    assert all("-log10 p" in shift.message and "read counts" in shift.message for shift in units.values())
    assert "unit" not in {shift.code for shift in counts}
    assert {"not_counts", "scale"} <= {shift.code for shift in counts}


async def test_genes_come_from_the_table_that_comes_along(client, request_body, put, tmp_path):
    sites = [site for site in gene_table("hg19").sites if site.chromosome == "chr21"][10:13]
    matrix = await post(
        client, request_body | {"starts": None, "genes": [sites[0].symbol, f"{sites[1].gene}.7", sites[2].gene.lower()]}
    )

    assert {row[0] for row in await rows_of(client, matrix)} == {site.gene for site in sites}


async def test_what_was_mended_is_said(client, request_body, put, tmp_path):
    bare = await put("bare.bw", bigwig(tmp_path / "x.bw", 1.0, chromosome="21"))
    starts = await put("starts.csv", "gene,chrom,tss,strand\na,21,10000,+\n")
    matrix = await post(client, request_body | {"signals": {"H3K4me3": bare}, "starts": starts})

    assert [(item.code, item.field) for item in matrix.repairs] == [
        ("counts_from_0", "starts"),
        ("chromosome_names", "signals"),
    ]


# ---- what is refused


async def test_every_wrong_bigwig_is_named(client, problem_of, request_body, put, tmp_path):
    text = await put("H3K4me1.bw", "track type=wiggle_0\n")
    hg38 = await put("hg38.bw", bigwig(tmp_path / "x.bw", 1.0, length=ASSEMBLIES["hg38"]["chr21"]))
    body = request_body | {"signals": request_body["signals"] | {"H3K4me1": text, "H3K9me3": hg38}}
    items = await refusal(client, problem_of, body)

    assert [(item.field, item.code) for item in items] == [
        ("signals.H3K4me1", "text"),
        ("signals.H3K9me3", "other_assembly"),
    ]


async def test_bigwigs_of_another_assembly_are_never_a_number(client, problem_of, request_body):
    items = await refusal(client, problem_of, request_body | {"assembly": "hg38"})

    assert {item.code for item in items} == {"other_assembly"}
    assert len(items) == 5


async def test_start_sites_of_another_assembly_are_refused(client, problem_of, request_body, put):
    sites = [site for site in gene_table("hg38").sites if site.chromosome == "chr21"][:40]
    rows = "".join(f"chr21\t{site.position}\t{site.position + 1}\t{site.gene}\t0\t{site.strand}\n" for site in sites)
    (item,) = await refusal(client, problem_of, request_body | {"starts": await put("hg38.bed", rows)})

    assert (item.field, item.code) == ("starts", "other_assembly")
    assert "hg38" in item.message


async def test_a_bed_without_strand_is_refused_with_its_place(client, problem_of, request_body, put):
    body = request_body | {"starts": await put("three.bed", "chr21\t1\t2\n")}
    (item,) = await refusal(client, problem_of, body, "invalid-start-sites")

    assert (item.field, item.code, item.line, item.column) == ("starts", "no_strand", 1, 3)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"genes": ["nobody"]}, ("genes", "no_gene")),
        ({"genes": ["gene_c"]}, ("starts", "no_gene_left")),
        ({"starts": None}, ("genes", "too_many_genes")),
        ({"signals": {"H3K4m3": "0" * 32}}, ("signals", "unknown_mark")),
        ({"signals": {"H3K4me3": "0" * 32}}, ("signals.H3K4me3", "unknown_upload")),
    ],
)
async def test_fields_that_cannot_be_meant(client, problem_of, request_body, changes, expected):
    (item,) = await refusal(client, problem_of, request_body | changes)

    assert (item.field, item.code) == expected, item.message


async def test_one_file_is_one_signal(client, problem_of, request_body):
    upload = request_body["signals"]["H3K4me3"]
    body = request_body | {"signals": {"H3K4me3": upload, "H3K9me3": upload}}
    (item,) = await refusal(client, problem_of, body)

    assert (item.field, item.code) == ("signals.H3K9me3", "same_file")


async def test_start_sites_above_the_limit_are_refused(client, problem_of, request_body, put, settings):
    large = await put("large.bed", "#" * (settings.max_histone_bytes + 1))
    (item,) = await refusal(client, problem_of, request_body | {"starts": large})

    assert (item.field, item.code) == ("starts", "too_large")


async def test_start_sites_that_are_gone(client, problem_of, request_body):
    response = await client.post("/chromatin-matrices", json=request_body | {"starts": "0" * 32})

    problem_of(response, 404, "unknown-upload")


# ---- gene search


async def search(client, query: str, assembly: str = "hg19") -> GeneSearch:
    response = await client.get("/genes", params={"assembly": assembly, "query": query})
    assert response.status_code == 200, response.text
    return GeneSearch.model_validate_json(response.content)


async def test_exact_names_come_first(client):
    found = await search(client, " pax5 ")
    begun = await search(client, "PAX")

    assert found.genes[0].model_dump() == {
        "gene": "ENSG00000196092", "symbol": "PAX5", "chromosome": "chr9",
        "start_site": found.genes[0].start_site, "strand": "-",
    }  # fmt: skip
    assert [gene.symbol for gene in begun.genes][:3] == ["PAX1", "PAX2", "PAX3"]
    assert begun.n_found == len(begun.genes) >= 9
    assert (await search(client, "MYC")).genes[0].symbol == "MYC"


async def test_ids_may_have_a_version(client):
    (gene,) = (await search(client, "ENSG00000196092.13", "hg38")).genes

    assert gene.symbol == "PAX5"


async def test_no_more_than_twenty_are_shown(client):
    found = await search(client, "ENSG")

    assert len(found.genes) == 20
    assert found.n_found == len(gene_table("hg19").sites)
    assert found.source == gene_table("hg19").source


async def test_unknown_genes_are_no_error(client, problem_of):
    assert (await search(client, "nobody")).n_found == 0
    problem_of(await client.get("/genes", params={"assembly": "mm10", "query": "x"}), 422, "invalid-request")
    problem_of(await client.get("/genes", params={"assembly": "hg19", "query": ""}), 422, "invalid-request")
