"""What is too much at once is refused at the door, before anything is computed for it."""

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.web.problems import OverloadedError, refusal

RETRY_AFTER_S: Final = 2


class OverloadGuard:
    """Let at most `at_once` requests that POST to `costly_paths` be worked on, and refuse the others in a millisecond.

    A request counts from where its body has arrived: who sends slowly takes nobody's place.
    """

    def __init__(self, app: ASGIApp, *, at_once: int, costly_paths: Collection[str]) -> None:
        self._app = app
        self._at_once = at_once
        self._costly_paths = frozenset(costly_paths)
        self._working = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request; what is not costly passes through."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in self._costly_paths:
            await self._app(scope, receive, send)
            return
        arrived = await _arrived(receive)
        if self._working >= self._at_once:
            await refusal(scope, OverloadedError(self._at_once, retry_after_s=RETRY_AFTER_S))(scope, receive, send)
            return
        self._working += 1
        try:
            await self._app(scope, _again(arrived, receive), send)
        finally:
            self._working -= 1


async def _arrived(receive: Receive) -> list[Message]:
    """Wait for a whole body, whose size is limited further out."""
    messages = [await receive()]
    while messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _again(arrived: list[Message], receive: Receive) -> Receive:
    """Hand over what has arrived, then whatever else comes."""
    kept = iter(arrived)

    async def receive_again() -> Message:
        message = next(kept, None)
        return await receive() if message is None else message

    return receive_again
