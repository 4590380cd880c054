"""The guards by themselves: what they let through, what they refuse, and how."""

import asyncio
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from backend.schemas.problem import Problem
from backend.web.body_limit import BodyLimit
from backend.web.cross_site import CrossSiteGuard
from backend.web.hosts import HostGuard, answered_names
from backend.web.rate_limit import RateLimit
from backend.web.security_headers import CSP, HEADERS, NO_CONTENT, SecurityHeaders, page_policy, script_hash

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def answers(middleware, *requests, client=("1.2.3.4", 1)):
    """Ask a server that says the length of what it got; return status, kind of problem and headers."""

    async def count(request: Request):
        return PlainTextResponse(str(len(await request.body())))

    async def run():
        routes = [Route("/{path:path}", count, methods=["GET", "POST", "PUT", "DELETE"])]
        app = Starlette(routes=routes, middleware=[middleware])
        transport = httpx.ASGITransport(app=app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://here:81") as asking:
            return [await asking.request(method, path, **options) for method, path, options in requests]

    return asyncio.run(run())


def kind(response):
    if response.headers["content-type"] != "application/problem+json":
        return response.status_code
    problem = Problem.model_validate_json(response.content)
    assert problem.status == response.status_code
    return problem.type.removeprefix("/problems/")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://here:81"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, "cross-site"),
        ({"Sec-Fetch-Site": "same-site"}, "cross-site"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://here:81"}, "cross-site"),
        ({"Origin": "null"}, "cross-site"),
        ({"Origin": "http://evil"}, "cross-site"),
        ({"Origin": "http://here:82"}, "cross-site"),
        ({"Origin": "http://here:81.evil"}, "cross-site"),
        ({"Origin": ""}, "cross-site"),
    ],
)
def test_what_another_site_sends_is_refused_unless_it_changes_nothing(headers, expected):
    guard = Middleware(CrossSiteGuard)
    methods = ("GET", "POST", "PUT", "DELETE")
    read, *rest = answers(guard, *((method, "/x", {"headers": headers}) for method in methods))
    assert read.status_code == 200
    assert [kind(response) for response in rest] == [expected] * 3


@pytest.mark.parametrize(
    ("method", "path", "options", "expected"),
    [
        ("POST", "/x", {"content": b"{}", "headers": JSON}, 200),
        ("POST", "/x", {"content": b"{}", "headers": {"Content-Type": "Application/JSON; charset=utf-8"}}, 200),
        ("POST", "/x", {}, 200),
        ("POST", "/x", {"content": b"{}"}, "unsupported-media-type"),
        ("POST", "/x", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, "unsupported-media-type"),
        ("POST", "/x", {"content": b"a=1", "headers": FORM}, "unsupported-media-type"),
        ("POST", "/x", {"files": {"a": b"1"}}, "unsupported-media-type"),
        ("POST", "/form", {"content": b"a=1", "headers": FORM}, 200),
        ("POST", "/form", {"content": b"a=1", "headers": {"Content-Type": "text/plain"}}, "unsupported-media-type"),
        ("PUT", "/raw/x", {"content": b"anything"}, 200),
        ("POST", "/raw/x", {"content": b"anything"}, "unsupported-media-type"),
    ],
)
def test_only_bodies_that_another_site_cannot_send_unasked_are_taken(method, path, options, expected):
    guard = Middleware(CrossSiteGuard, raw_paths=("/raw/",), form_paths=("/form",))
    assert kind(*answers(guard, (method, path, options))) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", 200),
        ("localhost:8050", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:80", 200),
        ("[::1]", 200),
        ("LAB.example:443", 200),
        ("evil.example", "unknown-host"),
        ("localhost.evil.example", "unknown-host"),
        ("evil.example:127.0.0.1", "unknown-host"),
        ("127.0.0.1@evil.example", "unknown-host"),
        ("", "unknown-host"),
    ],
)
def test_only_known_names_are_answered(host, expected):
    guard = Middleware(HostGuard, allowed=["lab.EXAMPLE"])
    assert kind(*answers(guard, ("GET", "/x", {"headers": {"Host": host}}))) == expected


def test_where_everybody_is_asked_who_they_are_any_name_will_do():
    names = [
        answered_names((), access="password"),
        answered_names(("a",), access="proxy"),
        answered_names((), access="open"),
    ]
    seen = [kind(*answers(Middleware(HostGuard, allowed=allowed), ("GET", "/", {}))) for allowed in names]
    assert seen == [200, "unknown-host", "unknown-host"]


LIMIT = Middleware(BodyLimit, max_bytes=10, upload_path="/up/", max_upload_bytes=20)


async def pieces(n):
    for _ in range(n):
        yield b"1"


@pytest.mark.parametrize("whole", [True, False], ids=["with length", "chunked"])
@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [("POST", "/x", 10), ("PUT", "/up/a", 20), ("POST", "/up/a", 10), ("PUT", "/upper", 10)],
)
def test_the_limit_is_that_of_the_address(method, path, limit, whole):
    sizes = (limit, limit + 1)
    options = [{"content": b"1" * size if whole else pieces(size)} for size in sizes]
    fits, too_large = answers(LIMIT, *((method, path, option) for option in options))
    assert (fits.text, kind(too_large)) == (str(limit), "request-too-large")
    assert f"{limit} bytes" in too_large.json()["detail"]


