"""What comes while enough is being worked on: refused at once, and nothing else is."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from backend.web.overload import OverloadGuard

pytestmark = pytest.mark.anyio
COSTLY = "/costly"


class Server:
    """A server whose answers wait until the test lets them go."""

    def __init__(self, at_once):
        self.go, self.started = asyncio.Event(), 0
        guard = Middleware(OverloadGuard, at_once=at_once, costly_paths=[COSTLY])
        routes = [Route("/{path:path}", self.answer, methods=["GET", "POST"])]
        self.transport = httpx.ASGITransport(app=Starlette(routes=routes, middleware=[guard]))
        self.client = httpx.AsyncClient(transport=self.transport, base_url="http://here")

    async def answer(self, request: Request):
        content = await request.body()
        self.started += 1
        if request.method == "POST":
            await self.go.wait()
        return PlainTextResponse(content)

    def ask(self, n, *, path=COSTLY):
        return [asyncio.create_task(self.client.post(path, content=str(i))) for i in range(n)]

    async def until_started(self, n):
        async with asyncio.timeout(5):
            while self.started < n:
                await asyncio.sleep(0)


async def slowly(arrived):
    yield b"some"
    await arrived.wait()
    yield b"thing"


async def test_more_than_can_be_worked_on_is_refused_without_waiting():
    server = Server(at_once=3)
    waiting = server.ask(3)
    await server.until_started(3)
    async with asyncio.timeout(5):
        refused = await asyncio.gather(*server.ask(20))
    assert {(answer.status_code, answer.json()["type"], answer.headers["Retry-After"]) for answer in refused} == {
        (503, "/problems/busy", "2")
    }
    server.go.set()
    assert [answer.text for answer in await asyncio.gather(*waiting)] == ["0", "1", "2"]
    assert [answer.status_code for answer in await asyncio.gather(*server.ask(3))] == [200] * 3


async def test_reads_and_what_is_cheap_are_served_meanwhile():
    server = Server(at_once=1)
    waiting = server.ask(1)
    await server.until_started(1)
    cheap = server.ask(1, path="/cheap")
    assert (await server.client.get(COSTLY)).status_code == 200
    server.go.set()
    assert {answer.status_code for answer in await asyncio.gather(*waiting, *cheap)} == {200}


async def test_who_sends_slowly_or_goes_away_takes_nobodys_place():
    server, arrived = Server(at_once=1), asyncio.Event()
    slow = asyncio.create_task(server.client.post(COSTLY, content=slowly(arrived)))
    (gone,) = server.ask(1)
    await server.until_started(1)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    arrived.set()
    server.go.set()
    answer = await slow
    assert (answer.status_code, answer.text) == (200, "something")
