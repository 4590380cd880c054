"""How many jobs there are, by queue and state: what an operator watches."""

from typing import NamedTuple

from sqlalchemy import case, func, select

from backend.jobs.ledger import Ledger
from backend.jobs.tables import JobRecord


class JobCounts(NamedTuple):
    """The jobs of one queue in one state."""

    queue: str
    state: str
    n_jobs: int
    n_published: int  # whose ids are in the queue
    oldest: float  # when the oldest was asked for
    n_restarts: int  # starts after the first
    n_losses: int  # workers that they have lost


def count_jobs(ledger: Ledger) -> list[JobCounts]:
    """Count the jobs of the ledger in one query."""
    restarts = func.sum(case((JobRecord.attempt > 1, JobRecord.attempt - 1), else_=0))
    numbers = (func.count(), func.count(JobRecord.published), func.min(JobRecord.created), restarts,
               func.sum(JobRecord.losses))  # fmt: skip
    query = select(JobRecord.queue, JobRecord.state, *numbers).group_by(JobRecord.queue, JobRecord.state)
    with ledger.reading() as connection:
        return [JobCounts(*row) for row in connection.execute(query)]
