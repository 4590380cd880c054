"""Signing in and out: forms of plain HTML, answered by the page's own server."""

import re
from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from backend.schemas.access import USER_NAME, Access
from frontend.access_requests import SignIn
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.pages import page_at
from frontend.sessions import SIGN_IN, no_cookie, session_cookie
from frontend.sign_in_page import sign_in_page

PLAIN = re.compile(r"/[A-Za-z0-9._~/-]*(?:\?[A-Za-z0-9._~/=&%+,:@-]*)?")
FORM_BYTES = 4096
LONGEST_PASSWORD = 200
WRONG = "Name or password is not right."


def safe_next(wanted: str) -> str:
    """Return the page to go on to: one of ours, and the first page instead of anything else."""
    path = wanted.partition("?")[0]
    ours = PLAIN.fullmatch(wanted) and not path.startswith("//") and page_at(path)
    return wanted if ours else "/"


def register(server: FastAPI, client: BackendClient, *, access: Access) -> None:
    """Offer the form where there are passwords, and signing out to whoever is signed in."""

    @server.get(SIGN_IN, include_in_schema=False)
    async def show_form(next: str = "/") -> Response:  # noqa: A002 - the name in the address
        if access != "password":
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        return _form(next_path=safe_next(next))

    @server.post(SIGN_IN, include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        told = await _fields(request)
        next_path, name, password = (told.get(field, "") for field in ("next", "name", "password"))
        next_path = safe_next(next_path)
        if not re.fullmatch(USER_NAME, name) or not 0 < len(password) <= LONGEST_PASSWORD:
            return _form(HTTPStatus.UNAUTHORIZED, next_path=next_path, error=WRONG)
        try:
            session = await client.begin_session(SignIn(name=name, password=password))
        except BackendError as error:
            status, words = _said(error)
            return _form(status, next_path=next_path, name=name, error=words)
        answer = RedirectResponse(next_path, HTTPStatus.SEE_OTHER)
        answer.headers.append("Set-Cookie", session_cookie(session, request))
        return answer

    @server.post("/sign-out", include_in_schema=False)
    async def sign_out(request: Request) -> Response:
        answer = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
        try:
            name = (await client.session()).cookie_name
            await client.end_session()
        except BackendProblem:  # it has ended already
            return answer
        except BackendError:  # the cookie is kept: a session that still holds must not look ended
            return RedirectResponse("/account", HTTPStatus.SEE_OTHER)
        answer.headers.append("Set-Cookie", no_cookie(name, request))
        return answer


async def _fields(request: Request) -> dict[str, str]:
    """Read a small form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            return {}
    try:
        found = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:  # no text, or no form of ours
        return {}
    return {name: values[0] for name, values in found.items()}


def _form(status: int = HTTPStatus.OK, *, next_path: str, name: str = "", error: str = "") -> Response:
    page = sign_in_page(next_path=next_path, name=name, error=error)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})


def _said(error: BackendError) -> tuple[int, str]:
    if not isinstance(error, BackendProblem):
        return HTTPStatus.SERVICE_UNAVAILABLE, "The analysis service does not answer. Try again in a moment."
    if error.problem.status == HTTPStatus.UNAUTHORIZED:
        return HTTPStatus.UNAUTHORIZED, WRONG
    return error.problem.status, error.problem.detail
