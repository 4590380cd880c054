"""Who works on a job: claims by compare-and-set, leases that must be renewed, results accepted by token."""

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Row, func, select

from backend.jobs.ledger import Ledger, change, move, note, rows
from backend.jobs.states import HELD
from backend.jobs.tables import JobRecord
from backend.schemas.jobs import JobState


class Standing(Enum):
    """What a worker learns when it renews its lease."""

    GO_ON = "go on"
    CANCEL = "cancel"
    OUT_OF_TIME = "out of time"
    LOST = "lost"


@dataclass(frozen=True)
class Claim:
    """A job in the hands of a worker. The token fences: what comes with another one is refused."""

    job_id: str
    token: str
    attempt: int
    job: Row[Any]


def claim(ledger: Ledger, job_id: str, *, worker: str) -> Claim | None:
    """Take a job that waits; None if it does not, because it was cancelled or another worker has it."""
    now, token = ledger.clock(), secrets.token_hex(16)
    with ledger.writing() as connection:
        waiting = rows(connection, JobRecord.id == job_id, JobRecord.state == JobState.QUEUED, locked=True)
        if not waiting:
            return None
        attempt = waiting[0].attempt + 1
        move(
            connection,
            JobState.RUNNING,
            JobRecord.id == job_id,
            token=token,
            lease=now + ledger.lease_s,
            deadline=now + waiting[0].limit_s,
            worker=worker,
            attempt=attempt,
            started=now,
            published=None,
            reason=_why_again(waiting[0], ledger.attempts),
            progress=None,
            files=[file for file in waiting[0].files if file["partial"]],
        )
        note(connection, job_id, f"Started by {worker}.", at=now, attempt=attempt)
        return Claim(job_id, token, attempt, rows(connection, JobRecord.id == job_id)[0])


def renew(ledger: Ledger, held: Claim) -> Standing:
    """Keep a job for another lease, and learn whether to go on.

    A lease that is over and that nobody has taken back has been slept through, as when a laptop is closed, or the clock
    was set: that is not time that the job has used.
    """
    now = ledger.clock()
    with ledger.writing() as connection:
        mine = rows(connection, *_held(held), locked=True)
        if not mine:
            return Standing.LOST
        deadline = mine[0].deadline + max(0.0, now - mine[0].lease)
        change(connection, *_held(held), lease=now + ledger.lease_s, deadline=deadline)
    if mine[0].state == JobState.CANCELLING:
        return Standing.CANCEL
    return Standing.OUT_OF_TIME if now > deadline else Standing.GO_ON


def write(ledger: Ledger, held: Claim, **values: Any) -> bool:
    """Write something about a job that is still held; False if it is not."""
    with ledger.writing() as connection:
        return bool(change(connection, *_held(held), **values))


def log(ledger: Ledger, held: Claim, message: str) -> None:
    """Add a line to the log of a job that is still held."""
    with ledger.writing() as connection:
        if rows(connection, *_held(held)):
            note(connection, held.job_id, message, at=ledger.clock(), attempt=held.attempt)


def finish(ledger: Ledger, held: Claim, state: JobState, *, message: str, **values: Any) -> bool:
    """End a job that is still held; False if the token is an old one. Whatever `values` name is durable before."""
    now = ledger.clock()
    ended = {"finished": now, "expires": now + ledger.kept_s, "token": None, "lease": None, "worker": None}
    commits = {"commits": JobRecord.commits + 1} if state == JobState.SUCCEEDED else {}
    with ledger.writing() as connection:
        if not move(connection, state, *_held(held), **ended, **commits, **values):
            return False
        note(connection, held.job_id, message, at=now, attempt=held.attempt)
        return True


def give_back(ledger: Ledger, *, worker: str) -> int:
    """Return what a worker that is about to end holds to the queue; it does not count as a loss."""
    now, reason = ledger.clock(), "the worker is restarting; the job goes on elsewhere"
    with ledger.writing() as connection:
        held = rows(connection, JobRecord.worker == worker, JobRecord.state == JobState.RUNNING, locked=True)
        for job in held:
            _release(connection, job, JobState.QUEUED, reason, at=now, published=None)
        return len(held)


def count_held(ledger: Ledger, *, worker: str) -> int:
    """Count the jobs that a worker holds."""
    held = select(func.count()).where(JobRecord.worker == worker, JobRecord.state.in_(HELD))
    with ledger.reading() as connection:
        return connection.scalar(held) or 0


def reap(ledger: Ledger) -> int:
    """Take the jobs of silent workers away from them: back into the queue, or ended if that was the last attempt."""
    now = ledger.clock()
    with ledger.writing() as connection:
        silent = rows(connection, JobRecord.state.in_(HELD), JobRecord.lease < now, locked=True)
        for job in silent:
            _take_away(connection, job, ledger, now=now)
        return len(silent)


def too_long(job: Row[Any]) -> str:
    """Say why a job was ended when its time was over."""
    return f"it took longer than the {job.limit_s:,} s that a job of this kind may"


def superseded(ledger: Ledger, held: Claim) -> bool:
    """Return whether nobody will ask any more for what this attempt has written."""
    with ledger.reading() as connection:
        return not rows(connection, JobRecord.id == held.job_id, JobRecord.attempt == held.attempt)


def postpone(ledger: Ledger, job_id: str, *, reason: str) -> None:
    """Leave a waiting job to another worker, and say why."""
    with ledger.writing() as connection:
        change(connection, JobRecord.id == job_id, JobRecord.state == JobState.QUEUED, reason=reason)


def _why_again(job: Row[Any], attempts: int) -> str | None:
    """Say why a job is started once more."""
    if job.losses:
        return f"worker lost, retrying {job.losses + 1} of {attempts}"
    return f"started again, attempt {job.attempt + 1}" if job.attempt else None


def _held(held: Claim) -> tuple[Any, ...]:
    return JobRecord.id == held.job_id, JobRecord.token == held.token, JobRecord.state.in_(HELD)


def _take_away(connection: Any, job: Row[Any], ledger: Ledger, *, now: float) -> None:
    """Decide what becomes of a job whose worker is gone.

    What counts is when the worker was last heard of: a night without power must not use up the time of a job.
    """
    losses = job.losses + 1
    ended = {"finished": now, "expires": now + ledger.kept_s}
    if job.state == JobState.CANCELLING:
        _release(connection, job, JobState.CANCELLED, "cancelled; the worker was lost meanwhile", at=now, **ended)
    elif job.lease - ledger.lease_s > job.deadline:
        _release(connection, job, JobState.TIMED_OUT, too_long(job), at=now, **ended)
    elif losses >= ledger.attempts:
        reason = f"the worker died {losses} times while it worked on this job"
        failure = {"title": "The worker died", "detail": f"{reason.capitalize()}. The log has its last lines."}
        _release(connection, job, JobState.FAILED, reason, at=now, losses=losses, failure=failure, **ended)
    else:
        reason = f"worker lost, retrying {losses + 1} of {ledger.attempts}"
        _release(connection, job, JobState.QUEUED, reason, at=now, losses=losses, published=None)


def _release(connection: Any, job: Row[Any], state: JobState, reason: str, *, at: float, **values: Any) -> None:
    """Take a job, locked, out of the hands that hold it."""
    move(connection, state, JobRecord.id == job.id, reason=reason, token=None, lease=None, worker=None, **values)
    note(connection, job.id, f"{reason.capitalize()}.", at=at, attempt=job.attempt)
