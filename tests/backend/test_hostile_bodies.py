"""Whatever is sent, the answer is one, or a problem of the request, never of the service."""

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
WINDOW = "TTGACATCATTGAATCTAGTATTCAAGTACTTGCATAATCTTAGATCCAGGGGGCATTGACATCATTG"
ATTRIBUTION = {"checkpoint": "alpha_cells-demo_cnn", "method": "saliency", "parameters": {}}
QUESTIONS = {
    "/sequence-checks": {"sequences": WINDOW},
    "/sequence-analyses": {
        "sequences": WINDOW,
        "factors": ["alpha_cells"],
        "strands": ["forward"],
        "records": {"start": 0, "stop": 1},
        "explanations": [{"name": "saliency", "parameters": {}, "checkpoints": None}],
    },
    "/comparisons": {"sequence": WINDOW, "attributions": [ATTRIBUTION]},
    "/trust-reports": {"sequence": WINDOW, "attributions": [ATTRIBUTION]},
    "/constructs": {"factor": "alpha_cells", "original": WINDOW, "edits": [{"position": 3, "inserted": "GATA"}]},
    "/marginal-effects": {"factor": "alpha_cells", "sequence": WINDOW, "motif": "GATAAG"},
    "/job-estimates": {"kind": "class_optimization", "parameters": {"checkpoint": "alpha_cells-demo_cnn"}, "title": ""},
    "/jobs": {"kind": "unheard of", "parameters": {}, "title": "a", "rerun_of": None},
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
    10**300,
    1e300,
    "\u202e\u200b",
    "=cmd|' /C calc'!A0",
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
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for changed in ways(inner[0]):
                yield body | {key: [changed]}
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


@pytest.mark.parametrize("path", QUESTIONS)
async def test_fields_with_anything_in_them_are_answered_or_refused(client, path):
    for body in ways(QUESTIONS[path]):
        content = json.dumps(body).encode()
        response = await client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert response.status_code < 500, (body, response.text)
        if response.status_code >= 400:
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
