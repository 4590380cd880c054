"""What browsers are told with every answer: what a page may load and do, and that nobody may frame or read it."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP: Final = "Content-Security-Policy"
NO_CONTENT: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with forms of our own.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# As ASGI writes them: these go with every answer, and Starlette's objects for headers would cost four times as much.
_RAW_HEADERS: Final = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
_RAW_CSP: Final = CSP.lower().encode()
_OWN: Final = frozenset((_RAW_CSP, *(name for name, _ in _RAW_HEADERS)))
_CACHING: Final = (b"cache-control", b"private, no-cache")


class SecurityHeaders:
    """Add the headers to every answer; `policies` names the addresses that have a content policy of their own.

    Answers are kept by nobody but the browser, which asks each time whether they still hold: another user may be next.
    What lies below `public_paths` is the same for all.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: str = NO_CONTENT,
        policies: Mapping[str, str] | None = None,
        public_paths: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._policy = policy
        self._policies = policies or {}
        self._public_paths = public_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything but HTTP passes through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                path: str = scope["path"]
                given = message.get("headers", ())
                policy = self._policies.get(path, self._policy)
                own = [*_RAW_HEADERS, (_RAW_CSP, policy.encode("latin-1"))]
                if not path.startswith(self._public_paths) and all(name != _CACHING[0] for name, _ in given):
                    own.append(_CACHING)
                message["headers"] = [header for header in given if header[0] not in _OWN] + own
            await send(message)

        await self._app(scope, receive, send_with_headers)


def page_policy(script_hashes: Iterable[str]) -> str:
    """Allow a page its own scripts, the inline ones by hash, its own styles and pictures that it draws itself."""
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",  # Plotly and Mantine write style elements
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def script_hash(script: str) -> str:
    """Return the source expression that allows an inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
