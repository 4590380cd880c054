"""Metrics for Prometheus, and the middleware that counts requests; the page does not pass them on."""

import time

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.dependencies import PUBLIC
from backend.api.json_body import JsonRoute
from backend.services.metrics import RequestMetrics, exposition

router = APIRouter(route_class=JsonRoute)


@router.get("/metrics", include_in_schema=False, dependencies=[PUBLIC])
def get_metrics(request: Request) -> Response:
    """Write what a monitoring system reads; there are no names of users and no sequences in it."""
    state = request.app.state
    return Response(exposition(state.requests, state.context), media_type=CONTENT_TYPE_LATEST)


class CountRequestsMiddleware:
    """Count every request with its route and duration."""

    def __init__(self, app: ASGIApp, *, requests: RequestMetrics) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started = 0, time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            route = getattr(scope.get("route"), "path", None)  # the template, without /api/v1
            self._requests.count(scope["method"], route, status, time.perf_counter() - started)
