"""The guards around the whole API, route by route as its own description lists them."""

import asyncio
import re

import httpx
import pytest

from backend.request_guards import COSTLY
from backend.web.security_headers import CSP, HEADERS

pytestmark = pytest.mark.anyio

UNSAFE = {"post", "put", "delete", "patch"}
CROSS_SITE = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
)
MULTIPART = {"files": {"a": b"1"}}
FORM = {"content": b"a=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
PLAIN = {"content": b"{}", "headers": {"Content-Type": "text/plain"}}


def operations(app, methods):
    """Yield every operation that the API describes, with something in place of its parameters."""
    for path, described in app.openapi()["paths"].items():
        for method, operation in described.items():
            if method in methods:
                yield method.upper(), re.sub(r"\{[^}]+\}", "x", path), operation


@pytest.fixture
async def root(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://api") as client:
        yield client


async def test_no_operation_that_changes_something_answers_another_site(app, root, problem_of):
    unsafe = list(operations(app, UNSAFE))
    assert len(unsafe) > 20
    for method, path, _ in unsafe:
        for headers in CROSS_SITE:
            problem_of(await root.request(method, path, headers=headers), 403, "cross-site")


async def test_no_operation_takes_a_body_that_a_form_can_send(app, root, problem_of):
    with_json = [
        (method, path)
        for method, path, operation in operations(app, UNSAFE)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(with_json) > 10
    for method, path in with_json:
        for body in (MULTIPART, FORM, PLAIN):
            problem_of(await root.request(method, path, **body), 415, "unsupported-media-type")
        problem_of(await root.request(method, path, json={}, headers={"Content-Encoding": "gzip"}), 415, "encoded-body")


async def test_every_answer_carries_the_headers_and_none_invites_other_sites(app, root):
    asked = [(method, path) for method, path, _ in operations(app, UNSAFE | {"get"})]
    asked += [("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/static-offline-docs/swagger-ui.css")]
    asked += [("GET", "/nowhere"), ("OPTIONS", "/api/v1/catalog"), ("PATCH", "/api/v1/catalog"), ("HEAD", "/docs")]
    seen = set()
    for method, path in asked:
        response = await root.request(method, path, headers={"Origin": "http://api"})
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, (method, path)
        assert "frame-ancestors 'none'" in response.headers[CSP]
        assert "access-control-allow-origin" not in response.headers
        assert "server" not in response.headers
        assert response.status_code < 400 or len(response.content) < 16_000
        seen.add(response.status_code)
    assert {200, 404, 405, 422} <= seen


@pytest.mark.usefixtures("one_moment")
async def test_refusals_and_unchanged_answers_carry_them_too(root, app_with, problem_of):
    etag = (await root.get("/static-offline-docs/swagger-ui.css")).headers["etag"]
    unchanged = await root.get("/static-offline-docs/swagger-ui.css", headers={"If-None-Match": etag})
    too_large = await root.post("/api/v1/sequence-checks", json={"sequences": "A" * 200_000})
    elsewhere = await root.get("/api/v1/catalog", headers={"Host": "rebound.example"})
    other = app_with(requests_per_minute=1)

    @other.get("/boom")
    async def boom():
        raise RuntimeError

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=other), base_url="http://api") as client:
        fault, too_fast = await client.get("/boom"), await client.get("/boom")
    statuses = [r.status_code for r in (unchanged, too_large, elsewhere, fault, too_fast)]
    assert statuses == [304, 413, 400, 500, 429]
    problem_of(elsewhere, 400, "unknown-host")
    problem_of(too_fast, 429, "too-many-requests")
    for response in (unchanged, too_large, elsewhere, fault, too_fast):
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


async def test_an_address_that_does_not_exist_is_not_sent_back(root):
    bodies = set()
    for path in ("/nowhere", "/%3Cscript%3Ealert(1)%3C/script%3E", "//evil.example", "/api/v1/call-0800-us"):
        problem = (await root.get(path)).json()
        bodies.add((problem["title"], problem["detail"], problem["instance"]))
    assert bodies == {("There is nothing at this address", "GET /docs lists the addresses that exist.", "")}


async def test_the_docs_run_no_script_but_their_own_and_load_nothing_from_elsewhere(root):
    docs = await root.get("/docs")
    assert re.findall(r"(?:src|href)=\"(?!/)([^\"]+)", docs.text) == []
    scripts = next(part for part in docs.headers[CSP].split("; ") if part.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self' 'sha256-[A-Za-z0-9+/=]+'", scripts)
    for path in re.findall(r"(?:src|href)=\"(/[^\"]+)", docs.text):
        assert (await root.get(path)).status_code == 200


@pytest.mark.usefixtures("one_moment")
async def test_every_question_to_the_networks_is_counted(app, app_with, problem_of):
    paths = {path for _, path, _ in operations(app, {"post"})}
    assert {f"/api/v1/{noun}" for noun in COSTLY} <= paths
    other = app_with(predictions_per_second=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=other), base_url="http://api") as client:
        answers = [await client.post(f"/api/v1/{noun}", json={}) for noun in COSTLY]
        health = [await client.get(f"/api/v1/health/{name}") for name in ("live", "ready")]
    assert [response.status_code == 429 for response in answers] == [False] * 5 + [True] * 4
    problem_of(answers[-1], 429, "too-many-requests")
    assert int(answers[-1].headers["retry-after"]) in range(1, 6)
    assert all(response.status_code != 429 for response in health)


@pytest.mark.usefixtures("one_moment")
async def test_a_burst_of_one_visitor_leaves_another_alone(app_with):
    other = app_with(requests_per_minute=50)
    cookies = []
    transport = httpx.ASGITransport(app=other)
    async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
        for _ in range(2):
            cookies.append({"Cookie": f"regulens-session={(await client.post('/sessions', json={})).json()['cookie']}"})
            client.cookies.clear()
        burst = [(await client.get("/jobs", headers=cookies[0])).status_code for _ in range(200)]
        calm = [(await client.get("/jobs", headers=cookies[1])).status_code for _ in range(20)]
    assert (burst.count(200), burst.count(429), set(calm)) == (50, 150, {200})


async def test_predictions_beyond_what_is_worked_on_at_once_are_refused(app_with, problem_of, sequences):
    other = app_with(predictions_at_once=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=other), base_url="http://api/api/v1") as client:
        body = {"sequences": sequences[0], "factors": ["alpha_cells"]}
        served, *refused = await asyncio.gather(*(client.post("/sequence-analyses", json=body) for _ in range(5)))
        assert (await client.post("/sequence-analyses", json=body)).status_code == 200
    assert served.status_code == 200
    for answer in refused:
        problem_of(answer, 503, "busy")
        assert int(answer.headers["retry-after"]) > 0
