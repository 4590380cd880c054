"""Python's search for unreachable objects: kept away from what a process keeps for good, and made less often."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# New objects after which Python searches; by itself after 700. A few requests under way have more, all of them in use:
# with 64 clients these searches took 8 % of the event loop's time. Above 2,000 there is nothing more to gain.
SEARCHED_AFTER: Final = 2_000


@contextmanager
def lasting_objects() -> Iterator[None]:
    """Search from here on only what is made later, and less often, until the context ends.

    Networks, motifs and libraries are half a million objects: to look through them stops all requests for 0.4 s, and
    the load of 64 clients brings that about every few hundred requests.
    """
    by_itself = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(SEARCHED_AFTER, *by_itself[1:])
    try:
        yield
    finally:
        gc.set_threshold(*by_itself)
        gc.unfreeze()


def keep_more() -> None:
    """Leave out also what has been loaded since."""
    if gc.get_freeze_count():
        gc.freeze()
