"""The typed way to the API, for the page and for scripts alike."""

import asyncio
import gzip
import io
import zlib
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend.schemas.catalog import Catalog, CheckpointCard
from backend.schemas.health import Ready
from backend.schemas.problem import Problem
from backend.schemas.sequence_analyses import (
    SequenceAnalysis,
    SequenceAnalysisRequest,
    SequenceCheck,
    SequenceCheckRequest,
)

API_PREFIX = "/api/v1"
BUSY_RETRIES = 3
LONGEST_PAUSE_S = 5.0
GZIP_MAGIC = b"\x1f\x8b"

Answer = TypeVar("Answer")


class BackendError(Exception):
    """The API gave no result."""


class BackendProblem(BackendError):  # noqa: N818 - it carries a Problem
    """The API refused the request and said why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.title}: {problem.detail} (request {problem.request_id})")


class BackendUnavailable(BackendError):  # noqa: N818 - a state, as clients call it
    """The API could not be reached, did not answer in time, or answered nonsense."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class UnreadableFileError(ValueError):
    """A chosen file that cannot be read as text."""


class BackendClient:
    """Ask the API in Python; use it as an async context manager.

    Score a file of sequences in five lines::

        async with BackendClient("http://127.0.0.1:8000") as client:
            text = decode_sequence_file(Path("peaks.fa").read_bytes(), max_bytes=10_000_000)
            analysis = await client.analyse_sequences(SequenceAnalysisRequest(sequences=text, factors=["ctcf_weri"]))
            for prediction in analysis.factors[0].predictions:
                print(prediction.architecture, list(zip(analysis.rows.name, prediction.probability)))
    """

    def __init__(
        self, base_url: str, *, timeout_s: float = 60.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=timeout_s, transport=transport, trust_env=False)

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection pool."""
        await self.close()

    async def close(self) -> None:
        """Close the connection pool."""
        await self._http.aclose()

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

    async def ready(self) -> Ready:
        """Ask whether the service can do its work."""
        return await self._ask(Ready, "GET", "/health/ready")

    async def _ask(self, kind: type[Answer], method: str, path: str, body: BaseModel | None = None) -> Answer:
        response = await self._send(method, API_PREFIX + path, body)
        for _ in range(BUSY_RETRIES):
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or "Retry-After" not in response.headers:
                break
            await asyncio.sleep(_pause_s(response.headers["Retry-After"]))
            response = await self._send(method, API_PREFIX + path, body)
        return _read(kind, response)

    async def _send(self, method: str, path: str, body: BaseModel | None) -> httpx.Response:
        content = None if body is None else body.model_dump_json()
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            return await self._http.request(method, path, content=content, headers=headers)
        except httpx.TimeoutException as error:
            raise BackendUnavailable("The API did not answer in time.") from error
        except httpx.HTTPError as error:
            raise BackendUnavailable(f"The API at {self._http.base_url} could not be reached.") from error


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
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError("The gzip file is damaged or incomplete. Compress it again and retry.") from error


def _pause_s(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_PAUSE_S) if retry_after.isdigit() else 1.0


def _read(kind: type[Answer], response: httpx.Response) -> Answer:
    try:
        if response.is_success:
            return TypeAdapter(kind).validate_json(response.content)
        problem = Problem.model_validate_json(response.content)
    except ValidationError as error:
        raise BackendUnavailable(
            f"The API answered {response.status_code} in a form that this page cannot read."
        ) from error
    raise BackendProblem(problem)
