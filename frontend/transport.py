"""The way to the API: requests, streamed files, retries, and the failures of all three."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend.schemas.problem import Problem
from frontend.askers import current_credentials

API_PREFIX = "/api/v1"
PUBLIC = f"{API_PREFIX}/health/ready"  # answered whoever asks
BUSY_RETRIES = 3
LONGEST_PAUSE_S = 5.0
LONGEST_TURN_S = 2  # what asks too often waits this long for its turn, then the user is told
UNAUTHORIZED, TOO_MANY, UNAVAILABLE = 401, 429, 503

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


class Refusal(NamedTuple):
    """An answer that concerns the asker, whatever was asked: not signed in, or too often."""

    status: int
    retry_after_s: int | None


class Fresh(NamedTuple, Generic[Answer]):
    """A document, and the ETag by which to ask whether it has changed."""

    document: Answer
    etag: str


class Transport:
    """A pool of connections to one API.

    `token` is a script's own credential; without it whoever the current context stands for asks.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._own = {"Authorization": f"Bearer {token}"} if token else {}
        self._when_refused: Callable[[Refusal], None] | None = None
        self._when_known: Callable[[], None] | None = None
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=timeout_s,
            transport=transport,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # one user's cookie is never sent for another
            event_hooks={"request": [self._sign], "response": [self._heed]},
        )

    def when_refused(self, call: Callable[[Refusal], None]) -> None:
        """Be told whenever somebody has to sign in or has asked too often."""
        self._when_refused = call

    def when_known(self, call: Callable[[], None]) -> None:
        """Be told whenever the API has served somebody, which it does for whom it knows."""
        self._when_known = call

    async def _sign(self, request: httpx.Request) -> None:
        request.headers.update(self._own or current_credentials.get())

    async def _heed(self, response: httpx.Response) -> None:
        if self._when_refused and response.status_code in (UNAUTHORIZED, TOO_MANY) and not _is_worth_waiting(response):
            self._when_refused(Refusal(response.status_code, _whole_seconds(response)))
        if self._when_known and response.is_success and response.request.url.path != PUBLIC:
            self._when_known()

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

    async def _ask(
        self,
        kind: type[Answer],
        method: str,
        path: str,
        body: BaseModel | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return _read(kind, await self._send_patiently(method, path, body, headers))

    async def _ask_if_changed(self, kind: type[Answer], path: str, etag: str | None) -> Fresh[Answer] | None:
        """Ask for a document by its ETag; None if it is still the one that is known."""
        headers = {"If-None-Match": etag} if etag else {}
        response = await self._send_patiently("GET", path, None, headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        return Fresh(_read(kind, response), response.headers.get("ETag", ""))

    async def _ask_whatever_status(self, kind: type[Answer], path: str) -> Answer:
        """Ask for a document that also comes with a status of failure."""
        response = await self._send("GET", API_PREFIX + path, None, None)
        try:
            return TypeAdapter(kind).validate_json(response.content)
        except ValidationError as error:
            raise _failure(response) from error

    async def _do(self, method: str, path: str) -> None:
        """Send a request whose answer has no body."""
        response = await self._send_patiently(method, path, None)
        if not response.is_success:
            raise _failure(response)

    async def _send_patiently(
        self, method: str, path: str, body: BaseModel | None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        response = await self._send(method, API_PREFIX + path, body, headers)
        for _ in range(BUSY_RETRIES):
            if not _is_worth_waiting(response):
                break
            await asyncio.sleep(_pause_s(response.headers["Retry-After"]))
            response = await self._send(method, API_PREFIX + path, body, headers)
        return response

    async def _send(
        self, method: str, path: str, body: BaseModel | None, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        content = None if body is None else body.model_dump_json()
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            return await self._http.request(method, path, content=content, headers={**kind, **(headers or {})})
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error

    async def _put_stream(
        self, kind: type[Answer], path: str, chunks: AsyncIterator[bytes], n_bytes: int | None
    ) -> Answer:
        """Send a body as it comes; it cannot be sent twice, so a busy API is not asked again."""
        headers = {"Content-Type": "application/octet-stream"}
        if n_bytes is not None:
            headers["Content-Length"] = str(n_bytes)  # the API refuses what is too big before it has come
        try:
            response = await self._http.put(API_PREFIX + path, content=chunks, headers=headers)
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        return _read(kind, response)

    @asynccontextmanager
    async def _get_stream(self, path: str) -> AsyncIterator[httpx.Response]:
        """Open an answer whose body is read as it comes."""
        try:
            whole = {"Accept-Encoding": "identity"}  # so that the length is known
            async with self._http.stream("GET", API_PREFIX + path, headers=whole) as response:
                if not response.is_success:
                    await response.aread()
                    raise _failure(response)
                yield response
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: httpx.HTTPError) -> BackendUnavailable:
        if isinstance(error, httpx.TimeoutException):
            return BackendUnavailable("The API did not answer in time.")
        return BackendUnavailable(f"The API at {self._http.base_url} could not be reached.")


def _is_worth_waiting(response: httpx.Response) -> bool:
    """Whether the same request is sent again after the pause that was asked for."""
    if response.status_code == TOO_MANY:
        seconds = _whole_seconds(response)
        return seconds is not None and seconds <= LONGEST_TURN_S
    return response.status_code == UNAVAILABLE and "Retry-After" in response.headers


def _whole_seconds(response: httpx.Response) -> int | None:
    named = response.headers.get("Retry-After", "")
    return int(named) if named.isdigit() else None


def _pause_s(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_PAUSE_S) if retry_after.isdigit() else 1.0


def _read(kind: type[Answer], response: httpx.Response) -> Answer:
    if not response.is_success:
        raise _failure(response)
    try:
        return TypeAdapter(kind).validate_json(response.content)
    except ValidationError as error:
        raise _unreadable(response) from error


def _failure(response: httpx.Response) -> BackendError:
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return _unreadable(response)
    seconds = _whole_seconds(response)
    if problem.status == TOO_MANY and seconds is not None and str(seconds) not in problem.detail:
        problem = problem.model_copy(update={"detail": f"{problem.detail} Try again in {seconds} s."})
    return BackendProblem(problem)


def _unreadable(response: httpx.Response) -> BackendUnavailable:
    return BackendUnavailable(f"The API answered {response.status_code} in a form that this page cannot read.")
