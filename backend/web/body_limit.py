"""Bodies are counted as they arrive, whatever their headers say, and refused as soon as they are too large."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.problems import EncodedBodyError, RequestTooLargeError, refusal

LINGER_S: Final = 1.0  # time to read the refusal of a body that is still coming
LINGER_BYTES: Final = 1 << 25  # of it that are read and thrown away meanwhile
LONGEST_LENGTH: Final = 18  # digits; int() refuses thousands of them


class BodyLimit:
    """Refuse a body that is too large or compressed.

    What is PUT below `upload_path` goes to disk piece by piece, so it has a limit of its own.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int, upload_path: str, max_upload_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._upload_path = upload_path
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes of one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        too_large = self._too_large(scope)
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").lower() != "identity":
            await refusal(scope, EncodedBodyError())(scope, receive, send)
        elif _announced(headers) > too_large.limit:
            await _refuse(scope, too_large, receive, send)
        else:
            await _counted(self._app, too_large, scope, receive, send)

    def _too_large(self, scope: Scope) -> RequestTooLargeError:
        """Choose the limit that holds for this request, as what is said where it is crossed."""
        if scope["method"] == "PUT" and scope["path"].startswith(self._upload_path):
            return RequestTooLargeError(self._max_upload_bytes, remedy="Compress the file with gzip, or divide it.")
        return RequestTooLargeError(self._max_bytes, remedy="Send less at a time.")


def _announced(headers: Headers) -> int:
    """Return the length that the headers name; one that is no number is the server's to refuse."""
    declared = headers.get("content-length", "")
    return int(declared[:LONGEST_LENGTH]) if declared.isdecimal() else 0


async def _counted(app: ASGIApp, too_large: RequestTooLargeError, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request; once its body is too large, the refusal is the answer, whatever the application makes of it."""
    received = 0
    started = False

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > too_large.limit:
            raise too_large
        return message

    async def sending(message: Message) -> None:
        nonlocal started
        if received > too_large.limit and not started:
            return
        started = True
        await send(message)

    try:
        await app(scope, counting, sending)
    except RequestTooLargeError:
        if started:  # too late for another answer: the server cuts the connection
            raise
    if received > too_large.limit and not started:
        await _refuse(scope, too_large, receive, send)


async def _refuse(scope: Scope, too_large: RequestTooLargeError, receive: Receive, send: Send) -> None:
    """Answer and end the connection, not before the peer has had time to read why: a reset would take the answer."""
    response = refusal(scope, too_large)
    response.headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    thrown_away = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while thrown_away < LINGER_BYTES and (message := await receive()).get("more_body", False):
                thrown_away += len(message.get("body", b""))
                await asyncio.sleep(0)  # what has arrived already comes without a pause, in which no time would pass
    await send({"type": "http.response.body", "body": b""})
