"""The end of what old jobs have written: rows stay, files go."""

from sqlalchemy import select

from backend.jobs.files import JOBS, job_folder
from backend.jobs.ledger import Ledger, change, rows
from backend.jobs.storage import Storage
from backend.jobs.tables import JobRecord


def remove_expired(ledger: Ledger, storage: Storage) -> int:
    """Remove the files of the finished jobs whose time is over, and return how many jobs these are.

    They are marked first, so that nobody is shown half of them.
    """
    now = ledger.clock()
    with ledger.writing() as connection:
        over = [row.id for row in rows(connection, JobRecord.expires <= now, JobRecord.expired.is_(False))]
        change(connection, JobRecord.id.in_(over), expired=True, files=[], live=None)
    for job_id in over:
        storage.remove(job_folder(job_id))
    return len(over)


def remove_forgotten(ledger: Ledger, storage: Storage) -> int:
    """Remove what a crash has left: files of expired jobs, and files of no job that are as old as expired ones.

    The age spares the files of jobs that are just coming in, and of all jobs where the ledger is for a while another
    one than theirs.
    """
    folders = storage.names(JOBS)
    with ledger.reading() as connection:
        expired = dict(connection.execute(select(JobRecord.id, JobRecord.expired)).all())
    oldest = ledger.clock() - ledger.kept_s
    over = [
        name for name in folders if (expired[name] if name in expired else storage.changed(job_folder(name)) < oldest)
    ]
    for name in over:
        storage.remove(job_folder(name))
    return len(over)
