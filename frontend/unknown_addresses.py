"""Addresses without a page: Dash answers each with the frame of a page, which says 404 as what is shown in it does."""

from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontend.pages import page_at

ANY_ADDRESS: Final = "{path:path}"  # Dash's route for what no other route takes
DEBUGGER: Final = b"__debugger__"  # how scanners ask for Werkzeug's console, which is not here


class UnknownAddresses:
    """Answer 404 where the frame is sent for an address without a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def truthful(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK and _is_unknown(scope):
                message = {**message, "status": HTTPStatus.NOT_FOUND}
            await send(message)

        await self._app(scope, receive, truthful if scope["type"] == "http" else send)


def _is_unknown(scope: Scope) -> bool:
    """Tell whether a routed request is for no page."""
    if DEBUGGER in scope["query_string"]:
        return True
    return getattr(scope.get("route"), "path", None) == ANY_ADDRESS and page_at(scope["path"]) is None
