"""The guards around the page: foreign sites, malformed questions of its own script, headers, debuggers."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.routing import WebSocketRoute

from backend.config import Settings
from backend.web.security_headers import CSP, HEADERS
from frontend.app import create_dash
from frontend.client import BackendClient
from frontend.guard import Limits
from frontend.settings import FrontendSettings

CALLBACK = "/_dash-update-component"
JSON = {"Content-Type": "application/json"}
SHOW_PAGE = {
    "output": "shell-content.children",
    "outputs": {"id": "shell-content", "property": "children"},
    "inputs": [{"id": "shell-url", "property": "pathname", "value": "/"}],
    "changedPropIds": ["shell-url.pathname"],
}


def page_of(*, limits=Limits(), handler=lambda _request: httpx.Response(500)):  # noqa: B008 - it cannot change
    return create_dash(BackendClient("http://api", transport=httpx.MockTransport(handler)), limits=limits)


def ask(*requests, app=None, **options):
    """Send requests to the page; return its answers."""

    async def run():
        server = (app or page_of(**options)).server
        transport = httpx.ASGITransport(app=server, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as browser:
            return [await browser.request(method, path, **given) for method, path, given in requests]

    return asyncio.run(run())


def kind(response):
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.json()["type"].removeprefix("/problems/")


@pytest.fixture(scope="module")
def app():
    return page_of()


def routes(app):
    """List every route of the page's server, with something in place of its parameters."""
    found = [route for route in app.server.routes if isinstance(route, APIRoute)]
    return [(method, re.sub(r"\{[^}]+\}", "x", route.path)) for route in found for method in sorted(route.methods)]


def test_no_route_that_changes_something_answers_another_site(app):
    unsafe = [(method, path) for method, path in routes(app) if method not in {"GET", "HEAD"}]
    assert {("POST", CALLBACK), ("PUT", "/uploads/x"), ("POST", "/live-constructs"), ("POST", "/live-genes")} <= set(
        unsafe
    )
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil"}):
        seen = ask(*((method, path, {"headers": headers}) for method, path in unsafe), app=app)
        assert {(response.status_code, kind(response)) for response in seen} == {(403, "cross-site")}


def test_no_callback_is_called_by_a_form(app):
    content = json.dumps(SHOW_PAGE).encode()
    types = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
    seen = ask(
        *(("POST", CALLBACK, {"content": content, "headers": {"Content-Type": name}}) for name in types), app=app
    )
    assert {(response.status_code, kind(response)) for response in seen} == {(415, "unsupported-media-type")}


def test_every_answer_carries_the_headers(app):
    asked = [(method, path, {}) for method, path in routes(app)]
    asked += [("GET", "/assets/style.css", {}), ("GET", "/assets/nothing.css", {}), ("GET", "/nowhere", {})]
    asked += [("GET", "/_dash-component-suites/evil/x.js", {}), ("DELETE", "/", {}), ("HEAD", "/assets/style.css", {})]
    asked += [("POST", CALLBACK, {"json": SHOW_PAGE}), ("POST", CALLBACK, {"json": {}})]
    asked += [("POST", "/live-genes", {"json": {"secret": "A" * 9_000}})]
    statuses = set()
    for (method, path, _), response in zip(asked, ask(*asked, app=app), strict=True):
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, (method, path)
        assert "access-control-allow-origin" not in response.headers
        assert "script-src 'self' 'sha256-" in response.headers[CSP]
        if response.status_code >= 400 and method != "HEAD":
            assert len(response.content) < 16_000
            assert path == "/sign-in" or kind(response)  # what is wrong with the form is said in the form
        statuses.add(response.status_code)
    assert {200, 400, 404, 405, 422} <= statuses


def test_the_policy_allows_the_inline_scripts_that_there_are_and_no_others(app):
    (index,) = ask(("GET", "/", {}), app=app)
    inline = re.findall(r"<script(?: id=\"_dash-renderer\"[^>]*)?>(.+?)</script>", index.text, re.DOTALL)
    assert len(inline) == 1
    scripts = next(part for part in index.headers[CSP].split("; ") if part.startswith("script-src"))
    assert (scripts.count("'sha256-"), "unsafe" in scripts) == (1, False)


def changed(**changes):
    return {name: value for name, value in (SHOW_PAGE | changes).items() if value is not KeyError}


