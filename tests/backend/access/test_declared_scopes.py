"""A route that does not say who may use it is closed, whoever wrote it."""

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI

from backend.access.gate import open_gate
from backend.api.authentication import AuthenticationMiddleware
from backend.api.dependencies import PUBLIC, READ, refuse_undeclared
from backend.main import NOUNS, metrics

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("noun", [*NOUNS, metrics], ids=lambda noun: noun.__name__)
def test_every_route_names_what_it_needs(noun):
    for route in noun.router.routes:
        assert route.dependencies, f"{route.path} lets in anybody who is known"


async def test_a_route_without_a_scope_fails_closed(settings, tmp_path):
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    @router.get("/public", dependencies=[PUBLIC])
    def public() -> str:
        return "public"

    @router.get("/read", dependencies=[READ])
    def read() -> str:
        return "read"

    app = FastAPI()
    app.add_middleware(AuthenticationMiddleware)
    app.include_router(router, dependencies=[Depends(refuse_undeclared)])
    app.state.gate = open_gate(settings.model_copy(update={"data_dir": tmp_path}), None)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        found = {path: (await client.get(path)) for path in ("/forgotten", "/public", "/read")}
    assert {path: answer.status_code for path, answer in found.items()} == {
        "/forgotten": 500,
        "/public": 200,
        "/read": 200,
    }
    assert "secret" not in found["/forgotten"].text
