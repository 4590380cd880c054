"""The names under which a server may be asked: a foreign name that leads here (DNS rebinding) opens nothing."""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.web.problems import UnknownHostError, refusal

ANY: Final = "*"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def answered_names(listed: Collection[str], *, access: str) -> Collection[str]:
    """Return the names to answer under: where everybody is asked who they are, any, unless some are listed."""
    return listed if listed or access == "open" else (ANY,)


class HostGuard:
    """Answer only under known names, whatever the port; `*` stands for any."""

    def __init__(self, app: ASGIApp, *, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = LOOPBACK | {name.lower() for name in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compare the Host header of one request."""
        if scope["type"] != "http" or ANY in self._allowed or _name(Headers(scope=scope)) in self._allowed:
            await self._app(scope, receive, send)
        else:
            await refusal(scope, UnknownHostError())(scope, receive, send)


def _name(headers: Headers) -> str:
    """Return the host without its port."""
    host = headers.get("host", "").lower()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host
