"""A TCP proxy that can do to connections what networks do: let them go silent without a word.

A laptop that slept, a NAT that forgot, a Docker network that was loaded again: both ends still think that they are
connected, and nothing that one of them sends arrives.
"""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

PORTION: Final = 65_536


class FaultProxy:
    """Pass connections on to a port of this machine; use it as a context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._pumps: set[asyncio.Task[None]] = set()
        self._open: list[asyncio.StreamWriter] = []
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def freeze(self) -> int:
        """Let every connection of the moment go silent; new ones work. Return how many are frozen."""
        return asyncio.run_coroutine_threadsafe(self._freeze(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        self._open += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            pump = asyncio.create_task(_pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _freeze(self) -> int:
        pumps = list(self._pumps)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        return len(pumps) // 2

    async def _close(self) -> None:
        self._server.close()
        await self._freeze()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(0)  # the transports close in the next turn of the loop


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on what comes; an end is passed on too, a cancellation is not."""
    with suppress(OSError):
        while data := await source.read(PORTION):
            sink.write(data)
            await sink.drain()
    sink.close()
