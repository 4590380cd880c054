"""Request ids and the log: one line per request, and nothing in it that is secret."""

import logging
import re
import time
import uuid
from typing import Any, Final
from urllib.parse import quote

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.config import Settings
from backend.errors import problem_response
from backend.web.redaction import hide_event, hide_in_standard_logs

REQUEST_ID: Final = "X-Request-ID"
TRACEBACK: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold sequences
LONGEST_PATH: Final = 200
SANE_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", flags=re.ASCII)

log = structlog.get_logger(__name__)


def configure_logging(settings: Settings) -> None:
    """Write one line per event, with the request id of the request that caused it."""
    renderer: list[Any] = (
        [structlog.processors.ExceptionRenderer(TRACEBACK), hide_event, structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        else [structlog.processors.format_exc_info, hide_event, structlog.dev.ConsoleRenderer(colors=False)]
    )
    hide_in_standard_logs()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
    )


class RequestLogMiddleware:
    """Give every request an id, log it in one line, and answer what nobody caught with a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get(REQUEST_ID, ""))
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            except Exception as error:
                response = problem_response(scope, error)
                if status:  # too late for another answer: the server cuts the connection
                    raise
                await response(scope, receive, send_with_id)
            finally:
                duration_ms = round((time.perf_counter() - started) * 1000, 1)
                path = quote(scope["path"])[:LONGEST_PATH]
                log.info("request", method=scope["method"], path=path, status=status, duration_ms=duration_ms)


def _request_id(wanted: str) -> str:
    """Keep an id that the caller brings along, if it can be written to a log."""
    return wanted if SANE_REQUEST_ID.fullmatch(wanted) else uuid.uuid4().hex
