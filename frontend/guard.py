"""What stands around every request to the page, and the one shape of what it refuses."""

import logging
import os
from collections.abc import Collection
from typing import Any, NamedTuple

from dash import Dash
from dash.exceptions import DependencyException
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.schemas.problem import ProblemItem
from backend.web.body_limit import BodyLimit
from backend.web.cross_site import CrossSiteGuard
from backend.web.hosts import ANY, HostGuard, answered_names
from backend.web.problems import MAX_ITEMS, Kind, write_problem
from backend.web.redaction import hide_in_standard_logs
from backend.web.security_headers import SecurityHeaders, page_policy
from frontend.callback_guard import CallbackGuard
from frontend.settings import FrontendSettings

UPLOADS = "/uploads/"
FORMS = ("/sign-in",)
STATIC = ("/assets/", "/_dash-component-suites/")
CALLBACK_SHARE = 2  # a callback holds the text that the API gets, and what the page keeps beside it
MAX_FIELD = 80
DEV_TOOLS = "_DASH_FASTAPI_CONFIG"  # by which Dash's own server tells its child to show tracebacks
ADDRESSES = "The page's addresses are in its navigation."
NOT_FOUND = Kind(404, "not-found", "There is nothing at this address")
REFUSED = Kind(400, "refused", "The page's server cannot do this")
INVALID = Kind(422, "invalid-request", "The request cannot be met as it is")
INTERNAL = Kind(500, "internal-error", "Something went wrong in the page's server")
log = logging.getLogger(__name__)


class Limits(NamedTuple):
    """Names under which the page answers, and the bytes that it takes at a time; the API has the last word."""

    allowed_hosts: Collection[str] = (ANY,)
    request_bytes: int = 8_000_000
    upload_bytes: int = 2_000_000_000


ANY_NAME = Limits()


def limits_of(settings: FrontendSettings) -> Limits:
    """Read the limits from the settings."""
    return Limits(
        allowed_hosts=answered_names(settings.allowed_hosts, access=settings.access),
        request_bytes=settings.max_request_bytes,
        upload_bytes=max(settings.max_histone_bytes, settings.max_bigwig_bytes),
    )


class LastResort:
    """Answer what nobody caught with a problem that says nothing internal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def noticing(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        except Exception as error:
            if scope["type"] != "http" or started:  # too late for another answer
                raise
            log.error("request failed", exc_info=error)  # plain: a traceback with values would log sequences
            detail = "The fault is in the page's server, not in the request; its log has the cause."
            await write_problem(scope, INTERNAL, detail=detail)(scope, receive, send)


def guard(app: Dash, limits: Limits) -> None:
    """Put the guards around a Dash application whose callbacks are all registered; what is added last is outermost."""
    os.environ.pop(DEV_TOOLS, None)
    hide_in_standard_logs()
    server: FastAPI = app.server
    # Nothing here is asked through a socket; Dash makes the route before it can be told so.
    server.router.routes[:] = [route for route in server.router.routes if not isinstance(route, WebSocketRoute)]
    for error in (HTTPException, RequestValidationError, DependencyException):
        server.add_exception_handler(error, _handle)
    server.add_middleware(CallbackGuard, callbacks=app.callback_map)
    _add_outer_guards(server, limits, policy=page_policy(app.csp_hashes()))


def _add_outer_guards(server: FastAPI, limits: Limits, *, policy: str) -> None:
    server.add_middleware(
        BodyLimit,
        max_bytes=CALLBACK_SHARE * limits.request_bytes,
        upload_path=UPLOADS,
        max_upload_bytes=limits.upload_bytes,
    )
    server.add_middleware(CrossSiteGuard, raw_paths=(UPLOADS,), form_paths=FORMS)
    server.add_middleware(HostGuard, allowed=limits.allowed_hosts)
    server.add_middleware(LastResort)
    server.add_middleware(SecurityHeaders, policy=policy, public_paths=STATIC)


async def _handle(request: Request, error: Exception) -> Response:
    """Write what FastAPI and Dash refuse as a problem."""
    if isinstance(error, RequestValidationError):
        detail = "Some fields of the request are missing or wrong; `errors` names each."
        items = [_item(mistake) for mistake in error.errors()[:MAX_ITEMS]]
        return write_problem(request.scope, INVALID, detail=detail, items=items)
    if not isinstance(error, HTTPException) or error.status_code == NOT_FOUND.status:
        return write_problem(request.scope, NOT_FOUND, detail=ADDRESSES, instance="")
    kind = REFUSED._replace(status=error.status_code)
    detail = "This address does not take this request."
    return write_problem(request.scope, kind, detail=detail, instance="", headers=error.headers)


def _item(mistake: dict[str, Any]) -> ProblemItem:
    """Name field and mistake, and never send the input back."""
    field = ".".join(map(str, mistake["loc"][1:]))[:MAX_FIELD]
    return ProblemItem(code=mistake["type"], message=f"{mistake['msg']}.", field=field or None)
