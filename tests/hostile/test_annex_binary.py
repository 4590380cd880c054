"""W01 to W12 of the annex: files of signals and start sites that are damaged, foreign, or none, over the API."""

import struct
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pybigtools
import pytest

from models.genomes import ASSEMBLIES

pytestmark = pytest.mark.anyio

BED = b"chr21\t10000\t20000\tgene_a\t0\t+\n"
LENGTH = ASSEMBLIES["hg19"]["chr21"]
RECORDS = [("chr21", 500 * n, 500 * n + 500, float(n % 7)) for n in range(60)]
STARTS = "starts"
SIGNAL = "signals.H3K4me3"
Put = Callable[..., Awaitable[str]]


class Refused(NamedTuple):
    """The item of a problem: its type, field, code, place, and the words that it must hold."""

    slug: str
    field: str
    code: str
    words: str
    record: str | None = None
    line: int | None = None
    column: int | None = None


class Accepted(NamedTuple):
    """The notice of an answer, its code and the words that it must hold, and the first bins."""

    code: str
    words: str
    first_bins: tuple[float, ...]


def bigwig(folder: Path, records: Iterable[tuple[str, int, int, float]] = RECORDS, *, length: int = LENGTH) -> bytes:
    records = list(records)
    path = folder / "made.bw"
    writer = pybigtools.open(str(path), "w")
    writer.write({records[0][0]: length}, iter(records))
    writer.close()
    return path.read_bytes()


def with_word(content: bytes, place: int, kind: str, value: int) -> bytes:
    word = struct.pack(kind, value)
    return content[:place] + word + content[place + len(word) :]


def without_chromosomes(whole: bytes) -> bytes:
    (tree,) = struct.unpack_from("<Q", whole, 8)
    return with_word(with_word(whole, tree + 16, "<Q", 0), tree + 34, "<H", 0)


def byte_swapped(whole: bytes) -> bytes:
    return b"".join(whole[at : at + 4][::-1] for at in range(0, len(whole), 4))


def value_at_the_site(value: float) -> list[tuple[str, int, int, float]]:
    return [("chr21", 9_000, 9_950, 2.0), ("chr21", 9_950, 10_000, value), ("chr21", 10_000, 11_000, 4.0)]


def refused(code: str, words: str) -> Refused:
    return Refused("invalid-request", SIGNAL, code, words)


def misplaced(code: str, words: str, *, line: int, column: int, record: str | None = None) -> Refused:
    return Refused("invalid-start-sites", STARTS, code, words, record, line, column)


BIGWIGS: dict[str, tuple[Callable[[Path], bytes], Refused | Accepted]] = {
    "W01 text": (
        lambda _: b"track type=wiggle_0\nvariableStep chrom=chr21\n1000 5\n",
        refused("text", "is a text file under the name of a bigWig. Convert it"),
    ),
    "W02 bigBed": (lambda _: b"\xeb\xf2\x89\x87" + bytes(600), refused("bigbed", "is a bigBed: intervals")),
    "W03 header": (lambda folder: bigwig(folder)[:40], refused("cut_off", "Copy it again, compare its size")),
    "W04 data": (lambda folder: bigwig(folder)[:-200], refused("cut_off", "Copy it again, compare its size")),
    "W05 no chromosome": (
        lambda folder: without_chromosomes(bigwig(folder)),
        refused("no_known_chromosome", "names no chromosome 1 to 22, X or Y (it names none)"),
    ),
    "W06 assembly": (
        lambda folder: bigwig(folder, length=ASSEMBLIES["hg38"]["chr21"]),
        refused("other_assembly", "is of hg38, not of hg19: its chr21 has 46,709,983 bp, not 48,129,895"),
    ),
    "W06 names": (
        lambda folder: bigwig(folder, [("21", *record[1:]) for record in value_at_the_site(2.0)]),
        Accepted("chromosome_names", "calls chromosomes 21 and the like; they were read as chr1, chr2", (2.0, 4.0)),
    ),
    "W06 scaffold": (
        lambda folder: bigwig(folder, [("NC_000021.8", *record[1:]) for record in RECORDS]),
        refused("no_known_chromosome", "it names NC_000021.8"),
    ),
    "W07 NaN": (
        lambda folder: bigwig(folder, value_at_the_site(float("nan"))),
        Accepted("nan_values", "holds NaN instead of a value at 50 bases of the windows; they count as 0", (1.0, 4.0)),
    ),
    "W07 infinity": (
        lambda folder: bigwig(folder, value_at_the_site(float("inf"))),
        refused("infinite", "holds an infinite value at chr21:9,901-10,000"),
    ),
    "W08 swapped": (lambda folder: byte_swapped(bigwig(folder)), refused("cut_off", "is cut off")),
    "W08 another order": (
        lambda _: b"\x88\x8f\xfc\x26" + bytes(600) + b"\x88\x8f\xfc\x26", refused("damaged", "is damaged")
    ),
    "W09 index": (
        lambda folder: with_word(bigwig(folder), 24, "<Q", 10**12), refused("damaged", "is damaged")
    ),
    "W09 tree of chromosomes": (
        lambda folder: with_word(bigwig(folder), 8, "<Q", 1 << 63), refused("damaged", "is damaged")
    ),
}  # fmt: skip

