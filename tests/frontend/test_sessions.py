"""Who asks: cookies, signing in and out, and where a stranger ends up, in each of the three modes."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest

from frontend.app import create_dash
from frontend.client import BackendClient
from frontend.session_routes import safe_next

LONG = 400 * 24 * 3600
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EXPIRES = datetime.now(UTC) + timedelta(days=30)
PASSWORD = "correct horse battery"
OWN, OTHER = "regulens-session-0a1b2c3d", "regulens-session-4e5f6071"  # of this Regulens and of another on this host
NAMED = {"cookie_name": OWN}


class FakeApi:
    """Keep sessions as the API does; the cookie of a user is `signed-<name>`."""

    def __init__(self, access="open", *, away=False):
        self.access, self.away = access, away
        self.asked = []
        self.visitors = 0
        self.limited = False

    def __call__(self, request):
        self.asked.append(request)
        if self.away:
            raise httpx.ConnectError("refused")
        path = request.url.path.removeprefix("/api/v1/")
        if (request.method, path) == ("POST", "sessions"):
            return self._begin(json.loads(request.content))
        user = self._user(request)
        if user is None:
            return self._problem(401, "Sign in on the page, or send a token.")
        if (request.method, path) == ("DELETE", "sessions/current"):
            return httpx.Response(204)
        if path == "sessions/current":
            return httpx.Response(200, json=self._session(user))
        return httpx.Response(200, json={"jobs": [], "total": 0, "counts": {}})

    def _user(self, request):
        if self.access == "proxy":
            known = request.headers.get("X-Regulens-Proxy-Secret") == "shared"
            return request.headers.get("X-Forwarded-User") if known else None
        cookie = request.headers.get("Cookie", "")
        if not cookie:
            return "local" if self.access == "open" else None
        found = re.search(rf"(?:{OWN}|regulens-session)=signed-(\w+)", cookie)
        return found[1] if found else None

    def _session(self, user):
        expires = EXPIRES.isoformat() if self.access == "password" else None
        return {"access": self.access, "user": user, "visitor": self.access == "open", "expires": expires} | NAMED

    def _begin(self, body):
        if self.limited:
            return self._problem(429, "Too many attempts. Try again in 42 s.", {"Retry-After": "42"})
        if self.access == "password":
            if (body.get("name"), body.get("password")) != ("ada", PASSWORD):
                return self._problem(401, "Name or password is wrong.")
            return httpx.Response(201, json=self._session("ada") | {"cookie": "signed-ada"})
        self.visitors += 1
        name = f"visitor{self.visitors}"
        return httpx.Response(201, json=self._session(name) | {"cookie": f"signed-{name}"})

    def _problem(self, status, detail, headers=None):
        told = {
            "type": "/problems/x",
            "title": "T",
            "status": status,
            "detail": detail,
            "instance": "/",
            "request_id": "r",
        }
        return httpx.Response(status, json=told, headers=headers)


def browse(api, question, *, base="http://page", cookies=None):
    async def run():
        async with BackendClient("http://api", transport=httpx.MockTransport(api)) as client:
            transport = httpx.ASGITransport(app=create_dash(client, access=api.access).server)
            async with httpx.AsyncClient(transport=transport, base_url=base, cookies=cookies) as browser:
                return await question(browser)

    return asyncio.run(run())


def load(path="/", **headers):
    return lambda browser: browser.get(path, headers=HTML | headers)


def sign_in(browser, **told):
    return browser.post("/sign-in", data={"name": "ada", "password": PASSWORD} | told)


def test_a_browser_becomes_a_visitor_and_stays_the_same():
    api = FakeApi()

    async def visit(browser):
        return [
            await browser.get("/", headers=HTML),
            await browser.get("/", headers=HTML),
            await browser.get("/job-watch"),
        ]

    first, second, watch = browse(api, visit)
    for page in (first, second):
        cookie = page.headers["set-cookie"]
        assert cookie.startswith(f"{OWN}=signed-visitor1; ")
        assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={LONG}"))
        assert "Secure" not in cookie
    assert "set-cookie" not in watch.headers
    assert api.visitors == 1
    assert api.asked[-1].headers["cookie"] == f"regulens-session=none; {OWN}=signed-visitor1"


@pytest.mark.parametrize("forged", ["admin", "a" * 32, "visitor1"])
def test_a_cookie_that_the_api_did_not_sign_is_replaced(forged):
    page = browse(FakeApi(), load(), cookies={OWN: forged})
    assert page.cookies[OWN] == "signed-visitor1"


def test_another_regulens_on_this_host_keeps_its_visitors():
    api = FakeApi()
    first = browse(api, load(), cookies={OTHER: "signed-theirs"})
    assert [line.partition("=")[0] for line in first.headers.get_list("set-cookie")] == [OWN]
    again = browse(api, load(), cookies={OTHER: "signed-theirs", OWN: "signed-visitor1"})
    assert again.headers["set-cookie"].startswith(f"{OWN}=signed-visitor1; ")
    assert api.visitors == 1


def test_the_page_does_not_hand_on_other_cookies():
    api = FakeApi()
    browse(api, load(), cookies={"regulens-session-x": "a", "regulens-session-0A1B2C3D": "a", "csrf": "b", OWN: "c"})
    assert api.asked[0].headers["cookie"] == f"regulens-session=none; {OWN}=c"


def test_what_asks_without_a_cookie_is_not_this_machines_own_scripts():
    api = FakeApi()
    answer = browse(api, lambda browser: browser.get("/job-watch"))
    assert api.asked[-1].headers["cookie"] == "regulens-session=none"
    assert (answer.status_code, answer.json()["title"]) == (401, "Your session has ended")


def test_the_cookie_of_earlier_versions_is_dropped():
    page = browse(FakeApi(), load(), cookies={"regulens-user": "a" * 32})
    dropped = [line for line in page.headers.get_list("set-cookie") if line.startswith("regulens-user=;")]
    assert "Max-Age=0" in dropped[0]


@pytest.mark.parametrize("path", ["/job-watch", "/assets/jobs.js", "/_dash-layout", "/_favicon.ico"])
def test_only_pages_set_cookies_as_caches_share_anything_else(path):
    assert "set-cookie" not in browse(FakeApi(), lambda browser: browser.get(path)).headers


@pytest.mark.parametrize("sent", [{"X-Forwarded-Proto": "https"}, {}])
def test_the_cookie_keeps_to_https(sent):
    base = "http://page" if sent else "https://page"
    assert "Secure" in browse(FakeApi(), load(**sent), base=base).headers["set-cookie"]


@pytest.mark.parametrize("access", ["open", "password", "proxy"])
def test_a_page_whose_api_is_away_says_so_itself(access):
    page = browse(FakeApi(access, away=True), load())
    assert (page.status_code, "set-cookie" in page.headers) == (200, False)
    assert "react-entry-point" in page.text


def test_a_stranger_is_asked_to_sign_in_and_comes_back():
    async def visit(browser):
        away = await browser.get("/jobs/new?kind=sequence_scoring", headers=HTML)
        form = await browser.get(away.headers["location"])
        back = await sign_in(browser, next="/jobs/new?kind=sequence_scoring")
        return away, form, back, await browser.get("/", headers=HTML)

    away, form, back, page = browse(FakeApi("password"), visit)
    wanted = "/jobs/new?kind=sequence_scoring"
    assert (away.status_code, away.headers["location"]) == (303, f"/sign-in?next={quote(wanted, safe='')}")
    assert f'name="next" value="{wanted}"' in form.text
    assert (back.status_code, back.headers["location"]) == (303, wanted)
    cookie = back.headers["set-cookie"]
    assert all(part in cookie for part in ("signed-ada", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert 29 * 24 * 3600 < int(cookie.partition("Max-Age=")[2].partition(";")[0]) <= 30 * 24 * 3600
    assert page.status_code == 200


EVIL = [
    "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/%2f%2fevil.example",
    "/%5cevil.example", "\\\\evil.example", "///evil.example", "/jobs/\r\nLocation: //evil.example", "evil.example",
    "/jobs/@evil.example:80\\", "//evil.example/jobs", "/\t/evil.example", "http:evil.example", "data:text/html,x",
    "/jobs/x?next=//evil.example\n", "/sign-out", "", "/jobs/\u2215evil",
]  # fmt: skip


@pytest.mark.parametrize("wanted", EVIL)
def test_signing_in_leads_nowhere_else(wanted):
    assert safe_next(wanted) == "/"
    answer = browse(FakeApi("password"), lambda browser: sign_in(browser, next=wanted))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "wanted", ["/", "/jobs", "/jobs/new?from=" + "a" * 32, "/?factor=ctcf_weri", "/chromatin?checkpoint=a%20b"]
)
def test_signing_in_leads_back(wanted):
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "told",
    [
        {"password": "wrong"},
        {"name": "<script>"},
        {"name": ""},
        {"password": ""},
        {"password": "x" * 201},
        {"name": "x" * 5000},
    ],
    ids=["wrong", "no name of ours", "no name", "no password", "long", "very long"],
)
def test_a_mistake_is_said_beside_the_fields_without_saying_which(told):
    answer = browse(FakeApi("password"), lambda browser: sign_in(browser, **told))
    assert answer.status_code == 401
    assert 'role="alert">Name or password is not right.<' in answer.text
    assert 'aria-describedby="sign-in-error"' in answer.text
    assert "set-cookie" not in answer.headers
    assert not any(secret in answer.text for secret in ("<script", PASSWORD, "xxx"))


def test_too_many_attempts_are_told_in_words():
    api = FakeApi("password")
    api.limited = True
    answer = browse(api, sign_in)
    assert answer.status_code == 429
    assert "Too many attempts. Try again in 42 s." in answer.text
    assert 'value="ada"' in answer.text


@pytest.mark.parametrize("body", [b"&".join([b"a=1"] * 1000), b"\xff\xfe", b"", b"name"])
def test_a_body_that_is_no_form_of_ours_is_no_sign_in(body):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = browse(FakeApi("password"), lambda browser: browser.post("/sign-in", content=body, headers=kind))
    assert answer.status_code == 401


def test_an_api_that_is_away_is_said_on_the_form():
    answer = browse(FakeApi("password", away=True), sign_in)
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_signing_out_ends_the_session_and_the_cookie():
    api = FakeApi("password")

    async def visit(browser):
        await sign_in(browser)
        out = await browser.post("/sign-out")
        return out, await browser.get("/", headers=HTML)

    out, page = browse(api, visit)
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert f"{OWN}=;" in out.headers["set-cookie"]
    assert "DELETE" in [request.method for request in api.asked]
    assert page.headers["location"].startswith("/sign-in")


def test_signing_out_while_the_api_is_away_does_not_pretend():
    answer = browse(FakeApi("password", away=True), lambda browser: browser.post("/sign-out"))
    assert (answer.headers["location"], "set-cookie" in answer.headers) == ("/account", False)


def test_a_download_of_a_stranger_leads_to_the_form_and_a_question_of_the_page_does_not():
    async def visit(browser):
        return await browser.get("/job-archives/j1", headers=HTML), await browser.get("/job-archives/j1")

    opened, asked = browse(FakeApi("password"), visit)
    assert (opened.status_code, asked.status_code) == (303, 401)


def test_behind_a_proxy_its_word_is_passed_on_and_nothing_else_counts():
    api = FakeApi("proxy")
    told = {"X-Forwarded-User": "ada", "X-Regulens-Proxy-Secret": "shared"}

    async def visit(browser):
        return await browser.get("/", headers=HTML | told), await browser.get("/", headers=HTML)

    named, nameless = browse(api, visit, cookies={"regulens-session": "signed-bob"})
    assert (named.status_code, nameless.status_code) == (200, 401)
    assert "must send" in nameless.text
    assert api.asked[0].headers["X-Forwarded-User"] == "ada"
    assert all("cookie" not in request.headers for request in api.asked)


@pytest.mark.parametrize("twice", ["X-Forwarded-User", "X-Regulens-Proxy-Secret"])
def test_a_name_that_a_browser_has_put_before_the_proxys_is_not_believed(twice):
    api = FakeApi("proxy")
    told = [("Accept", HTML["Accept"]), ("X-Forwarded-User", "ada"), ("X-Regulens-Proxy-Secret", "shared")]
    answer = browse(api, lambda browser: browser.get("/", headers=[(twice, "shared"), *told]))
    assert answer.status_code == 401
    assert all(twice not in request.headers for request in api.asked)


@pytest.mark.parametrize("value", [b"\xff", rb'"\377"', rb'"signed-bob\073 x"', rb'"signed-bob\012x: 1"'])
def test_a_cookie_that_is_none_of_ours_is_not_handed_on(value):
    api = FakeApi("password")
    headers = [(b"Accept", HTML["Accept"].encode()), (b"Cookie", b"regulens-session=" + value)]
    answer = browse(api, lambda browser: browser.get("/jobs", headers=headers))
    assert answer.status_code == 303
    assert [request.headers["cookie"] for request in api.asked] == ["regulens-session=none"]


@pytest.mark.parametrize("access", ["open", "password"])
def test_without_a_proxy_nobody_can_say_that_they_are_one(access):
    api = FakeApi(access)
    told = {"X-Forwarded-User": "ada", "X-Regulens-Proxy-Secret": "shared", "Authorization": "Bearer rgl_1_2"}
    browse(api, load(**told, **{"X-Forwarded-For": "9.9.9.9"}))
    for request in api.asked:
        assert not {"x-forwarded-user", "x-regulens-proxy-secret", "authorization"} & set(request.headers)
        assert request.headers["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize("access", ["open", "proxy"])
def test_there_is_no_form_where_there_are_no_passwords(access):
    answer = browse(FakeApi(access), lambda browser: browser.get("/sign-in"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_names_are_inert_in_the_form():
    api = FakeApi("password")
    api.limited = True
    answer = browse(api, lambda browser: sign_in(browser, name="ada", next='/"><script>alert(1)</script>'))
    assert "<script" not in answer.text
