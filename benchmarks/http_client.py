"""A keep-alive HTTP client that costs little: with 64 connections httpx itself would be what is measured."""

import asyncio
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Connection:
    """One connection to the API; use it as an async context manager."""

    def __init__(self, base_url: str) -> None:
        self._address = urlsplit(base_url)

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, path: str, body: bytes = b"") -> bytes:
        """Send a request, POST if it has a body, and return the body of the answer; anything but 200 raises."""
        head = (
            f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(line for line in answer.splitlines() if line.startswith("content-length:"))
        content = await self._reader.readexactly(int(length.split(":")[1]))
        if " 200 " not in answer.splitlines()[0]:
            raise RuntimeError(f"{answer.splitlines()[0]}: {content[:200]!r}")
        return content
