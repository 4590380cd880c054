"""Who asks: the credential of a browser, handed on to the API as it is, and what happens where there is none."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.schemas.access import (
    PROXY_SECRET_HEADER,
    PROXY_USER_HEADER,
    SESSION_COOKIE,
    VISITOR_DAYS,
    Access,
    NewSession,
    Session,
)
from frontend.askers import ADDRESS_HEADER, current_credentials
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.sign_in_page import proxy_page

COOKIES = re.compile(
    rf"{SESSION_COOKIE}(-[0-9a-f]{{8}})?"
)  # of any Regulens on this host: the API knows which is its own
SIGNED = re.compile(r"[A-Za-z0-9._-]+")  # nothing else stands in a session, nor goes into a header of our own
NO_SESSION = "none"  # no session has this value: who has none is a stranger, not this machine's own scripts
FORMER_COOKIE = "regulens-user"  # of earlier versions: a name that nobody had signed
SIGN_IN = "/sign-in"
PATIENCE_S = 5.0
NO_PAGES = ("/_", "/assets/", "/health/", SIGN_IN, "/sign-out")
UNAUTHORIZED = 401


class Arrival(NamedTuple):
    """What a browser gets on its way in: a cookie of its own, or an answer instead of the page."""

    cookie: str | None = None
    instead: Response | None = None


class Sessions:
    """Let the API client ask in the browser's name, and see to it that whoever opens a page has a session."""

    def __init__(self, app: ASGIApp, *, client: BackendClient, access: Access) -> None:
        self._app, self._client, self._access = app, client, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set the credential for the length of a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        token = current_credentials.set(credentials_of(request, access=self._access))
        try:
            arrival = await self._arrive(request) if opens_a_page(request) else Arrival()
            app = arrival.instead or self._app
            await app(scope, receive, _with_cookies(send, request, arrival.cookie))
        finally:
            current_credentials.reset(token)

    async def _arrive(self, request: Request) -> Arrival:
        """Ask the API who this is; while it is away the page is shown, and says so itself."""
        try:
            return await asyncio.wait_for(self._known_or_new(request), PATIENCE_S)
        except (BackendError, TimeoutError):
            return Arrival()

    async def _known_or_new(self, request: Request) -> Arrival:
        try:
            session = await self._client.session()
        except BackendProblem as error:
            if error.problem.status != UNAUTHORIZED:
                raise
        else:
            if self._access != "open":
                return Arrival()
            if session.visitor:
                return Arrival(cookie=_kept(session, request))
        if self._access == "open":
            new = await self._client.begin_session()
            return Arrival(cookie=session_cookie(new, request))
        if self._access == "proxy":
            return Arrival(instead=HTMLResponse(proxy_page(), UNAUTHORIZED))
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Arrival(instead=RedirectResponse(f"{SIGN_IN}?next={quote(wanted, safe='')}", 303))


def opens_a_page(request: Request) -> bool:
    """Whether a person has come to an address, as opposed to a page that asks for something."""
    if request.method != "GET" or request.url.path.startswith(NO_PAGES):
        return False
    destination = request.headers.get("sec-fetch-dest", "document")  # not sent to addresses without https
    return destination == "document" and "text/html" in request.headers.get("accept", "")


def credentials_of(request: Request, *, access: Access) -> Mapping[str, str]:
    """Return the headers by which the API knows who asks, and from where."""
    known = {ADDRESS_HEADER: request.client.host} if request.client else {}
    if access == "proxy":
        told = {name: request.headers.getlist(name) for name in (PROXY_USER_HEADER, PROXY_SECRET_HEADER)}
        # Where one comes twice, the first may be the browser's own, to which the proxy has added: neither is believed.
        return known | {name: values[0] for name, values in told.items() if len(values) == 1 and values[0].isascii()}
    sessions = {
        name: value for name, value in request.cookies.items() if COOKIES.fullmatch(name) and SIGNED.fullmatch(value)
    }
    cookies = {SESSION_COOKIE: NO_SESSION} | sessions
    return known | {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


def session_cookie(session: NewSession, request: Request) -> str:
    """Write the cookie of a session that has just begun."""
    left = session.expires - datetime.now(UTC) if session.expires else timedelta(days=VISITOR_DAYS)
    return _cookie(session.cookie_name, session.cookie, left, request)


def _kept(session: Session, request: Request) -> str:
    """Write the cookie of a visitor once more: it has no end but the browser's."""
    value = request.cookies.get(session.cookie_name) or request.cookies[SESSION_COOKIE]
    return _cookie(session.cookie_name, value, timedelta(days=VISITOR_DAYS), request)


def _cookie(name: str, value: str, left: timedelta, request: Request) -> str:
    age = max(0, int(left.total_seconds()))
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{_secure(request)}"


def no_cookie(name: str, request: Request) -> str:
    """Write the header that makes a browser forget a cookie."""
    return _cookie(name, "", timedelta(0), request)


def _secure(request: Request) -> str:
    """Keep the cookie to https where the browser has come by https, if need be through a proxy that ends it."""
    outermost = request.headers.get("x-forwarded-proto", request.url.scheme).partition(",")[0].strip()
    return "; Secure" if "https" in (outermost, request.url.scheme) else ""


def _with_cookies(send: Send, request: Request, cookie: str | None) -> Send:
    cookies = [cookie] if cookie else []
    if FORMER_COOKIE in request.cookies and opens_a_page(request):
        cookies.append(no_cookie(FORMER_COOKIE, request))

    async def send_with_cookies(message: Message) -> None:
        if message["type"] == "http.response.start" and cookies:
            headers = MutableHeaders(scope=message)
            for line in cookies:
                headers.append("Set-Cookie", line)
            headers["Cache-Control"] = "no-store"  # what sets a cookie is for one browser only
        await send(message)

    return send_with_cookies