@pytest.mark.parametrize("length", ["11", "9" * 18, "9" * 19, "9" * 5_000])
def test_a_length_that_is_too_large_is_refused_before_anything_has_come(length):
    assert kind(*answers(LIMIT, ("POST", "/x", {"content": b"1", "headers": {"Content-Length": length}}))) == (
        "request-too-large"
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "x"])
def test_a_compressed_body_is_not_unpacked(encoding):
    response, *_ = answers(LIMIT, ("POST", "/x", {"content": b"1", "headers": {"Content-Encoding": encoding}}))
    assert (response.status_code, kind(response)) == (415, "encoded-body")


def test_an_application_that_hides_the_interruption_cannot_hide_the_refusal():
    async def careless(scope, receive, send):
        try:
            await Request(scope, receive).body()
        except Exception:
            await PlainTextResponse("all is well")(scope, receive, send)

    async def run():
        transport = httpx.ASGITransport(app=BodyLimit(careless, max_bytes=3, upload_path="/up", max_upload_bytes=3))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.post("/", content=pieces(4))

    assert kind(asyncio.run(run())) == "request-too-large"


def rate_limit(*, requests=600, predictions=10, identify=lambda scope: None):
    return Middleware(
        RateLimit, requests_per_minute=requests, predictions_per_second=predictions, costly_paths=["/costly"],
        free_paths=["/live"], identify=identify,
    )  # fmt: skip


@pytest.mark.usefixtures("one_moment")
def test_more_requests_than_allowed_wait_for_their_turn():
    seen = answers(rate_limit(requests=3), *[("GET", "/x", {})] * 4, ("GET", "/live", {}))
    assert [kind(response) for response in seen] == [200, 200, 200, "too-many-requests", 200]
    assert seen[3].status_code == 429
    assert 55 <= int(seen[3].headers["retry-after"]) <= 60
    assert "3 requests per minute" in seen[3].json()["detail"]


@pytest.mark.usefixtures("one_moment")
def test_predictions_are_counted_by_themselves_and_over_some_seconds():
    guard = rate_limit(predictions=2)
    *asked, look = answers(guard, *[("POST", "/costly", {})] * 11, ("GET", "/costly", {}))
    assert [kind(response) for response in asked] == [200] * 10 + ["too-many-requests"]
    assert (asked[10].headers["retry-after"], look.status_code) == ("4", 200)


@pytest.mark.usefixtures("one_moment")
def test_a_burst_of_one_user_leaves_the_others_alone():
    def by_header(scope):
        return dict(scope["headers"]).get(b"user", b"").decode() or None

    burst = [("GET", "/x", {"headers": {"User": "a"}})] * 200
    others = [("GET", "/x", {"headers": {"User": "b"}}), ("GET", "/x", {})]
    started = time.perf_counter()
    seen = answers(rate_limit(requests=50, identify=by_header), *burst, *others)
    assert [kind(response) for response in seen] == [200] * 50 + ["too-many-requests"] * 150 + [200] * 2
    assert time.perf_counter() - started < 5


def test_who_is_not_heard_of_any_more_is_forgotten(monkeypatch):
    moment = time.time() // 60 * 60
    monkeypatch.setattr(time, "time", lambda: moment)
    limit = RateLimit(
        None, requests_per_minute=1, predictions_per_second=1, costly_paths=(), free_paths=(),
        identify=lambda scope: scope["user"],
    )  # fmt: skip

    async def ask(number):
        await limit._fault({"method": "GET", "path": "/", "user": f"user {number}"})
        await asyncio.sleep(0)

    async def run():
        nonlocal moment
        for number in range(100):
            await ask(number)
        moment += 121
        for _ in range(3):
            await ask("last")

    asyncio.run(run())
    memory = limit._limiter.storage
    assert len(memory.storage) + len(memory.expirations) + len(memory.events) <= 2
    assert len(memory.locks) <= 2


@pytest.mark.usefixtures("one_moment")
def test_without_a_user_the_address_counts():
    seen = answers(rate_limit(requests=1), *[("GET", "/x", {})] * 2, client=None)
    assert [response.status_code for response in seen] == [200, 429]


def test_every_answer_has_the_headers_and_its_own_policy():
    guard = Middleware(SecurityHeaders, policies={"/docs": "script-src 'self'"})
    docs, other, refused = answers(guard, ("GET", "/docs", {}), ("GET", "/x", {}), ("PATCH", "/x", {}))
    assert (docs.headers["content-security-policy"], refused.status_code) == ("script-src 'self'", 405)
    for response in (docs, other, refused):
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'none'" in other.headers["content-security-policy"]


def test_only_what_is_the_same_for_all_may_be_kept_for_others():
    guard = Middleware(SecurityHeaders, public_paths=("/assets/",))
    own, public = answers(guard, ("GET", "/x", {}), ("GET", "/assets/a.js", {}))
    assert own.headers["cache-control"] == "private, no-cache"
    assert "cache-control" not in public.headers


def test_an_answer_has_each_header_once_whatever_it_says_itself():
    said = {**dict.fromkeys(HEADERS, "mine"), CSP: "mine", "Cache-Control": "no-store"}
    app = SecurityHeaders(PlainTextResponse("x", headers=said))
    (answer,) = answers(Middleware(lambda _: app), ("GET", "/x", {}))
    found = {name: answer.headers.get_list(name) for name in said}
    assert found == {name: [value] for name, value in {**HEADERS, CSP: NO_CONTENT, "Cache-Control": "no-store"}.items()}


def test_a_page_may_run_its_own_scripts_only():
    policy = page_policy([script_hash("run()")])
    assert "script-src 'self' 'sha256-" in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert {"frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'"} <= set(
        policy.split("; ")
    )
