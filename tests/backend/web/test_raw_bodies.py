"""Bodies as they come over a wire: announced, in chunks and with lies, refused at once and without a trace."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from backend.config import Settings
from backend.services.uploads import UNFINISHED

pytestmark = pytest.mark.anyio

CHECKS = "/api/v1/sequence-checks"
UPLOAD = "/api/v1/uploads/genes.csv"
CHUNK = 1 << 16
QUICKLY_S = 1.0
MB = 1_000_000


@contextlib.contextmanager
def serving(app: FastAPI, parser: str) -> Iterator[int]:
    """Serve an application whose lifespan is somebody else's on a free port of this machine."""
    config = uvicorn.Config(app, port=0, http=parser, lifespan="off", log_level="critical", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.fixture(params=["h11", "httptools"])
def parser(request: pytest.FixtureRequest) -> str:
    """Uvicorn takes the second where it is installed."""
    pytest.importorskip(request.param)
    return request.param


@pytest.fixture
def connection(app: FastAPI, parser: str) -> Iterator[socket.socket]:
    with serving(app, parser) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        yield connection


def begin(connection: socket.socket, method: str, path: str, *headers: str) -> None:
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", "")
    connection.sendall("\r\n".join(lines).encode())


def send_chunks(connection: socket.socket, n_bytes: int) -> int:
    """Send until all is sent or the server has had enough; return the bytes sent."""
    sent = 0
    chunk = f"{CHUNK:x}\r\n".encode() + b"A" * CHUNK + b"\r\n"
    with contextlib.suppress(ConnectionError, BrokenPipeError):
        while sent < n_bytes:
            connection.sendall(chunk)
            sent += CHUNK
    return sent


def answer(connection: socket.socket) -> bytes:
    """Read until the server closes or its answer is whole."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while b"}" not in got and (piece := connection.recv(CHUNK)):
            got += piece
    return got


def resident_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("memory is read from /proc, which this system does not have")
    return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.parametrize(("method", "path"), [("POST", CHECKS), ("PUT", UPLOAD), ("POST", "/nowhere")])
async def test_two_gigabytes_that_are_announced_are_refused_before_they_come(connection, method, path):
    started = time.perf_counter()
    begin(connection, method, path, f"Content-Length: {2_000 * MB}")
    got = answer(connection)
    assert got.startswith(b"HTTP/1.1 413 "), got
    assert len(got) < 16_000
    assert time.perf_counter() - started < QUICKLY_S


@pytest.mark.parametrize(("method", "path"), [("POST", CHECKS), ("PUT", UPLOAD)])
async def test_chunks_that_never_end_are_refused_once_they_are_too_many(connection, settings, method, path):
    before = resident_mb()
    begin(connection, method, path, "Transfer-Encoding: chunked")
    sent = send_chunks(connection, 20_000 * MB)
    crossed = time.perf_counter()
    got = answer(connection)
    assert not got or got.startswith(b"HTTP/1.1 413 "), got  # a peer that goes on writing may lose the answer
    assert time.perf_counter() - crossed < QUICKLY_S
    assert sent < 20_000 * MB  # cut off, not read to the end
    assert resident_mb() - before < 50
    assert no_uploads_in(settings)


@pytest.mark.parametrize(("method", "path", "n_bytes"), [("POST", CHECKS, 131_072), ("PUT", UPLOAD, 524_288)])
async def test_the_answer_reaches_a_peer_that_waits_for_it(connection, settings, method, path, n_bytes):
    begin(connection, method, path, "Transfer-Encoding: chunked")
    send_chunks(connection, n_bytes)
    crossed = time.perf_counter()
    got = answer(connection)
    assert got.startswith(b"HTTP/1.1 413 "), got
    assert b"content-security-policy" in got.lower()
    assert time.perf_counter() - crossed < QUICKLY_S
    assert no_uploads_in(settings)


async def test_a_body_longer_than_it_says_is_no_second_request(connection):
    begin(connection, "POST", CHECKS, "Content-Length: 2")
    with contextlib.suppress(ConnectionError, BrokenPipeError):
        connection.sendall(b"{}" + b"GARBAGE" * 100_000)
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(CHUNK):
            got += piece
    assert b"HTTP/1.1 2" not in got
    assert b"HTTP/1.1 5" not in got


async def test_a_body_shorter_than_it_says_leaves_nothing_behind(app, settings, parser):
    with serving(app, parser) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as cut_short:
            begin(cut_short, "PUT", UPLOAD, "Content-Length: 400000")
            cut_short.sendall(b"A" * 100_000)
            time.sleep(0.2)
        deadline = time.monotonic() + 5
        while not no_uploads_in(settings) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert no_uploads_in(settings)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as next_one:
            begin(next_one, "GET", "/api/v1/health/live")
            assert answer(next_one).startswith(b"HTTP/1.1 200 ")


def no_uploads_in(settings: Settings) -> bool:
    """Whether no file that was coming in is left."""
    return not list(settings.data_dir.rglob(f"{UNFINISHED}*"))