PLACE = SHOW_PAGE["inputs"][0]
MALFORMED = [
    b"", b"{}", b"[]", b"null", b"1", b'"x"', b"true", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000,
    json.dumps(SHOW_PAGE).encode("utf-16"),
    json.dumps(SHOW_PAGE).encode()[:-1],
    json.dumps(SHOW_PAGE).encode() + b"{}",
    json.dumps(changed(inputs=[PLACE | {"value": 1}])).encode().replace(b": 1}", b": " + b"1" * 5_000 + b"}"),
    json.dumps(changed(inputs=[PLACE | {"value": "\ud800"}])).encode(),
    json.dumps(changed(inputs=[PLACE | {"value": float("nan")}])).encode(),
    b'{"output": "shell-content.children", "inputs": [{"value": 1e999}]}',
    *(
        json.dumps(call).encode()
        for call in (
            changed(output="nobody.children"), changed(output=""), changed(output=None), changed(output=3),
            changed(output=["shell-content.children"]), changed(output="shell-paper.data"), changed(output=KeyError),
            changed(output="..shell-content.children.."), changed(output="__class__"),
            changed(inputs=[]), changed(inputs=None), changed(inputs={}), changed(inputs="x"), changed(inputs=KeyError),
            changed(inputs=[1]), changed(inputs=[None]), changed(inputs=[{}]), changed(inputs=[[]]),
            changed(inputs=[[PLACE]]), changed(inputs=[PLACE, PLACE]), changed(inputs=[{"id": "shell-url"}]),
            changed(inputs=[{"property": "pathname"}]), changed(inputs=[PLACE | {"property": "search"}]),
            changed(inputs=[PLACE | {"id": None}]), changed(inputs=[PLACE | {"id": {"a": []}}]),
            changed(state=[PLACE]), changed(state={"a": 1}), changed(state=3),
            changed(changedPropIds=3), changed(changedPropIds={}), changed(changedPropIds=[None]),
            changed(outputs=None), changed(outputs=[]), changed(outputs=3), changed(outputs=KeyError),
            changed(outputs={"id": "shell-content"}), changed(outputs=[SHOW_PAGE["outputs"]]),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("content", MALFORMED, ids=range(len(MALFORMED)))
def test_a_question_that_the_page_would_not_ask_is_refused(app, content, caplog):
    (response,) = ask(("POST", CALLBACK, {"content": content, "headers": JSON}), app=app)
    assert response.status_code in {400, 415}, response.text  # 415: nothing at all, which is no JSON either
    assert kind(response) in {"unreadable-callback", "unsupported-media-type"}
    assert "Traceback" not in response.text + caplog.text


@pytest.mark.parametrize("value", [None, [], "\u202e" * 10_000, {"a": [1]}, -1.5])
def test_odd_values_reach_every_callback_and_none_answers_with_a_fault(app, value):
    calls = [
        call_of(output, callback, value) for output, callback in app.callback_map.items() if "callback" in callback
    ]
    assert len(calls) > 50
    assert any("@" in call["output"] for call in calls)
    for call, response in zip(
        calls, ask(*(("POST", CALLBACK, {"json": call}) for call in calls), app=app), strict=True
    ):
        assert response.status_code in {200, 204}, (call["output"], response.text[:300])
        assert "Traceback" not in response.text


def call_of(output, callback, value):
    """Write the call of a callback with the same value everywhere."""
    from dash._utils import split_callback_id

    def place(declared):
        pattern = json.loads(declared["id"]) if declared["id"].startswith("{") else {}
        one = {
            "id": {k: "x" if isinstance(v, list) else v for k, v in pattern.items()} if pattern else declared["id"],
            "property": declared["property"],  # with its "@...", as browsers send it
            "value": value,
        }
        return [one] if ["ALL"] in pattern.values() else one

    wanted = split_callback_id(output)
    outputs = [place(one) for one in wanted] if isinstance(wanted, list) else place(wanted)
    inputs, state = ([place(one) for one in callback[name]] for name in ("inputs", "state"))
    return {"output": output, "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": []}


def test_a_good_question_is_answered(app):
    (response,) = ask(("POST", CALLBACK, {"json": SHOW_PAGE}), app=app)
    assert (response.status_code, "shell-content" in response.text) == (200, True)


def test_bodies_are_limited_and_not_unpacked():
    limits = Limits(request_bytes=1_000, upload_bytes=3_000)
    big, fits = {"json": changed(state="A" * 2_000)}, {"json": changed(state="A" * 500)}
    packed = {"content": b"{}", "headers": JSON | {"Content-Encoding": "gzip"}}
    upload = {"content": b"A" * 3_001}
    seen = ask(
        ("POST", CALLBACK, big), ("POST", "/live-genes", big), ("PUT", "/uploads/x", upload), ("POST", CALLBACK, fits),
        ("POST", CALLBACK, packed), limits=limits,
    )  # fmt: skip
    assert [response.status_code for response in seen] == [413, 413, 413, 400, 415]


def test_the_page_answers_under_its_own_names_only():
    limits = Limits(allowed_hosts=("page",))
    own, local, foreign = ask(
        ("GET", "/", {}), ("GET", "/", {"headers": {"Host": "localhost:8050"}}),
        ("GET", "/", {"headers": {"Host": "rebound.example"}}), limits=limits,
    )  # fmt: skip
    assert (own.status_code, local.status_code, kind(foreign)) == (200, 200, "unknown-host")


def test_an_address_that_does_not_exist_is_not_sent_back(app):
    paths = ["/nowhere.js", "/assets/%3Cscript%3E", "/assets/%2e%2e/app.py", "/%5Cevil.example"]
    seen = ask(*(("GET", path, {}) for path in paths), ("POST", "/nowhere", {}), app=app)
    assert {response.status_code for response in seen} == {404}
    assert len({response.text for response in seen}) == 1


@asynccontextmanager
async def living(server):
    """Start and end a server as uvicorn does: only then Dash answers at every address."""
    asked, answered = asyncio.Queue(), asyncio.Queue()
    task = asyncio.create_task(server({"type": "lifespan"}, asked.get, answered.put))
    for step in ("startup", "shutdown"):
        await asked.put({"type": f"lifespan.{step}"})
        assert await answered.get() == {"type": f"lifespan.{step}.complete"}
        if step == "startup":
            yield
    await task


def test_an_address_without_a_page_is_the_frame_that_says_so():
    server = page_of().server

    async def run(*paths):
        transport = httpx.ASGITransport(app=server)
        async with living(server), httpx.AsyncClient(transport=transport, base_url="http://page") as browser:
            return [await browser.get(path) for path in paths]

    secret = "s3cr3t"
    missing = ["/nowhere", f"/{secret}/<script>", f"/edit/{secret}", "/?__debugger__=yes&cmd=resource&f=debugger.js"]
    there = asyncio.run(run("/", "/edit", "/jobs/x", "/status?a=1"))
    gone = asyncio.run(run(*missing))
    assert {(answer.status_code, answer.headers["content-type"]) for answer in there} == {
        (200, "text/html; charset=utf-8")
    }
    assert {(answer.status_code, answer.headers["content-type"]) for answer in gone} == {
        (404, "text/html; charset=utf-8")
    }
    assert "_dash-renderer" in gone[0].text  # it shows what there is instead
    assert not any(secret in answer.text for answer in gone)


@pytest.mark.parametrize("name", ["DEBUG", "DASH_DEBUG", "FLASK_DEBUG"])
def test_nothing_starts_with_a_debugger(monkeypatch, name):
    monkeypatch.setenv(name, "0")
    FrontendSettings(), Settings()
    monkeypatch.setenv(name, "True")
    for settings in (FrontendSettings, Settings):
        with pytest.raises(ValidationError, match=f"{name} asks for a debugger.* Unset {name}."):
            settings()


def test_what_the_page_does_not_accept_is_not_sent_back(app):
    (response,) = ask(("POST", "/live-genes", {"json": {"gene": ["secret" * 100]}}), app=app)
    assert (response.status_code, kind(response)) == (422, "invalid-request")
    assert "secret" not in response.text


def test_no_socket_and_no_description_is_offered(app):
    assert not [route for route in app.server.routes if isinstance(route, WebSocketRoute)]
    assert {
        r.status_code for r in ask(("GET", "/docs", {}), ("GET", "/redoc", {}), ("GET", "/openapi.json", {}), app=app)
    } == {404}


def test_no_environment_turns_the_debugger_on(monkeypatch, caplog):
    for name in ("DASH_DEBUG", "DEBUG", "FLASK_DEBUG", "DASH_HOT_RELOAD", "DASH_PRUNE_ERRORS", "PYTHONDEVMODE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("_DASH_FASTAPI_CONFIG", '{"debug": true, "dev_tools_ui": true}')
    app = page_of()

    @app.server.get("/boom")
    async def boom():
        raise RuntimeError("the password is 1234")

    async def run():
        async with app.server.router.lifespan_context(app.server):
            pass

    asyncio.run(run())
    plain, asked, boom_answer = ask(
        ("GET", "/", {}), ("GET", "/?__debugger__=yes&cmd=resource&f=debugger.js", {}), ("GET", "/boom", {}), app=app
    )
    assert [re.sub(r'"end_id":"[^"]*"', "", answer.text) for answer in (asked,)] == [
        re.sub(r'"end_id":"[^"]*"', "", plain.text)
    ]
    assert json.loads(re.search(r'type="application/json">(.*?)</script>', plain.text)[1]).get("ui") is not True
    assert (boom_answer.status_code, kind(boom_answer)) == (500, "internal-error")
    assert "1234" not in boom_answer.text
    assert {name: boom_answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "RuntimeError" in caplog.text
