"""The typed way to the API, for the page and for scripts alike."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import quote

import httpx

from backend.schemas.catalog import Catalog, CheckpointCard
from backend.schemas.chromatin_analyses import (
    AttentionAverage,
    AttentionAverageRequest,
    ChromatinAnalysis,
    ChromatinAnalysisRequest,
    GeneExplanation,
    GeneExplanationRequest,
)
from backend.schemas.chromatin_catalog import CheckpointImportRequest, ChromatinCard, ChromatinCatalog
from backend.schemas.chromatin_matrices import Assembly, ChromatinMatrix, GeneSearch, MatrixRequest
from backend.schemas.comparisons import Comparison, ComparisonRequest
from backend.schemas.constructs import Construct, ConstructRequest, MarginalEffectRequest, MarginalEffects
from backend.schemas.health import Ready
from backend.schemas.histone_files import HistoneCheck, HistoneFileReference
from backend.schemas.motifs import Motif, MotifLibrary, MotifReport, MotifReportRequest, MotifSummary
from backend.schemas.sequence_analyses import (
    SequenceAnalysis,
    SequenceAnalysisRequest,
    SequenceCheck,
    SequenceCheckRequest,
)
from backend.schemas.trust import TrustReport, TrustRequest
from backend.schemas.uploads import Upload
from frontend.access_requests import AccessRequests
from frontend.job_requests import JobRequests
from frontend.transport import BackendError, BackendProblem, BackendUnavailable

__all__ = [
    "BackendClient", "BackendError", "BackendProblem", "BackendUnavailable", "UnreadableFileError",
    "decode_sequence_file",
]  # fmt: skip

GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31  # zlib: a gzip header and trailer around the largest window
MAX_MEMBERS = 200  # bgzip writes one per 65 kB, and a request holds few MB
BROKEN_GZIP = "The gzip file is damaged or incomplete. Compress it again and retry."
CHUNK_BYTES = 1 << 18


class UnreadableFileError(ValueError):
    """A chosen file that cannot be read as text."""


class BackendClient(JobRequests, AccessRequests):
    """Ask the API in Python; use it as an async context manager. `token=` signs a script in.

    Score a file of sequences in five lines::

        async with BackendClient("http://127.0.0.1:8000") as client:
            text = decode_sequence_file(Path("peaks.fa").read_bytes(), max_bytes=10_000_000)
            analysis = await client.analyse_sequences(SequenceAnalysisRequest(sequences=text, factors=["ctcf_weri"]))
            for prediction in analysis.factors[0].predictions:
                print(prediction.architecture, list(zip(analysis.rows.name, prediction.probability)))
    """

    async def catalog(self) -> Catalog:
        """Ask what can be asked: factors, architectures, explanations, limits, examples."""
        return await self._ask(Catalog, "GET", "/catalog")

    async def checkpoints(self) -> list[CheckpointCard]:
        """Fetch the cards of all weights."""
        return await self._ask(list[CheckpointCard], "GET", "/checkpoints")

    async def checkpoint(self, name: str) -> CheckpointCard:
        """Fetch the card of one set of weights."""
        return await self._ask(CheckpointCard, "GET", f"/checkpoints/{name}")

    async def check_sequences(self, text: str) -> SequenceCheck:
        """Count the records of a text and list what is wrong with it."""
        return await self._ask(SequenceCheck, "POST", "/sequence-checks", body=SequenceCheckRequest(sequences=text))

    async def analyse_sequences(self, request: SequenceAnalysisRequest) -> SequenceAnalysis:
        """Score sequences and explain them."""
        return await self._ask(SequenceAnalysis, "POST", "/sequence-analyses", body=request)

    async def compare_models(self, request: ComparisonRequest) -> Comparison:
        """Hold two to four models against each other on one window."""
        return await self._ask(Comparison, "POST", "/comparisons", body=request)

    async def check_trust(self, request: TrustRequest) -> TrustReport:
        """Ask whether explanations of one window may be believed."""
        return await self._ask(TrustReport, "POST", "/trust-reports", body=request)

    async def motif_report(self, request: MotifReportRequest) -> MotifReport:
        """Find and name the motifs in explanations of one window."""
        return await self._ask(MotifReport, "POST", "/motif-reports", body=request)

    async def construct(self, request: ConstructRequest) -> Construct:
        """Make edits and ask what every network says of the result."""
        return await self._ask(Construct, "POST", "/constructs", body=request)

    async def marginal_effects(self, request: MarginalEffectRequest) -> MarginalEffects:
        """Ask what a motif does by itself."""
        return await self._ask(MarginalEffects, "POST", "/marginal-effects", body=request)

    async def motif_library(self) -> MotifLibrary:
        """List the motifs of the library."""
        return await self._ask(MotifLibrary, "GET", "/motifs")

    async def motif_summary(self, checkpoint: str) -> MotifSummary:
        """Ask what a network has learnt: filters and motifs over its positive test sequences."""
        return await self._ask(MotifSummary, "GET", f"/checkpoints/{quote(checkpoint, safe='')}/motifs")

    async def motif(self, motif_id: str) -> Motif:
        """Fetch one motif with its matrix."""
        return await self._ask(Motif, "GET", f"/motifs/{quote(motif_id, safe='')}")

    async def ready(self) -> Ready:
        """Ask whether the service can do its work; one that is down says so with status 503."""
        return await self._ask_whatever_status(Ready, "/health/ready")

    async def upload(
        self, name: str, source: Path | bytes | AsyncIterator[bytes], *, n_bytes: int | None = None
    ) -> Upload:
        """Stream a file to the service; `n_bytes` lets it refuse an iterator that is too long before it has come."""
        if isinstance(source, Path):
            chunks, n_bytes = _chunks(source), source.stat().st_size
        elif isinstance(source, bytes):
            chunks, n_bytes = _whole(source), len(source)
        else:
            chunks = source
        return await self._put_stream(Upload, f"/uploads/{quote(name, safe='')}", chunks, n_bytes)

    async def upload_info(self, upload: str) -> Upload:
        """Ask what an upload is."""
        return await self._ask(Upload, "GET", f"/uploads/{quote(upload, safe='')}")

    def upload_content(self, upload: str) -> AbstractAsyncContextManager[httpx.Response]:
        """Open an upload's bytes for reading as they come."""
        return self._get_stream(f"/uploads/{quote(upload, safe='')}/content")

    async def delete_upload(self, upload: str) -> None:
        """Let the service forget a file."""
        await self._do("DELETE", f"/uploads/{quote(upload, safe='')}")

    async def chromatin_catalog(self) -> ChromatinCatalog:
        """Ask what can be asked of histone marks: checkpoints, layouts, limits, examples."""
        return await self._ask(ChromatinCatalog, "GET", "/chromatin-catalog")

    async def chromatin_example(self, name: str) -> Upload:
        """Make an upload of an example."""
        return await self._ask(Upload, "POST", f"/chromatin-examples/{quote(name, safe='')}")

    async def check_histone_file(self, file: HistoneFileReference) -> HistoneCheck:
        """Say what a file of histone signals holds and what is wrong with it."""
        return await self._ask(HistoneCheck, "POST", "/histone-checks", body=file)

    async def analyse_chromatin(self, request: ChromatinAnalysisRequest) -> ChromatinAnalysis:
        """Predict ON or OFF for all genes of a file."""
        return await self._ask(ChromatinAnalysis, "POST", "/chromatin-analyses", body=request)

    async def explain_gene(self, request: GeneExplanationRequest) -> GeneExplanation:
        """Ask for attention and knock-out of one gene."""
        return await self._ask(GeneExplanation, "POST", "/gene-explanations", body=request)

    async def average_attention(self, request: AttentionAverageRequest) -> AttentionAverage:
        """Average the attention of a set of genes."""
        return await self._ask(AttentionAverage, "POST", "/attention-averages", body=request)

    async def make_matrix(self, request: MatrixRequest) -> ChromatinMatrix:
        """Bin bigWigs around start sites."""
        return await self._ask(ChromatinMatrix, "POST", "/chromatin-matrices", body=request)

    async def genes(self, query: str, *, assembly: Assembly) -> GeneSearch:
        """Search start sites by identifier or symbol."""
        return await self._ask(GeneSearch, "GET", f"/genes?assembly={assembly}&query={quote(query, safe='')}")

    async def chromatin_checkpoints(self) -> list[ChromatinCard]:
        """Fetch the cards of all chromatin weights."""
        return await self._ask(list[ChromatinCard], "GET", "/chromatin-checkpoints")

    async def chromatin_checkpoint(self, name: str) -> ChromatinCard:
        """Fetch the card of one set of chromatin weights."""
        return await self._ask(ChromatinCard, "GET", f"/chromatin-checkpoints/{quote(name, safe='')}")

    async def import_checkpoint(self, request: CheckpointImportRequest) -> ChromatinCard:
        """Serve an uploaded published state dict."""
        return await self._ask(ChromatinCard, "POST", "/chromatin-checkpoints", body=request)

    async def delete_checkpoint(self, name: str, *, task: str = "chromatin") -> None:
        """Remove imported or trained weights."""
        await self._do("DELETE", _checkpoint_path(name, task))

    def checkpoint_archive(self, name: str, *, task: str) -> AbstractAsyncContextManager[httpx.Response]:
        """Open a zip of weights, card and curves for reading as it comes."""
        return self._get_stream(f"{_checkpoint_path(name, task)}/archive")


