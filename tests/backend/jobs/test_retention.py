"""The files of jobs whose time is over go, whatever fails in between; those of others stay."""

import os

import pytest

from backend.jobs.files import input_path
from backend.jobs.ledger import change
from backend.jobs.retention import remove_expired, remove_forgotten
from backend.jobs.storage import Storage
from backend.jobs.submissions import Limits, submit
from backend.jobs.tables import JobRecord

WIDE = Limits(1000, 1000)


@pytest.fixture
def storage(tmp_path):
    return Storage(str(tmp_path / "storage"))


@pytest.fixture
def job_id(ledger, new_job, storage):
    job_id = submit(ledger, new_job(1), limits=WIDE)
    storage.write(input_path(job_id, "file"), b"a copy")
    return job_id


def test_files_that_could_not_be_removed_at_first_are_removed_later(ledger, storage, job_id, clock, monkeypatch):
    with ledger.writing() as connection:
        change(connection, JobRecord.id == job_id, state="succeeded", expires=clock.now)

    def away(*_):
        raise OSError("the storage is away")

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "remove", away)
        with pytest.raises(OSError, match="away"):
            remove_expired(ledger, storage)
    assert remove_expired(ledger, storage) == 0
    assert remove_forgotten(ledger, storage) == 1
    assert storage.names("jobs") == ()


def test_folders_of_unknown_jobs_go_when_a_job_of_that_age_would_have_expired(ledger, storage, job_id, clock, tmp_path):
    unknown = input_path("f" * 32, "file")
    for path, age in ((unknown, ledger.kept_s - 1), (input_path(job_id, "file"), 10 * ledger.kept_s)):
        storage.write(path, b"a copy")
        os.utime(tmp_path / "storage" / path, (clock.now - age, clock.now - age))
    assert remove_forgotten(ledger, storage) == 0
    clock.tick(2)
    assert remove_forgotten(ledger, storage) == 1
    assert storage.names("jobs") == (job_id,)
