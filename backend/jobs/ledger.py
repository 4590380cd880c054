"""The ledger: one database, and how every change to a job is written."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Row, insert, select, update

from backend.config import Settings
from backend.jobs.database import WRITES, open_database
from backend.jobs.states import may_precede
from backend.jobs.tables import EventRecord, JobRecord
from backend.schemas.jobs import JobState

LONGEST_MESSAGE = 2000


@dataclass(frozen=True)
class Ledger:
    """The database with the rules of leases.

    Attributes
    ----------
    lease_s : float
        A job whose worker has been silent for so long belongs to nobody.
    attempts : int
        Workers that one job may lose.
    clock : callable
        Seconds since 1970; hosts that share a ledger must agree on it to a small part of `lease_s`.
    """

    engine: Engine
    lease_s: float
    attempts: int
    clock: Callable[[], float] = time.time

    def reading(self) -> Any:
        """Open a transaction that reads."""
        return self.engine.begin()

    def writing(self) -> Any:
        """Open a transaction that writes."""
        return self.engine.execution_options(**WRITES).begin()


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger that the settings name; its tables are made by `backend.jobs.database.migrate`."""
    engine = open_database(settings.ledger_url)
    return Ledger(engine, lease_s=settings.job_lease_s, attempts=settings.job_attempts)


def change(connection: Connection, *where: Any, **values: Any) -> int:
    """Write values into the jobs that meet all conditions, counting the change; return how many there were."""
    statement = update(JobRecord).where(*where).values(revision=JobRecord.revision + 1, **values)
    result: CursorResult[Any] = connection.execute(statement)
    return result.rowcount


def move(connection: Connection, state: JobState, *where: Any, **values: Any) -> int:
    """Take the jobs that meet all conditions, and that may enter `state`, into it."""
    return change(connection, JobRecord.state.in_(may_precede(state)), *where, state=state, **values)


def note(connection: Connection, job_id: str, message: str, *, at: float, attempt: int) -> None:
    """Add a line to a job's log."""
    line = message[:LONGEST_MESSAGE]
    connection.execute(insert(EventRecord).values(job_id=job_id, at=at, attempt=attempt, message=line))


def rows(connection: Connection, *where: Any) -> Sequence[Row[Any]]:
    """Return the jobs that meet all conditions, oldest first."""
    return connection.execute(select(JobRecord.__table__).where(*where).order_by(JobRecord.created)).all()
