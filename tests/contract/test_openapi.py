"""The committed contract is the live one: a change of the API is a change that somebody has read."""

import json
import re
from pathlib import Path

import httpx
import pytest

from backend.config import Settings
from backend.main import create_app

CONTRACT = Path(__file__).with_name("openapi.json")


@pytest.fixture(scope="module")
def schema():
    return create_app(Settings()).openapi()


def test_the_committed_contract_is_the_live_one(schema):
    assert json.loads(CONTRACT.read_text()) == schema, (
        "run: .venv/bin/python -m backend.main > tests/contract/openapi.json"
    )


def test_every_operation_declares_its_failures_as_problems(schema):
    for path, operations in schema["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in operations.values():
            responses = dict(operation["responses"])
            assert list(responses.pop("default")["content"]) == ["application/problem+json"]
            assert "content" not in responses.pop("304", {})
            ((status, success),) = responses.items()
            assert status in {"200", "201", "202", "204"}
            assert status == "204" or all(content["schema"] for content in success["content"].values())
            assert ("content" in success) == (status != "204")


def test_only_files_travel_as_anything_but_json(schema):
    kinds = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            success = next(iter(operation["responses"].values()))
            for direction, holder in (("in", operation.get("requestBody", {})), ("out", success)):
                for kind in set(holder.get("content", {})) - {"application/json"}:
                    kinds[method, path, direction] = kind
    assert kinds == {
        ("put", "/api/v1/uploads/{name}", "in"): "application/octet-stream",
        ("get", "/api/v1/uploads/{upload_id}/content", "out"): "application/octet-stream",
        ("get", "/api/v1/jobs/{job_id}/files/{name}", "out"): "application/octet-stream",
        ("get", "/api/v1/jobs/{job_id}/archive", "out"): "application/zip",
        ("get", "/api/v1/checkpoints/{name}/archive", "out"): "application/zip",
        ("get", "/api/v1/chromatin-checkpoints/{name}/archive", "out"): "application/zip",
    }


@pytest.mark.anyio
async def test_the_documentation_needs_nothing_from_the_internet(tmp_path):
    app = create_app(Settings(data_dir=tmp_path))
    transport = httpx.ASGITransport(app=app)
    client = httpx.AsyncClient(transport=transport, base_url="http://localhost")
    async with app.router.lifespan_context(app), client:
        page = await client.get("/docs")
        assert page.status_code == 200
        without_comments = re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL)
        assert re.findall(r"https?://|\s(?:src|href)=\"//", without_comments) == []
        assert '"validatorUrl": null' in page.text
        assets = re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page.text)
        assert len(assets) == 3
        for path in [*assets, "/openapi.json"]:
            assert (await client.get(path)).status_code == 200
        styles = await client.get("/static-offline-docs/swagger-ui.css")
        assert re.findall(r"url\([\"']?https?:|@import", styles.text) == []
        assert (await client.get("/redoc")).status_code == 404
