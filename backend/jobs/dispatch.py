"""Which waiting jobs are to be published to the queue: the outbox.

Only ids are published, and publishing one twice is harmless: the second claim finds nothing. So a queue that was
flushed, or whose messages were lost on the way, costs a few seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from backend.jobs.ledger import Ledger, change
from backend.jobs.states import HELD
from backend.jobs.tables import JobRecord
from backend.schemas.jobs import JobState

LOST_AFTER_S: Final = 8.0  # messages are lost if the queue holds fewer than it should, and for so long nobody came
MOST_PUBLISHED: Final = 200  # of a queue, so that its memory never fills; a worker takes one at a time
DOUBTED_AFTER_S: Final = 300.0  # or if the queue has not delivered one for so long, whatever it holds


def due(ledger: Ledger, queue: str, *, running_per_user: int, backlog: Callable[[], int]) -> list[str]:
    """Return the jobs to publish now, in the order in which they should start.

    Users take turns, and none has more than `running_per_user` jobs published or running at a time. Those whose turn
    comes late stay in the ledger until others have gone. `backlog` counts the messages in the queue; it is asked only
    when some may have been lost.
    """
    now = ledger.clock()
    chosen = _take_turns(ledger, queue, running_per_user)[:MOST_PUBLISHED]
    new = [job for job in chosen if job.published is None]
    out = [job for job in chosen if job.published is not None]
    age = {job.id: abs(now - job.published) for job in out}  # a clock that was set back must not hold jobs up
    old = [job for job in out if age[job.id] > LOST_AFTER_S]
    if old and backlog() >= len(out):
        old = [job for job in old if age[job.id] > DOUBTED_AFTER_S]
    again = {job.id for job in (*new, *old)}
    return [str(job.id) for job in chosen if job.id in again]


def mark_published(ledger: Ledger, job_id: str) -> None:
    """Remember that a job's id went into the queue."""
    with ledger.writing() as connection:
        change(connection, JobRecord.id == job_id, JobRecord.state == JobState.QUEUED, published=ledger.clock())


def owners_of_held(connection: Connection, queue: str) -> list[str]:
    """Return whose jobs are running, a user once per job."""
    query = select(JobRecord.owner).where(JobRecord.state.in_(HELD), JobRecord.queue == queue)
    return list(connection.scalars(query))


def _take_turns(ledger: Ledger, queue: str, running_per_user: int) -> list[Row[Any]]:
    """Choose the oldest jobs of each user, first the first of everybody, then the second, ..."""
    columns = (JobRecord.id, JobRecord.owner, JobRecord.published, JobRecord.created)
    with ledger.reading() as connection:
        waiting = connection.execute(
            select(*columns)
            .where(JobRecord.state == JobState.QUEUED, JobRecord.queue == queue)
            .order_by(JobRecord.created)
        ).all()
        running = Counter(owners_of_held(connection, queue))
    turns: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for job in waiting:
        turn = running[job.owner] + turns[job.owner]
        turns[job.owner] += 1
        if turn < running_per_user:
            ranked.append((turn, job.created, job))
    return [job for _, _, job in sorted(ranked, key=lambda item: item[:2])]