BEDS: dict[str, tuple[bytes, Refused | Accepted]] = {
    "W10 start after end": (
        BED + b"chr21\t900\t800\tgene_b\t0\t+\n",
        misplaced("start_after_end", "The start 900 lies after the end 800", line=2, column=2, record="gene_b"),
    ),
    "W10 negative": (
        BED + b"chr21\t-5\t800\tgene_b\t0\t+\n",
        misplaced("negative", "'-5' is negative", line=2, column=2, record="gene_b"),
    ),
    "W10 beyond the chromosome": (
        BED + b"chr21\t48129890\t48129990\tgene_b\t0\t-\n",
        misplaced("beyond_chromosome", "chr21, which has 48,129,895 bp", line=2, column=3, record="gene_b"),
    ),
    "W10 no number": (
        BED + b"chr21\t1e5\t800\tgene_b\t0\t+\n",
        misplaced("not_a_position", "'1e5' is not a position", line=2, column=2, record="gene_b"),
    ),
    "W10 no strand": (
        b"chr21\t10000\t20000\n",
        misplaced("no_strand", "upstream and downstream cannot be told apart", line=1, column=3),
    ),
    "W11 track and browser lines": (
        b'browser position chr21:1-100\ntrack name="a b"\n#comment\n\n' + BED + b"chr21\tx\t800\tb\t0\t+\n",
        misplaced("not_a_position", "'x' is not a position", line=6, column=2, record="b"),
    ),
    "W11 spaces": (
        b"track name=x\nchr21 10000 20000 gene_a 0 +\nchr21 10000 x gene_b 0 +\n",
        misplaced("not_a_position", "'x' is not a position", line=3, column=3, record="gene_b"),
    ),
}  # fmt: skip

ADDRESSES = {
    "W12 http": "http://127.0.0.1:1/x.bw",
    "W12 file": "file:///etc/passwd",
    "W12 path": "../../../../etc/passwd",
    "W12 ftp": "ftp://127.0.0.1/x.bw",
}


async def ask(client: httpx.AsyncClient, signal: str, starts: str) -> httpx.Response:
    body = {"signals": {"H3K4me3": signal}, "starts": starts, "assembly": "hg19", "n_bins": 20, "unit": "fold_change"}
    return await client.post("/chromatin-matrices", json=body)


def check_refusal(response: httpx.Response, expected: Refused) -> None:
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["type"]) == (422, f"/problems/{expected.slug}"), problem
    first = problem["errors"][0]
    found = tuple(first[key] for key in ("field", "code", "record", "line", "column"))
    assert found == (expected.field, expected.code, expected.record, expected.line, expected.column), first
    assert expected.words in first["message"]
    assert "Traceback" not in response.text
    assert "/tmp" not in response.text


@pytest.mark.parametrize("name", BIGWIGS)
async def test_bigwigs(name: str, client: httpx.AsyncClient, put_upload: Put, tmp_path: Path) -> None:
    make, expected = BIGWIGS[name]
    response = await ask(client, await put_upload(make(tmp_path), "signal.bw"), await put_upload(BED, "a.bed"))
    if isinstance(expected, Refused):
        check_refusal(response, expected)
        return
    assert response.status_code == 201, response.text
    matrix = response.json()
    (notice,) = matrix["repairs"]
    assert notice["code"] == expected.code
    assert expected.words in notice["message"]
    assert matrix["summaries"][0]["maximum"] == max(expected.first_bins)


@pytest.mark.parametrize("name", BEDS)
async def test_start_sites(name: str, client: httpx.AsyncClient, put_upload: Put, tmp_path: Path) -> None:
    content, expected = BEDS[name]
    response = await ask(client, await put_upload(bigwig(tmp_path), "signal.bw"), await put_upload(content, "a.bed"))
    assert isinstance(expected, Refused)
    check_refusal(response, expected)


async def test_track_lines_and_spaces_are_read(client: httpx.AsyncClient, put_upload: Put, tmp_path: Path) -> None:
    content = b'browser position chr21:1-9\ntrack name="a b"\nchr21 10000 20000 gene_a 0 +\n'
    response = await ask(client, await put_upload(bigwig(tmp_path), "signal.bw"), await put_upload(content, "a.bed"))
    assert (response.status_code, response.json()["n_genes"]) == (201, 1), response.text


@pytest.mark.parametrize("name", ADDRESSES)
async def test_an_address_is_no_upload(name: str, client: httpx.AsyncClient, put_upload: Put, tmp_path: Path) -> None:
    signal, starts = await put_upload(bigwig(tmp_path), "signal.bw"), await put_upload(BED, "a.bed")
    words = "There is no upload of that id"
    check_refusal(await ask(client, ADDRESSES[name], starts), refused("unknown_upload", words))
    response = await ask(client, signal, ADDRESSES[name])
    problem = response.json()
    assert (response.status_code, problem["type"]) == (404, "/problems/unknown-upload"), problem
    assert words in problem["detail"]
