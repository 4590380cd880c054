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
    kept_s : float
        Seconds that the files of a finished job are kept.
    clock : callable
        Seconds since 1970; hosts that share a ledger must agree on it to a small part of `lease_s`.
    """

    engine: Engine
    lease_s: float
    attempts: int
    kept_s: float
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
    kept_s = settings.job_kept_days * 86_400
    return Ledger(engine, lease_s=settings.job_lease_s, attempts=settings.job_attempts, kept_s=kept_s)


def change(connection: Connection, *where: Any, **values: Any) -> int:
    """Write values into the jobs that meet all conditions, counting the change; return how many there were."""
    statement = update(JobRecord).where(*where).values(revision=JobRecord.revision + 1, **values)
    result: CursorResult[Any] = connection.execute(statement)
    return result.rowcount


def move(connection: Connection, state: JobState, *where: Any, **values: Any) -> int:
    """Take the jobs that meet all conditions, and that may enter `state`, into it."""
    return change(connection, JobRecord.state.in_(may_precede(state)), *where, state=state, **values)


def without_nul(text: str) -> str:
    """Leave out the one character that PostgreSQL refuses in a text."""
    return text.replace("\0", "")


def note(connection: Connection, job_id: str, message: str, *, at: float, attempt: int) -> None:
    """Add a line to a job's log."""
    line = without_nul(message)[:LONGEST_MESSAGE]
    connection.execute(insert(EventRecord).values(job_id=job_id, at=at, attempt=attempt, message=line))


def rows(connection: Connection, *where: Any, locked: bool = False) -> Sequence[Row[Any]]:
    """Return the jobs that meet all conditions, oldest first.

    Nobody else changes `locked` ones before the transaction ends. On SQLite that is so in every one that writes.
    """
    query = select(JobRecord.__table__).where(*where).order_by(JobRecord.created)
    return connection.execute(query.with_for_update() if locked else query).all()
