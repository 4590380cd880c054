"""The life of a job: which state may follow which, as data."""

from collections.abc import Mapping
from typing import Final

from backend.schemas.jobs import JobState as State

TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    # Back to queued: the worker was lost, or is being shut down.
    State.RUNNING: frozenset({State.SUCCEEDED, State.FAILED, State.TIMED_OUT, State.CANCELLING, State.QUEUED}),
    # A job that ends while it is asked to stop has ended; what it wrote is kept.
    State.CANCELLING: frozenset({State.CANCELLED, State.SUCCEEDED, State.FAILED, State.TIMED_OUT}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.TIMED_OUT: frozenset(),
}
HELD: Final = (State.RUNNING, State.CANCELLING)
UNFINISHED: Final = (State.QUEUED, *HELD)


def may_precede(state: State) -> tuple[State, ...]:
    """Return the states from which a job may enter `state`."""
    return tuple(before for before, after in TRANSITIONS.items() if state in after)
