"""Jobs that come in, are cancelled, and go."""

import json
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from backend.jobs.database import SUBMISSION_LOCK, alone
from backend.jobs.ledger import Ledger, change, move, note, rows
from backend.jobs.states import UNFINISHED
from backend.jobs.tables import JobRecord
from backend.schemas.jobs import FINISHED, JobState


class TooManyJobsError(Exception):
    """A user, or all users together, have as many unfinished jobs as they may."""

    def __init__(self, n: int, *, limit: int, mine: bool) -> None:
        self.n, self.limit, self.mine = n, limit, mine
        whose = "You have" if mine else "All users together have"
        super().__init__(
            f"{whose} {n:,} jobs that wait or run, of {limit:,} that may. Try again when one of them has finished, or "
            "cancel one."
        )


class KeyReusedError(Exception):
    """An idempotency key that came with another request before."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request before. Send a new key with a new request.")


class NewJob(NamedTuple):
    """What is known of a job when it comes in."""

    id: str
    kind: str
    title: str
    queue: str
    owner: str
    parameters: dict[str, Any]
    inputs: list[dict[str, Any]]
    rerun_of: str | None
    idempotency_key: str | None
    nominal_s: float
    estimate_s: float
    limit_s: int
    versions: dict[str, str]


class Limits(NamedTuple):
    """How many jobs may wait or run."""

    per_user: int
    in_all: int


def request_digest(job: NewJob) -> str:
    """Return a digest of what was asked for; equal requests have equal digests."""
    asked = [job.kind, job.title, job.parameters, job.rerun_of]
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def find_by_key(ledger: Ledger, job: NewJob) -> str | None:
    """Return the job that the same request has brought about before; raises `KeyReusedError`."""
    with ledger.reading() as connection:
        return _same(connection, job)


def submit(ledger: Ledger, job: NewJob, *, limits: Limits) -> str:
    """Write a job down and return its id: its own, or that of an equal request with the same key.

    The row is on the disk when this returns.
    """
    with ledger.writing() as connection:
        alone(connection, SUBMISSION_LOCK)  # else two that are counted at once are both let in
        if (same := _same(connection, job)) is not None:
            return same
        _make_room(connection, job, limits)
        now = ledger.clock()
        values = {"request_digest": request_digest(job), "state": JobState.QUEUED, "created": now}
        empty: dict[str, Any] = {"files": [], "checkpoints": [], "summary": {}}
        connection.execute(insert(JobRecord).values(**job._asdict(), **values, **empty))
        note(connection, job.id, "Accepted.", at=now, attempt=0)
    return job.id


def _same(connection: Connection, job: NewJob) -> str | None:
    """Return the job that has the key of this one, if it was asked for in the same words."""
    if job.idempotency_key is None:
        return None
    found = rows(connection, JobRecord.owner == job.owner, JobRecord.idempotency_key == job.idempotency_key)
    if found and found[0].request_digest != request_digest(job):
        raise KeyReusedError
    return str(found[0].id) if found else None


def _make_room(connection: Connection, job: NewJob, limits: Limits) -> None:
    """Refuse a job above the limits."""
    owners = connection.scalars(select(JobRecord.owner).where(JobRecord.state.in_(UNFINISHED))).all()
    n_mine = owners.count(job.owner)
    if n_mine >= limits.per_user:
        raise TooManyJobsError(n_mine, limit=limits.per_user, mine=True)
    if len(owners) >= limits.in_all:
        raise TooManyJobsError(len(owners), limit=limits.in_all, mine=False)


def request_cancellation(ledger: Ledger, job_id: str) -> None:
    """Cancel a job that waits, at once; ask one that runs to stop. A finished one is left alone."""
    now = ledger.clock()
    with ledger.writing() as connection:
        waited = move(
            connection,
            JobState.CANCELLED,
            JobRecord.id == job_id,
            JobRecord.state == JobState.QUEUED,
            reason="cancelled before it was started",
            finished=now,
            expires=now + ledger.kept_s,
        )
        if waited:
            note(connection, job_id, "Cancelled before it was started.", at=now, attempt=0)
        elif move(connection, JobState.CANCELLING, JobRecord.id == job_id, reason="waiting for the worker to stop"):
            note(connection, job_id, "Asked to stop.", at=now, attempt=0)


def set_shared(ledger: Ledger, job_id: str, shared: bool) -> None:
    """Let others look at a job, or end that."""
    with ledger.writing() as connection:
        change(connection, JobRecord.id == job_id, shared=shared)


def remove(ledger: Ledger, job_id: str) -> bool:
    """Forget a finished job and, by the tables' cascade, its log; False if it is not finished."""
    with ledger.writing() as connection:
        result = connection.execute(delete(JobRecord).where(JobRecord.id == job_id, JobRecord.state.in_(FINISHED)))
        return bool(result.rowcount)


def speed_ratio(ledger: Ledger, kind: str, *, of_last: int = 10) -> float:
    """Return how much longer jobs of a kind take here than the kind says: the median over the last that succeeded."""
    ran = (JobRecord.finished - JobRecord.started) / JobRecord.nominal_s
    query = (
        select(ran)
        .where(JobRecord.kind == kind, JobRecord.state == JobState.SUCCEEDED, JobRecord.losses == 0)
        .where(JobRecord.nominal_s > 0)
        .order_by(JobRecord.finished.desc())
        .limit(of_last)
    )
    with ledger.reading() as connection:
        ratios = sorted(float(ratio) for ratio in connection.scalars(query))
    return ratios[len(ratios) // 2] if ratios else 1.0


def count_by_state(ledger: Ledger, *where: Any) -> dict[str, int]:
    """Count the jobs that meet all conditions by state."""
    with ledger.reading() as connection:
        query = select(JobRecord.state, func.count()).where(*where).group_by(JobRecord.state)
        return {str(state): int(n) for state, n in connection.execute(query)}
