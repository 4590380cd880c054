"""The real application in process, with the weights that are shipped, for input that nobody sends on purpose."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import torch
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings

from backend.config import Settings
from backend.main import create_app
from backend.schemas.problem import Problem
from backend.services import motif_library

hypothesis_settings.register_profile("hostile", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("hostile")

LARGEST_PROBLEM = 16_000  # bytes
FOLDER = Path(__file__).parent


class Refusal(NamedTuple):
    """What a problem document must say of one input, exactly; None for a place that it has not."""

    status: int
    type: str
    code: str | None = None
    record: str | None = None
    line: int | None = None
    column: int | None = None


class Acceptance(NamedTuple):
    """What an answer must say of one input: the notices, each by its first words, or none."""

    notices: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """As shipped, but for limits that can be crossed within a second and requests that nobody counts."""
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"), device="cpu", redis_url=None, max_genes=200, max_rows=30_000,
        requests_per_minute=10**6, predictions_per_second=10**6,
    )  # fmt: skip


@pytest.fixture(scope="session")
async def app(settings: Settings, anyio_backend: str) -> AsyncIterator[FastAPI]:
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(motif_library, "DELAY_S", 1e6)
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            yield app
    torch.set_num_threads(threads)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A script on this machine."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
        yield client


@pytest.fixture(scope="session")
def refusal() -> type[Refusal]:
    return Refusal


@pytest.fixture(scope="session")
def acceptance() -> type[Acceptance]:
    return Acceptance


def _answers_as(response: httpx.Response, expected: Refusal | Acceptance) -> dict[str, Any]:
    if isinstance(expected, Acceptance):
        assert response.status_code == 200, response.text
        answer = response.json()
        notices = [repair["message"] for repair in answer["repairs"]]
        assert len(notices) == len(expected.notices), notices
        assert all(map(str.startswith, notices, expected.notices)), notices
        return answer
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert len(response.content) <= LARGEST_PROBLEM
    problem = Problem.model_validate_json(response.content)
    first = problem.errors[0] if problem.errors else None
    place = (first.code, first.record, first.line, first.column) if first else (None,) * 4
    assert (response.status_code, problem.type.removeprefix("/problems/"), *place) == expected, problem
    assert "Traceback" not in response.text
    return problem.model_dump()


@pytest.fixture(scope="session")
def answers_as() -> Callable[[httpx.Response, Refusal | Acceptance], dict[str, Any]]:
    """Check that an answer is exactly the one that is expected, and return it."""
    return _answers_as


@pytest.fixture
def put_upload(client: httpx.AsyncClient) -> Callable[..., Awaitable[str]]:
    """Upload bytes and return the id."""

    async def put(content: bytes, name: str = "file") -> str:
        response = await client.put(f"/uploads/{name}", content=content)
        assert response.status_code == 201, response.text
        return response.json()["id"]

    return put


@pytest.fixture(scope="session")
def names_in_annex_suites() -> set[str]:
    """The names of fixtures, F01 or W12, that the suites of the annex hold as keys of their tables."""
    sources = [path.read_text() for path in FOLDER.glob("test_annex_*.py") if path.name != "test_annex_complete.py"]
    return {name for source in sources for name in re.findall(r'"([FHJW]\d\d)\b[^"]*":', source)}
