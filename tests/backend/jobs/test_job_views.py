"""What PostgreSQL and SQLite do not agree on must not be seen from outside."""

import pytest

from backend.jobs.leases import claim
from backend.jobs.ledger import note
from backend.jobs.submissions import Limits, submit
from backend.services.errors import JobNotFoundError
from backend.services.job_views import JobFilter, describe, list_jobs, readable_job

WIDE = Limits(1000, 1000)


def test_a_character_that_postgresql_refuses_is_no_error(ledger, new_job):
    job_id = submit(ledger, new_job(1), limits=WIDE)
    with pytest.raises(JobNotFoundError):
        readable_job(ledger, "\0", asker="ada")
    assert list_jobs(ledger, JobFilter(search="pro\0be"), owner="ada", running_per_user=2).total == 1
    with ledger.writing() as connection:
        note(connection, job_id, "a\0b", at=ledger.clock(), attempt=0)
    assert describe(ledger, job_id, asker="ada", running_per_user=2).log[-1].message == "ab"


def test_a_list_says_of_every_job_what_it_waits_for(ledger, new_job):
    from backend.jobs.processes import beat

    beat(ledger, "d", role="dispatcher")
    beat(ledger, "w", role="fast")
    ids = [submit(ledger, new_job(n, owner=owner), limits=WIDE) for n, owner in enumerate(["ada", "ada", "bob"])]
    claim(ledger, ids[0], worker="w")
    listed = {
        owner: {job.id: job.waiting_for for job in list_jobs(ledger, JobFilter(), owner=owner, running_per_user=1).jobs}
        for owner in ("ada", "bob")
    }
    assert listed == {
        "ada": {ids[0]: None, ids[1]: "one of your 1 running jobs to end"},
        "bob": {ids[2]: "a free worker"},
    }
