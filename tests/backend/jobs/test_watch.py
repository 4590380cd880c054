"""A worker that lives but works no more is noticed; one that waits for the queue, works or has slept is left alone."""

from types import SimpleNamespace

import pytest

from backend.workers.watch import WORRIED_AFTER_S, Watch

PATIENCE_S = 60.0
BEAT_S = 5.0


@pytest.fixture
def worker():
    return SimpleNamespace(taken=0, held=0, queue_answers=True, loop_turns=True)


@pytest.fixture
def live(clock, worker):
    """Let a worker beat for some seconds; return its first complaint."""
    watch = Watch(
        patience_s=PATIENCE_S,
        n_taken=lambda: worker.taken,
        n_held=lambda: worker.held,
        queue_answers=lambda: worker.queue_answers,
        clock=clock,
    )

    def live(seconds):
        for _ in range(int(seconds / BEAT_S)):
            clock.tick(BEAT_S)
            if worker.loop_turns:
                watch.loop_turns()
            if complaint := watch.complaint():
                return complaint
        return None

    return live


def test_one_that_works_or_waits_is_left_alone(worker, live):
    assert live(600) is None
    worker.taken = worker.held = 1
    assert live(3600) is None


def test_a_loop_that_stands_still_is_noticed_in_a_minute(worker, live):
    worker.loop_turns = False
    assert live(PATIENCE_S) is None
    assert "loop" in live(2 * BEAT_S)


def test_a_queue_that_is_away_for_long_is_no_fault_of_the_worker_but_a_link_that_stays_dead_afterwards_is(worker, live):
    worker.loop_turns = worker.queue_answers = False
    assert live(3600) is None
    worker.queue_answers = True
    assert live(PATIENCE_S) is None
    assert "loop" in live(WORRIED_AFTER_S + 2 * BEAT_S)


def test_a_job_that_ends_while_the_queue_is_away_is_no_fault_of_the_pool(worker, live):
    worker.taken = worker.held = 1
    assert live(BEAT_S) is None
    worker.held, worker.loop_turns, worker.queue_answers = 0, False, False  # the loop reads what the pool has done
    assert live(3600) is None
    worker.taken, worker.loop_turns, worker.queue_answers = 0, True, True
    assert live(3600) is None


def test_a_pool_process_that_lets_its_lease_end_is_noticed_unless_it_goes_on(worker, live):
    worker.taken, worker.held = 2, 1
    assert live(PATIENCE_S - BEAT_S) is None
    worker.held = 2
    assert live(BEAT_S) is None
    worker.held = 1
    assert "pool" in live(PATIENCE_S + 2 * BEAT_S)


def test_a_sleep_is_no_fault(worker, live, clock):
    worker.taken = 1
    assert live(PATIENCE_S / 2) is None
    worker.loop_turns = False
    clock.tick(8 * 3600)
    assert live(PATIENCE_S - BEAT_S) is None, "after waking it has as long as ever"
