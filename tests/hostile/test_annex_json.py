"""J01-J08 as raw bytes, to every route that has a body: an exact refusal, and nothing that is the service's fault."""

import gzip

import pytest

from backend.config import Settings
from backend.main import create_app

pytestmark = pytest.mark.anyio

JSON = "application/json"
UNREADABLE, INVALID = (400, "unreadable-body"), (422, "invalid-request")
BOM = "\ufeff"

# What to send, with which headers beside the content type, and status, type and code of the answer.
BODIES = {
    "J01 NaN": (b'{"a": NaN}', {}, (*INVALID, "json_invalid")),
    "J01 Infinity": (b'{"a": [-Infinity]}', {}, (*INVALID, "json_invalid")),
    "J02 1e999": (b'{"a": {"b": -1e999}}', {}, (*INVALID, "json_invalid")),
    "J03 lone surrogate": (b'{"a": "\\ud800"}', {}, (*INVALID, "json_invalid")),
    "J03 lone surrogate in a name": (b'{"\\udfff": 1}', {}, (*INVALID, "json_invalid")),
    "J04 nesting": (b'{"a": ' + b"[" * 200_000, {}, (*UNREADABLE, "too_deep")),
    "J04 nesting, closed": (b"[" * 200_000 + b"]" * 200_000, {}, (*UNREADABLE, "too_deep")),
    "J05 5,000 digits": (b'{"a": ' + b"1" * 5_000 + b"}", {}, (*UNREADABLE, "long_number")),
    "J06 name twice": (b'{"a": 1, "a": 1}', {}, (*UNREADABLE, "repeated_name")),
    "J06 name twice, deep down": (b'{"a": [{"b": 1, "\\u0062": 1}]}', {}, (*UNREADABLE, "repeated_name")),
    "J07 text": (b"{}", {"content-type": "text/plain"}, (415, "unsupported-media-type", None)),
    "J07 form": (b"a=1", {"content-type": "application/x-www-form-urlencoded"}, (415, "unsupported-media-type", None)),
    "J08 gzip": (gzip.compress(b"{}"), {"content-encoding": "gzip"}, (415, "encoded-body", None)),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), {}, (*UNREADABLE, "not_utf8")),
    "UTF-16 without mark": ('{"a": 1}'.encode("utf-16-le"), {}, (*INVALID, "json_invalid")),
    "UTF-32": ('{"a": 1}'.encode("utf-32"), {}, (*UNREADABLE, "not_utf8")),
    "byte order mark": (f'{BOM}{{"a": 1}}'.encode(), {}, (*INVALID, "json_invalid")),
    "overlong slash": (b'{"a": "\xc0\xaf"}', {}, (*UNREADABLE, "not_utf8")),
    "surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', {}, (*UNREADABLE, "not_utf8")),
    "Latin-1": (b'{"a": "\xe9"}', {}, (*UNREADABLE, "not_utf8")),
    "nothing within an object": (b'{"a": }', {}, (*INVALID, "json_invalid")),
}  # fmt: skip


def routes_with_json() -> list[tuple[str, str]]:
    """Return method and path of every route that reads JSON, its parameters filled in."""
    paths = create_app(Settings()).openapi()["paths"]
    return [
        (method, path.replace("{", "").replace("}", ""))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if JSON in operation.get("requestBody", {}).get("content", {})
    ]


ROUTES = routes_with_json()


def test_there_are_routes_to_test() -> None:
    assert {"/api/v1/sequence-analyses", "/api/v1/jobs"} <= {path for _, path in ROUTES}


@pytest.mark.parametrize("name", BODIES)
async def test_every_route_refuses_it(client, answers_as, refusal, name):
    content, headers, expected = BODIES[name]
    for method, path in ROUTES:
        response = await client.request(
            method, f"http://127.0.0.1{path}", content=content, headers={"content-type": JSON} | headers
        )
        answers_as(response, refusal(*expected))
