"""How fast one user may ask: a sliding window in memory, per user and else per address."""

import math
import time
from collections.abc import Callable, Collection
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.web.problems import TooManyRequestsError, refusal

Identify = Callable[[Scope], str | None]
NOBODY: Final = "nobody"
BURST_S: Final = 5  # a page opens with several questions at once, a held key asks in bursts


class RateLimit:
    """Refuse what comes too fast.

    All requests count but those to `free_paths`; those that POST to `costly_paths` count once more. `identify` names
    the user of a request without asking anybody, or returns None where it cannot.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        requests_per_minute: int,
        predictions_per_second: int,
        costly_paths: Collection[str],
        free_paths: Collection[str],
        identify: Identify,
    ) -> None:
        self._app = app
        # Not the exact moving window: in memory, that never forgets whom it has seen. Not the storage for threads: it
        # starts one for every request.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerMinute(requests_per_minute, namespace="requests")
        self._predictions = RateLimitItemPerSecond(predictions_per_second * BURST_S, BURST_S, namespace="predictions")
        self._costly_paths = frozenset(costly_paths)
        self._free_paths = frozenset(free_paths)
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request; anything but HTTP passes through."""
        counted = scope["type"] == "http" and scope["path"] not in self._free_paths
        if counted and (error := await self._fault(scope)):
            await refusal(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _fault(self, scope: Scope) -> TooManyRequestsError | None:
        who = self._identify(scope) or address(scope)
        if not await self._limiter.hit(self._requests, who):
            return await self._error(self._requests, who, f"{self._requests.amount} requests per minute")
        costly = scope["method"] == "POST" and scope["path"] in self._costly_paths
        if costly and not await self._limiter.hit(self._predictions, who):
            allowed = f"{self._predictions.amount} predictions in {BURST_S} seconds"
            return await self._error(self._predictions, who, allowed)
        return None

    async def _error(self, item: RateLimitItem, who: str, allowed: str) -> TooManyRequestsError:
        stats = await self._limiter.get_window_stats(item, who)
        return TooManyRequestsError(allowed, retry_after_s=max(1, math.ceil(stats.reset_time - time.time())))


def address(scope: Scope) -> str:
    """Return the address from which a request comes."""
    client = scope.get("client")
    return f"address {client[0] if client else NOBODY}"
