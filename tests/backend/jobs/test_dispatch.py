"""What is published when: everybody's turn, lost messages again, nothing twice without need."""

import pytest

from backend.jobs import dispatch
from backend.jobs.dispatch import DOUBTED_AFTER_S, LOST_AFTER_S, due, mark_published
from backend.jobs.leases import claim
from backend.jobs.submissions import Limits, submit

WIDE = Limits(1000, 1000)


def never():
    raise AssertionError("the queue was asked without need")


def chosen(ledger, *, backlog=never, queue="fast"):
    return [int(job_id, 16) for job_id in due(ledger, queue, running_per_user=2, backlog=backlog)]


@pytest.fixture
def waiting(ledger, new_job, clock):
    def add(number, **values):
        clock.tick(0.001)
        return submit(ledger, new_job(number, **values), limits=WIDE)

    return add


def test_users_take_turns_and_have_two_at_a_time(ledger, waiting):
    for number in range(5):
        waiting(number)
    waiting(7, owner="bob")
    assert chosen(ledger) == [0, 7, 1]


def test_running_jobs_count(ledger, waiting):
    ids = [waiting(number) for number in range(4)]
    claim(ledger, ids[0], worker="w")
    assert chosen(ledger) == [1]
    claim(ledger, ids[1], worker="w")
    assert chosen(ledger) == []


def test_no_more_is_published_than_the_queue_has_room_for_and_first_turns_come_first(ledger, waiting, monkeypatch):
    monkeypatch.setattr(dispatch, "MOST_PUBLISHED", 3)
    ids = [waiting(number, owner=f"user{number // 2}") for number in range(8)]
    assert chosen(ledger) == [0, 2, 4]
    for job_id in (ids[0], ids[2], ids[4]):
        mark_published(ledger, job_id)
    assert chosen(ledger) == []
    claim(ledger, ids[0], worker="w")
    assert chosen(ledger) == [6]


def test_queues_do_not_wait_for_each_other(ledger, waiting):
    for number in range(3):
        claim(ledger, waiting(number, queue="heavy"), worker="w")
    waiting(9)
    assert chosen(ledger) == [9]
    assert chosen(ledger, queue="heavy") == []


def test_what_was_published_is_published_again_only_when_the_queue_has_lost_it(ledger, waiting, clock):
    mark_published(ledger, waiting(1))
    assert chosen(ledger) == []
    clock.tick(LOST_AFTER_S + 1)
    assert chosen(ledger, backlog=lambda: 3) == []
    assert chosen(ledger, backlog=lambda: 0) == [1]
    clock.tick(DOUBTED_AFTER_S)
    assert chosen(ledger, backlog=lambda: 3) == [1]


def test_one_message_lost_among_many_is_noticed(ledger, waiting, clock):
    for number in range(3):
        mark_published(ledger, waiting(number, owner=f"user{number}"))
    clock.tick(LOST_AFTER_S + 1)
    assert chosen(ledger, backlog=lambda: 3) == []
    assert chosen(ledger, backlog=lambda: 2) == [0, 1, 2]


def test_a_clock_that_is_set_back_holds_up_nothing(ledger, waiting, clock):
    mark_published(ledger, waiting(1))
    clock.tick(-3600)
    assert chosen(ledger, backlog=lambda: 0) == [1]


def test_a_claimed_job_is_not_published(ledger, waiting):
    claim(ledger, waiting(1), worker="w")
    assert chosen(ledger) == []
