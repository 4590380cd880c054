"""Whatever is sent to the chromatin side, the answer is a problem of the request, never of the service."""

import json

import pytest

pytestmark = pytest.mark.anyio

FILE = {"upload": "0" * 32}
BODIES = {
    "/histone-checks": FILE,
    "/chromatin-analyses": {"file": FILE},
    "/gene-explanations": {"file": FILE, "gene": "a", "checkpoints": ["e003-deepchrome"]},
    "/attention-averages": {"file": FILE, "checkpoint": "e003-attentive_lstm_alpha"},
    "/chromatin-checkpoints": {"upload": "0" * 32},
    "/chromatin-matrices": {"signals": {"H3K4me3": "0" * 32}, "assembly": "hg19", "unit": "counts"},
}
VALUES = [
    None,
    0,
    -1,
    1e400,
    float("nan"),
    "",
    "\ud800",
    "../../etc/passwd",
    "\0",
    [],
    {},
    [[]],
    {"a": 1},
    True,
    "a" * 9_999,
]


def ways(body):
    """Yield the body with each of its fields, at any depth, replaced by each value, and with one too many."""
    for key, inner in body.items():
        for value in VALUES:
            yield body | {key: value}
        if isinstance(inner, dict):
            for changed in ways(inner):
                yield body | {key: changed}
    yield body | {"unheard of": 1}


@pytest.mark.parametrize("path", BODIES)
async def test_fields_with_anything_in_them_are_refused(client, path):
    for body in ways(BODIES[path]):
        content = json.dumps(body).encode()
        response = await client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert response.status_code in {404, 422}, (body, response.text)
        assert response.headers["content-type"] == "application/problem+json"
        assert len(response.content) < 16_000
        assert "a" * 99 not in response.text


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"' + b"a" * 9_000, b"[" * 9_000, b"1" * 9_000]
)
async def test_bodies_that_are_no_request_are_refused(client, path, content):
    response = await client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/uploads/%00",
        "/uploads/..%2f..",
        "/uploads/" + "f" * 31,
        "/uploads/" + "f" * 9_000,
        "/uploads/%F0%9F%92%A9/content",
        "/chromatin-checkpoints/..%2f..%2fcard.json",
        "/chromatin-checkpoints/%00",
        "/chromatin-checkpoints/.unfinished-",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_addresses_that_lead_nowhere_are_not_found(client, method, path):
    response = await client.request(method, path)
    assert response.status_code in {404, 405}
    assert response.headers["content-type"] == "application/problem+json"
