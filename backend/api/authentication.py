"""Who asks, found out before anything else looks at a request."""

from typing import Final

from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.access.errors import SignInNeededError
from backend.access.gate import Asker, Credentials, Gate
from backend.schemas.access import PROXY_SECRET_HEADER, PROXY_USER_HEADER, SESSION_COOKIE

ASKER: Final = "asker"
USER: Final = "user"
REFUSAL: Final = "refusal"


class AuthenticationMiddleware:
    """Leave in the state of a request its `asker` and their name, `user`, or the `refusal` with which it is answered.

    What needs nobody to be known, such as signing in, is served all the same: `backend.api.dependencies` refuses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the credentials of one request; anything but HTTP passes through."""
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            state.update({ASKER: None, USER: None, REFUSAL: None})
            try:
                gate = scope["app"].state.gate
                asker = await _asker(gate, _credentials(Headers(scope=scope), own_cookie=gate.cookie_name))
                state.update({ASKER: asker, USER: asker.user})
            except (SignInNeededError, OperationalError) as refusal:
                state[REFUSAL] = refusal
        await self._app(scope, receive, send)


def user_of(scope: Scope) -> str | None:
    """Return the name of who asks, for whatever stands between this middleware and the routes."""
    user: str | None = scope["state"][USER]
    return user


async def _asker(gate: Gate, credentials: Credentials) -> Asker:
    if gate.needs_ledger(credentials):
        return await run_in_threadpool(gate.asker, credentials)
    return gate.asker(credentials)


def _credentials(headers: Headers, *, own_cookie: str) -> Credentials:
    """Take what a request says of its sender; the name that is only ours comes before the one that scripts use."""
    sent = [cookie_parser(header) for header in headers.getlist("cookie")]
    own, plain = ([cookies[name] for cookies in sent if name in cookies] for name in (own_cookie, SESSION_COOKIE))
    return Credentials(
        authorization=tuple(headers.getlist("authorization")),
        cookies=tuple(own or plain),
        proxy_users=tuple(headers.getlist(PROXY_USER_HEADER)),
        proxy_secrets=tuple(headers.getlist(PROXY_SECRET_HEADER)),
    )
