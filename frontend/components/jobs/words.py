"""Times, counts and states in words; knows no Dash."""

from datetime import UTC, datetime

from backend.schemas.jobs import JobProgress, JobState

MINUTE, HOUR, DAY = 60, 3600, 86400
STATE_WORDS = {
    JobState.QUEUED: "Queued",
    JobState.RUNNING: "Running",
    JobState.CANCELLING: "Cancelling",
    JobState.SUCCEEDED: "Succeeded",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
    JobState.TIMED_OUT: "Out of time",
}


def duration(seconds: float) -> str:
    """Write a length of time for a person: about as exact as it is long."""
    if seconds < 1:
        return "less than 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * MINUTE:
        return f"{seconds / MINUTE:.0f} min"
    if seconds < 2 * DAY:
        return f"{round(seconds / HOUR, 1):g} h"
    return f"{seconds / DAY:.0f} days"


def ago(moment: datetime, *, now: datetime) -> str:
    """Say how long ago a moment was; after a day the date says more."""
    passed = (now - moment).total_seconds()
    if passed < 10:
        return "just now"
    return f"{duration(passed)} ago" if passed < DAY else f"{moment.astimezone(UTC):%d %b %Y}"


def moment(at: datetime) -> str:
    """Write a moment in full."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def share(progress: JobProgress) -> float:
    """Return how much is done, in percent."""
    return min(100.0, 100 * progress.done / progress.total) if progress.total else 0.0


def progress_words(progress: JobProgress) -> str:
    """Say how far, how fast, how long still."""
    parts = [f"{progress.done:,} of {progress.total:,} {progress.unit}"]
    if progress.per_second:
        parts.append(f"{_rate(progress.per_second)} {progress.unit}/s")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return " · ".join(parts)


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
