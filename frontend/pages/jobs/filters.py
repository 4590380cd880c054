"""The states by which the list is filtered, in groups that people ask for."""

from collections.abc import Mapping

from backend.schemas.jobs import JobState

STATE_FILTERS: dict[str, tuple[JobState, ...]] = {
    "all": (),
    "active": (JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING),
    "succeeded": (JobState.SUCCEEDED,),
    "failed": (JobState.FAILED, JobState.TIMED_OUT),
    "cancelled": (JobState.CANCELLED,),
}


def filter_options(counts: Mapping[JobState, int]) -> list[dict[str, str]]:
    """Name the groups, each with how many jobs it has."""
    return [{"value": name, "label": _label(name, states, counts)} for name, states in STATE_FILTERS.items()]


def _label(name: str, states: tuple[JobState, ...], counts: Mapping[JobState, int]) -> str:
    n = sum(counts.get(state, 0) for state in states)
    return f"{name.capitalize()} ({n:,})" if n else name.capitalize()
