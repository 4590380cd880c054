"""Jobs come in once, are cancelled, forgotten, limited."""

import threading
import time

import pytest
from sqlalchemy import select

from backend.jobs import submissions
from backend.jobs.files import input_path
from backend.jobs.leases import claim, finish
from backend.jobs.ledger import rows
from backend.jobs.retention import remove_expired
from backend.jobs.storage import Storage
from backend.jobs.submissions import (
    KeyReusedError,
    Limits,
    TooManyJobsError,
    remove,
    request_cancellation,
    speed_ratio,
    submit,
)
from backend.jobs.tables import EventRecord, JobRecord
from backend.schemas.jobs import JobState

WIDE = Limits(1000, 1000)


def job(ledger, job_id):
    with ledger.reading() as connection:
        return rows(connection, JobRecord.id == job_id)[0]


def test_what_was_submitted_is_in_the_ledger(ledger, new_job):
    job_id = submit(ledger, new_job(1, parameters={"a": [1, "b", None]}), limits=WIDE)
    row = job(ledger, job_id)
    assert (row.state, row.parameters, row.attempt, row.commits) == ("queued", {"a": [1, "b", None]}, 0, 0)


def test_an_equal_request_with_the_same_key_is_the_same_job(ledger, new_job):
    first = submit(ledger, new_job(1, idempotency_key="k" * 8), limits=WIDE)
    assert submit(ledger, new_job(2, idempotency_key="k" * 8), limits=WIDE) == first


def test_another_request_with_the_same_key_is_refused(ledger, new_job):
    submit(ledger, new_job(1, idempotency_key="k" * 8), limits=WIDE)
    with pytest.raises(KeyReusedError):
        submit(ledger, new_job(2, idempotency_key="k" * 8, parameters={"steps": 4}), limits=WIDE)


def test_two_owners_may_use_the_same_key(ledger, new_job):
    first = submit(ledger, new_job(1, idempotency_key="k" * 8), limits=WIDE)
    assert submit(ledger, new_job(2, idempotency_key="k" * 8, owner="bob"), limits=WIDE) != first


def test_64_submissions_at_once_with_one_key_are_one_job(ledger, new_job):
    ids = []
    threads = [
        threading.Thread(
            target=lambda n=n: ids.append(submit(ledger, new_job(n, idempotency_key="k" * 8), limits=WIDE))
        )
        for n in range(64)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 64
    assert len(set(ids)) == 1
    with ledger.reading() as connection:
        assert len(rows(connection)) == 1


@pytest.mark.parametrize(("owner", "mine"), [("ada", True), ("bob", False)])
def test_limits_are_for_the_user_and_for_all(ledger, new_job, owner, mine):
    for number in range(2):
        submit(ledger, new_job(number), limits=WIDE)
    with pytest.raises(TooManyJobsError) as caught:
        submit(ledger, new_job(9, owner=owner), limits=Limits(2 if mine else 5, 2))
    assert caught.value.mine is mine


def test_a_job_that_is_there_already_is_returned_though_the_limit_is_reached(ledger, new_job):
    first = submit(ledger, new_job(1, idempotency_key="k" * 8), limits=Limits(1, 1))
    assert submit(ledger, new_job(2, idempotency_key="k" * 8), limits=Limits(1, 1)) == first


def test_a_waiting_job_is_cancelled_at_once_and_can_never_be_claimed(ledger, new_job):
    job_id = submit(ledger, new_job(1), limits=WIDE)
    request_cancellation(ledger, job_id)
    assert job(ledger, job_id).state == JobState.CANCELLED
    assert claim(ledger, job_id, worker="w") is None


def test_a_running_job_is_asked_to_stop_and_a_finished_one_left_alone(ledger, new_job):
    job_id = submit(ledger, new_job(1), limits=WIDE)
    held = claim(ledger, job_id, worker="w")
    request_cancellation(ledger, job_id)
    assert job(ledger, job_id).state == JobState.CANCELLING
    assert finish(ledger, held, JobState.SUCCEEDED, message="Done.")
    request_cancellation(ledger, job_id)
    assert job(ledger, job_id).state == JobState.SUCCEEDED


def test_only_finished_jobs_are_forgotten(ledger, new_job):
    job_id = submit(ledger, new_job(1), limits=WIDE)
    assert not remove(ledger, job_id)
    request_cancellation(ledger, job_id)
    assert remove(ledger, job_id)
    with ledger.reading() as connection:
        assert rows(connection) == []
        assert connection.execute(select(EventRecord.id)).all() == []


def test_the_speed_of_past_jobs_corrects_the_estimate(ledger, new_job, clock):
    assert speed_ratio(ledger, "probe") == 1.0
    for number, seconds in enumerate((2.0, 3.0, 10.0)):
        held = claim(ledger, submit(ledger, new_job(number), limits=WIDE), worker="w")
        clock.tick(seconds)
        finish(ledger, held, JobState.SUCCEEDED, message="Done.")
    assert speed_ratio(ledger, "probe") == pytest.approx(3.0)
    assert speed_ratio(ledger, "other") == 1.0


def test_many_submissions_at_once_stay_below_the_limit(ledger, new_job, monkeypatch):
    refused, counting = [], submissions._make_room

    def slowly(*args):
        counting(*args)
        time.sleep(0.02)

    monkeypatch.setattr(submissions, "_make_room", slowly)

    def ask(number):
        try:
            submit(ledger, new_job(number), limits=Limits(3, 100))
        except TooManyJobsError:
            refused.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 13


def test_the_files_of_a_job_that_was_cancelled_while_it_waited_are_removed_in_time(ledger, new_job, clock, tmp_path):
    storage = Storage(str(tmp_path))
    job_id = submit(ledger, new_job(1), limits=WIDE)
    storage.write(input_path(job_id, "file"), b"a copy")
    request_cancellation(ledger, job_id)
    assert remove_expired(ledger, storage) == 0
    clock.tick(ledger.kept_s)
    assert remove_expired(ledger, storage) == 1
    assert storage.names("jobs") == ()
