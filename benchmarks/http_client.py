"""A keep-alive HTTP client that costs little: with 64 connections httpx itself would be what is measured."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import numpy as np


class Load(NamedTuple):
    """What a number of clients reached: answers, answers per second, and latencies in milliseconds."""

    n: int
    rate: float
    p50: float
    p99: float

    @classmethod
    def of(cls, latencies: Sequence[float], *, seconds: float, each: int = 1) -> Self:
        """Sum up latencies in seconds, of `each` answers at a time."""
        n = each * len(latencies)
        p50, p99 = np.percentile(latencies, [50, 99])
        return cls(n, n / seconds, 1000 * float(p50), 1000 * float(p99))


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


async def load(url: str, path: str, bodies: Sequence[bytes], *, n_clients: int, seconds: float) -> Load:
    """Let clients ask one question after the other, each as soon as its last one is answered."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Connection(url)) for _ in range(n_clients)]
        await clients[0].ask(path, bodies[-1])  # not counted
        latencies, questions = list[float](), count()
        started = time.perf_counter()

        async def ask_on(client: Connection) -> None:
            while (asked := time.perf_counter()) < started + seconds:
                await client.ask(path, bodies[next(questions) % len(bodies)])
                latencies.append(time.perf_counter() - asked)

        await asyncio.gather(*map(ask_on, clients))
        return Load.of(latencies, seconds=time.perf_counter() - started)
