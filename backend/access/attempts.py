"""How often somebody may try to sign in."""

import math
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from backend.access.errors import TooManySignInsError

PER_NAME_AND_ADDRESS: Final = RateLimitItemPerMinute(5)
PER_NAME: Final = RateLimitItemPerMinute(30)  # from many addresses
PER_ADDRESS: Final = RateLimitItemPerMinute(60)  # of many names; a lab may share one address


class SignInLimit:
    """Counts attempts in this process; a success forgets those under the same name."""

    def __init__(self) -> None:
        # Not the exact moving window: in memory, that never forgets a name, and any may be tried.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, name: str, address: str) -> None:
        """Count an attempt; raises `TooManySignInsError`."""
        for limit, who in _limits(name, address):
            if not self._limiter.hit(limit, *who):
                reset = self._limiter.get_window_stats(limit, *who).reset_time
                raise TooManySignInsError(max(1, math.ceil(reset - time.time())))

    def forget(self, name: str, address: str) -> None:
        """Start anew for somebody who has signed in."""
        for limit, who in _limits(name, address)[:2]:
            self._limiter.clear(limit, *who)


def _limits(name: str, address: str) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
    return (
        (PER_NAME_AND_ADDRESS, ("both", name, address)),
        (PER_NAME, ("name", name)),
        (PER_ADDRESS, ("address", address)),
    )
