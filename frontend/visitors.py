"""Who asks: a random name per browser in a cookie, sent on to the API with everything that browser asks for."""

import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontend.transport import current_user

COOKIE = "regulens-user"
COOKIE_DAYS = 400  # what browsers keep at most; every page load begins anew
NAME = re.compile(r"[0-9a-f]{32}")


class VisitorCookie:
    """Name each browser and make the name known to the API client for the length of a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the cookie or make one; it is set with pages only, as caches may share anything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = _name_of(Headers(scope=scope).get("cookie", "")) or secrets.token_hex(16)
        secure = "; Secure" if scope["scheme"] == "https" else ""

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    age = COOKIE_DAYS * 24 * 3600
                    headers.append(
                        "Set-Cookie", f"{COOKIE}={name}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
                    )
            await send(message)

        token = current_user.set(name)
        try:
            await self._app(scope, receive, send_with_cookie)
        finally:
            current_user.reset(token)


def _name_of(cookie: str) -> str | None:
    """Return the visitor's name, unless it is not one that we have made."""
    try:
        found = SimpleCookie(cookie).get(COOKIE)
    except CookieError:
        return None
    return found.value if found and NAME.fullmatch(found.value) else None
