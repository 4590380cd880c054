"""One worker at a time: claims, leases, tokens, and what becomes of the jobs of the dead."""

import threading

import pytest

from backend.jobs.leases import Standing, claim, finish, give_back, log, reap, renew, superseded, write
from backend.jobs.ledger import rows
from backend.jobs.submissions import Limits, request_cancellation, submit
from backend.jobs.tables import JobRecord
from backend.schemas.jobs import JobState

WIDE = Limits(1000, 1000)


@pytest.fixture
def job_id(ledger, new_job):
    return submit(ledger, new_job(1), limits=WIDE)


def row(ledger, job_id):
    with ledger.reading() as connection:
        return rows(connection, JobRecord.id == job_id)[0]


def test_a_job_is_claimed_once_however_many_try(ledger, job_id):
    claims = []
    threads = [
        threading.Thread(target=lambda n=n: claims.append(claim(ledger, job_id, worker=f"w{n}"))) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in claims if one]) == 1
    assert row(ledger, job_id).attempt == 1


def test_a_renewed_lease_is_not_reaped_and_an_old_one_is(ledger, job_id, clock):
    held = claim(ledger, job_id, worker="w")
    clock.tick(29)
    assert renew(ledger, held) is Standing.GO_ON
    clock.tick(29)
    assert reap(ledger) == 0
    clock.tick(2)
    assert reap(ledger) == 1
    assert (row(ledger, job_id).state, row(ledger, job_id).reason) == ("queued", "worker lost, retrying 2 of 3")


def test_the_dead_cannot_write_once_another_has_the_job(ledger, job_id, clock):
    zombie = claim(ledger, job_id, worker="zombie")
    clock.tick(31)
    reap(ledger)
    living = claim(ledger, job_id, worker="living")
    assert renew(ledger, zombie) is Standing.LOST
    assert not write(ledger, zombie, progress={"done": 1})
    log(ledger, zombie, "from the grave")
    assert not finish(ledger, zombie, JobState.SUCCEEDED, message="Done.", digest="zombie")
    assert finish(ledger, living, JobState.SUCCEEDED, message="Done.", digest="living")
    assert not finish(ledger, zombie, JobState.SUCCEEDED, message="Done.", digest="zombie")
    assert (row(ledger, job_id).digest, row(ledger, job_id).commits, row(ledger, job_id).attempt) == ("living", 1, 2)


def test_a_job_that_kills_its_workers_fails_after_three(ledger, job_id, clock):
    for attempt in (1, 2, 3):
        assert claim(ledger, job_id, worker="w").attempt == attempt
        clock.tick(31)
        reap(ledger)
    assert claim(ledger, job_id, worker="w") is None
    failed = row(ledger, job_id)
    assert (failed.state, failed.losses) == ("failed", 3)
    assert failed.failure["detail"].startswith("The worker died 3 times")


def test_a_worker_that_ends_gives_its_job_back_without_counting_a_loss(ledger, job_id):
    claim(ledger, job_id, worker="w")
    assert give_back(ledger, worker="other") == 0
    assert give_back(ledger, worker="w") == 1
    assert (row(ledger, job_id).state, row(ledger, job_id).losses) == ("queued", 0)
    assert claim(ledger, job_id, worker="v").attempt == 2


def test_cancellation_reaches_the_worker_with_its_next_renewal(ledger, job_id):
    held = claim(ledger, job_id, worker="w")
    request_cancellation(ledger, job_id)
    assert renew(ledger, held) is Standing.CANCEL
    assert finish(ledger, held, JobState.CANCELLED, message="Cancelled.")


def test_a_worker_that_dies_while_it_cancels_leaves_a_cancelled_job(ledger, job_id, clock):
    claim(ledger, job_id, worker="w")
    request_cancellation(ledger, job_id)
    clock.tick(31)
    reap(ledger)
    assert row(ledger, job_id).state == JobState.CANCELLED


def test_a_job_past_its_deadline_times_out_and_is_not_tried_again(ledger, job_id, clock):
    held = claim(ledger, job_id, worker="w")
    for _ in range(5):
        clock.tick(25)
        standing = renew(ledger, held)
    assert standing is Standing.OUT_OF_TIME
    clock.tick(31)
    reap(ledger)
    assert row(ledger, job_id).state == JobState.TIMED_OUT


def test_partial_files_outlive_an_attempt_and_others_do_not(ledger, job_id, clock):
    held = claim(ledger, job_id, worker="w")
    write(ledger, held, files=[{"name": "part", "partial": True}, {"name": "whole", "partial": False}])
    clock.tick(31)
    reap(ledger)
    assert [file["name"] for file in claim(ledger, job_id, worker="v").job.files] == ["part"]


def test_a_night_without_power_uses_up_no_time(ledger, job_id, clock):
    claim(ledger, job_id, worker="w")
    clock.tick(12 * 3600)
    reap(ledger)
    assert (row(ledger, job_id).state, row(ledger, job_id).losses) == ("queued", 1)


def test_a_night_asleep_uses_up_no_time(ledger, job_id, clock):
    held = claim(ledger, job_id, worker="w")
    clock.tick(12 * 3600)
    assert renew(ledger, held) is Standing.GO_ON
    for _ in range(4):
        clock.tick(25)
        standing = renew(ledger, held)
    assert standing is Standing.OUT_OF_TIME


def test_what_a_finished_attempt_has_written_is_asked_for_and_a_lost_one_is_not(ledger, job_id, clock):
    held = claim(ledger, job_id, worker="w")
    assert not superseded(ledger, held)
    clock.tick(31)
    reap(ledger)
    assert not superseded(ledger, held), "the page still shows its last picture"
    claim(ledger, job_id, worker="v")
    assert superseded(ledger, held)
