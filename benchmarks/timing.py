"""Seconds of the processor, so that what else the machine does counts for little; ours and theirs in turns."""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Pair(NamedTuple):
    """Median seconds of both."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """Return how many times as fast ours is."""
        return self.theirs / self.ours


def interleaved(
    ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int = 7, warm: bool = False
) -> Pair:
    """Run both in turns, once each before it counts where they are not warm yet."""
    if not warm:
        ours()
        theirs()
    pairs = [(cpu_seconds(ours), cpu_seconds(theirs)) for _ in range(rounds)]
    mine, others = zip(*pairs, strict=True)
    return Pair(statistics.median(mine), statistics.median(others))


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the seconds of the processor that the work takes, in all threads of this process."""
    started = time.process_time()
    work()
    return time.process_time() - started
