"""The dispatcher's duties, without a broker: what fails holds up nothing else, and a sleep is no death."""

import threading

import pytest
from redis.exceptions import ConnectionError as AwayError
from redis.exceptions import OutOfMemoryError
from sqlalchemy.exc import OperationalError

from backend.jobs.leases import Standing, claim, renew
from backend.jobs.ledger import rows
from backend.jobs.processes import DISPATCHER, living
from backend.jobs.submissions import Limits, submit
from backend.workers.dispatcher import ASLEEP_S, BROKER_IS_AWAY, QUEUE_IS_FULL, Dispatcher

WIDE = Limits(1000, 1000)


@pytest.fixture
def dispatcher(ledger, settings):
    return Dispatcher(ledger, settings=settings)


@pytest.fixture
def held(ledger, new_job):
    return claim(ledger, submit(ledger, new_job(1), limits=WIDE), worker="w")


def state(ledger):
    with ledger.reading() as connection:
        return rows(connection)[0].state


def test_a_silent_workers_job_is_taken_back(dispatcher, ledger, held, clock):
    clock.tick(ledger.lease_s + 1)
    dispatcher.reap()
    assert state(ledger) == "queued"


@pytest.mark.parametrize("sleep_s", [8 * 3600, ASLEEP_S + 1])
def test_after_a_sleep_the_living_have_time_to_say_so(dispatcher, ledger, held, clock, sleep_s):
    dispatcher.reap()
    clock.tick(sleep_s)
    dispatcher.reap()
    assert state(ledger) == "running"
    assert renew(ledger, held) is Standing.GO_ON
    for seconds, expected in ((ledger.lease_s - 1, "running"), (2, "queued")):
        clock.tick(seconds)
        dispatcher.reap()
        assert state(ledger) == expected


@pytest.mark.parametrize("error", [OSError("the storage is away"), OperationalError("", {}, Exception("locked"))])
def test_a_duty_that_fails_holds_up_no_other(dispatcher, monkeypatch, error):
    ending, published = threading.Event(), []

    def fails():
        raise error

    def publish():
        published.append(1)
        if len(published) == 2:
            ending.set()

    for name, duty in (("expire", fails), ("reap", fails), ("publish", publish)):
        monkeypatch.setattr(dispatcher, name, duty)
    dispatcher.run(ending)
    assert published == [1, 1]


@pytest.mark.parametrize(
    ("error", "told"), [(OutOfMemoryError("OOM"), QUEUE_IS_FULL), (AwayError("refused"), BROKER_IS_AWAY)]
)
def test_what_jobs_wait_for_is_told_as_long_as_it_lasts(dispatcher, ledger, monkeypatch, error, told):
    class Queue:
        def ping(self):
            if error:
                raise RuntimeError from error

    monkeypatch.setattr(dispatcher, "_redis", Queue())
    dispatcher.publish()
    assert living(ledger) == {DISPATCHER: [told]}
    error = None
    dispatcher.publish()
    assert living(ledger) == {DISPATCHER: [None]}
