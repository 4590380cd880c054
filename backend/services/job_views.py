"""Jobs as they go over the wire."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, or_, select

from backend.jobs.dispatch import owners_of_held
from backend.jobs.ledger import Ledger, rows, without_nul
from backend.jobs.processes import DISPATCHER, living
from backend.jobs.submissions import count_by_state
from backend.jobs.tables import EventRecord, JobRecord
from backend.schemas.jobs import Job, JobEvent, JobFile, JobList, JobRow, JobState
from backend.services.errors import JobNotFoundError
from backend.services.job_kinds import JOB_KINDS

LOG_LINES = 100
SHORT = {"id", "kind", "title", "state", "reason", "queue", "attempt", "expired", "progress", "shared"}
TIMES = ("created", "started", "finished", "expires")
LISTED = [getattr(JobRecord, name) for name in (*SHORT, *TIMES, "owner")]
WHOLE = {"parameters", "rerun_of", "inputs", "estimate_s", "summary", "checkpoints", "failure", "digest", "versions",
         "revision"}  # fmt: skip


class JobFilter(NamedTuple):
    """Which jobs a list is to show."""

    states: Sequence[JobState] = ()
    kind: str | None = None
    search: str = ""
    offset: int = 0
    limit: int = 50


def own_job(ledger: Ledger, job_id: str, *, owner: str) -> Row[Any]:
    """Return the row of a job that somebody has asked for; raises `JobNotFoundError`, also for one of others."""
    return _job(ledger, job_id, JobRecord.owner == owner)


def readable_job(ledger: Ledger, job_id: str, *, asker: str) -> Row[Any]:
    """Return the row of a job that somebody may look at: their own, or a shared one. Raises `JobNotFoundError`."""
    return _job(ledger, job_id, or_(JobRecord.owner == asker, JobRecord.shared))


def _job(ledger: Ledger, job_id: str, allowed: ColumnElement[bool]) -> Row[Any]:
    with ledger.reading() as connection:
        found = rows(connection, JobRecord.id == without_nul(job_id), allowed)
    if not found:
        raise JobNotFoundError
    return found[0]


def list_jobs(ledger: Ledger, chosen: JobFilter, *, owner: str, running_per_user: int) -> JobList:
    """List the jobs of somebody, newest first."""
    where = list(_conditions(chosen, owner))
    shown = [*where, JobRecord.state.in_(chosen.states)] if chosen.states else where
    with ledger.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(JobRecord).where(*shown)) or 0
        newest = select(*LISTED).where(*shown).order_by(JobRecord.created.desc(), JobRecord.id)
        found = connection.execute(newest.offset(chosen.offset).limit(chosen.limit)).all()
    waits = _Waiting(ledger, running_per_user)
    counts = {JobState(state): n for state, n in count_by_state(ledger, *where).items()}
    return JobList(jobs=[JobRow(**_row(job, owner, waits)) for job in found], total=total, counts=counts)


def describe(ledger: Ledger, job_id: str, *, asker: str, running_per_user: int) -> Job:
    """Describe one job with everything about it."""
    job = readable_job(ledger, job_id, asker=asker)
    with ledger.reading() as connection:
        newest = select(EventRecord).where(EventRecord.job_id == job_id).order_by(EventRecord.id.desc())
        lines = connection.execute(newest.with_only_columns(EventRecord.__table__).limit(LOG_LINES)).all()
    return Job(
        **_row(job, asker, _Waiting(ledger, running_per_user)),
        **{name: getattr(job, name) for name in WHOLE},
        deadline_s=job.limit_s,
        files=[JobFile.model_validate(file) for file in job.files],
        has_live=job.live is not None,
        log=[JobEvent(at=_time(line.at), attempt=line.attempt, message=line.message) for line in reversed(lines)],
    )


def _conditions(chosen: JobFilter, owner: str) -> Any:
    yield JobRecord.owner == owner
    if chosen.kind:
        yield JobRecord.kind == chosen.kind
    if text := without_nul(chosen.search).strip():
        yield or_(JobRecord.title.icontains(text, autoescape=True), JobRecord.id.istartswith(text, autoescape=True))


def _row(job: Row[Any], asker: str, waits: "_Waiting") -> dict[str, Any]:
    known = job.kind in JOB_KINDS
    return {
        **{name: getattr(job, name) for name in SHORT},
        "kind_title": JOB_KINDS.get(job.kind).title if known else job.kind,
        "is_mine": job.owner == asker,
        "waiting_for": waits.reason(job) if job.state == JobState.QUEUED else None,
        **{name: _time(getattr(job, name)) for name in TIMES},
    }


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class _Waiting:
    """Why jobs wait; asked of the ledger once for a whole list, and only if one waits."""

    def __init__(self, ledger: Ledger, running_per_user: int) -> None:
        self._ledger, self._running_per_user = ledger, running_per_user
        self._processes: dict[str, list[str | None]] | None = None
        self._owners: dict[str, list[str]] = {}

    def reason(self, job: Row[Any]) -> str:
        """Say what a job waits for."""
        if self._processes is None:
            self._processes = living(self._ledger)
        if DISPATCHER not in self._processes:
            return "the dispatcher, which is not running; the job starts when it is back"
        if note := self._processes[DISPATCHER][0]:
            return note
        if job.queue not in self._processes:
            return f"a worker for {job.queue} jobs, none of which is running"
        if job.queue not in self._owners:
            with self._ledger.reading() as connection:
                self._owners[job.queue] = owners_of_held(connection, job.queue)
        owners = self._owners[job.queue]
        if owners.count(job.owner) >= self._running_per_user:
            return f"one of your {self._running_per_user} running jobs to end"
        return "a free worker" if owners else "its start, in a moment"
