"""Live and ready: without broker or workers predictions still work, so that is degraded, not down."""

import socket
import time
from dataclasses import replace

import pytest

from backend.jobs.processes import DISPATCHER, SILENT_AFTER_S, beat, leave
from backend.services import health
from backend.services.health import readiness

pytestmark = pytest.mark.anyio


@pytest.fixture
def context(app):
    return app.state.context


@pytest.fixture
def with_broker(context):
    """Say where the broker is and let workers be heard of; they are forgotten afterwards."""
    names = []

    def change(url, *, workers):
        for number in range(workers):
            names.append(f"worker-{number}")
            beat(context.ledger, names[-1], role="fast")
        return replace(context, settings=context.settings.model_copy(update={"redis_url": url}))

    yield change
    for name in names:
        leave(context.ledger, name)


async def test_live(client):
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_without_a_broker_the_service_is_degraded(client):
    response = await client.get("/health/ready")
    assert response.status_code == 200
    ready = response.json()
    assert set(ready.pop("versions")) == {"regulens", "python", "torch", "numpy"}
    assert ready.pop("motifs") in {"preparing", "ready"}  # by the test that names motifs, if it was before
    assert ready == {"status": "degraded", "device": "cpu", "checkpoints": 14, "broker": "down", "workers": 0}


@pytest.mark.parametrize(("workers", "status"), [(2, "ready"), (0, "degraded")])
async def test_with_a_broker_the_workers_decide(with_broker, monkeypatch, workers, status):
    async def answers(url):
        return True

    monkeypatch.setattr(health, "_broker_answers", answers)
    ready = await readiness(with_broker("redis://broker", workers=workers))
    assert (ready.status, ready.broker, ready.workers) == (status, "up", workers)


async def test_a_dispatcher_is_no_worker_and_who_was_silent_for_long_is_none(context, with_broker, monkeypatch):
    async def answers(url):
        return True

    monkeypatch.setattr(health, "_broker_answers", answers)
    context = with_broker("redis://broker", workers=1)
    beat(context.ledger, "dispatcher", role=DISPATCHER)
    assert (await readiness(context)).workers == 1
    later = replace(context, ledger=replace(context.ledger, clock=lambda: time.time() + SILENT_AFTER_S + 1))
    assert (await readiness(later)).workers == 0
    leave(context.ledger, "dispatcher")


async def test_a_broker_that_refuses_or_hangs_is_down_within_a_second(with_broker):
    with socket.socket() as closed, socket.socket() as hanging:
        for listener in (closed, hanging):
            listener.bind(("127.0.0.1", 0))
        hanging.listen()
        for listener in (closed, hanging):
            url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
            started = time.monotonic()
            ready = await readiness(with_broker(url, workers=1))
            assert (ready.broker, ready.workers, ready.status) == ("down", 1, "degraded")
            assert time.monotonic() - started < 2


async def test_damaged_checkpoints_are_left_out_and_the_service_is_degraded(with_broker, monkeypatch):
    async def answers(url):
        return True

    monkeypatch.setattr(health, "_broker_answers", answers)
    context = with_broker("redis://broker", workers=1)
    assert (await readiness(context)).status == "ready"
    monkeypatch.setitem(context.chromatin.damaged, "one", "its weights are damaged")
    assert (await readiness(context)).status == "degraded"
