"""The end of what old jobs have written: rows stay, files go."""

from backend.jobs.files import job_folder
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
