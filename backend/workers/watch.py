"""Whether a worker that lives also works: what a supervisor cannot see from outside."""

import time
from collections.abc import Callable
from typing import Any, Final

# Without a sign of the loop, or a quarter of the patience where that is less; then a new connection asks the queue.
WORRIED_AFTER_S: Final = 15.0


class Watch:
    """Two ways to live without working, each noticed after `patience_s`.

    The loop that takes messages hangs, or its link is dead and it has not noticed, though the queue answers others. Or
    a process of the pool has taken a job and does nothing about it, as one that was stopped: its lease has ended, and
    the ledger no longer counts the job as this worker's.
    """

    def __init__(
        self,
        *,
        patience_s: float,
        n_taken: Callable[[], int],
        n_held: Callable[[], int],
        queue_answers: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience_s, self._clock = patience_s, clock
        self._n_taken, self._n_held, self._queue_answers = n_taken, n_held, queue_answers
        self._looked = self._loop_seen = self._pool_seen = clock()

    def loop_turns(self, **_: Any) -> None:
        """Note that the loop has sent a sign of life through its link."""
        self._loop_seen = self._clock()

    def complaint(self) -> str | None:
        """Say what is wrong; None if nothing is, or not for long enough."""
        now = self._clock()
        if now - self._looked > self._patience_s:  # it was stopped itself, as when a laptop sleeps
            self._loop_seen = self._pool_seen = now
        self._looked = now
        n_taken = self._n_taken()
        if not n_taken or n_taken <= self._n_held():
            self._pool_seen = now
        if now - self._loop_seen > min(WORRIED_AFTER_S, self._patience_s / 4) and not self._queue_answers():
            # It is the queue that is away; the worker finds it again by itself, and only then hears from its pool.
            self._loop_seen = self._pool_seen = now
        if now - self._loop_seen > self._patience_s:
            return f"its loop has not turned for {now - self._loop_seen:.0f} s though the queue answers"
        if now - self._pool_seen > self._patience_s:
            return f"a process of its pool has done nothing about its job for {now - self._pool_seen:.0f} s"
        return None