def _checkpoint_path(name: str, task: str) -> str:
    family = "chromatin-checkpoints" if task == "chromatin" else "checkpoints"
    return f"/{family}/{quote(name, safe='')}"


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


def decode_sequence_file(data: bytes, *, max_bytes: int) -> str:
    """Turn the bytes of a plain or gzip-compressed file into text, refusing what is too big or not text."""
    plain = _inflate(data, max_bytes=max_bytes) if data.startswith(GZIP_MAGIC) else data
    if len(plain) > max_bytes:
        raise UnreadableFileError(
            f"The file holds more than the {max_bytes / 1e6:g} MB that one request may hold. Split it and try again."
        )
    if b"\0" in plain:
        raise UnreadableFileError(
            "The file is not plain text. Save it as UTF-8 FASTA or plain sequences (gzip is fine) and choose it again."
        )
    try:
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError:  # old FASTA headers hold Latin-1 names; bases are ASCII in both
        return plain.decode("latin-1")


def _inflate(data: bytes, *, max_bytes: int) -> bytes:
    """Unpack the members of a gzip file, one byte more than may be at most."""
    plain, n_members = bytearray(), 0
    while (packed := data.lstrip(b"\0")) and len(plain) <= max_bytes:
        n_members += 1
        if n_members > MAX_MEMBERS:
            raise UnreadableFileError(f"The gzip file has more than {MAX_MEMBERS:,} parts. Compress it anew as one.")
        member = zlib.decompressobj(GZIP_WINDOW)
        try:
            plain += member.decompress(packed, max_bytes + 1 - len(plain))
        except zlib.error as error:
            raise UnreadableFileError(BROKEN_GZIP) from error
        if not member.eof and len(plain) <= max_bytes:
            raise UnreadableFileError(BROKEN_GZIP)
        data = member.unused_data
    return bytes(plain)
