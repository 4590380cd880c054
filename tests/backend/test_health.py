"""Live and ready: without broker or workers predictions still work, so that is degraded, not down."""

import socket
import time
from dataclasses import replace

import pytest

from backend.services import health
from backend.services.health import readiness

pytestmark = pytest.mark.anyio


@pytest.fixture
def context(app):
    return app.state.context


def with_broker(context, url, count_workers):
    settings = context.settings.model_copy(update={"redis_url": url})
    return replace(context, settings=settings, count_workers=count_workers)


async def test_live(client):
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_without_a_broker_the_service_is_degraded(client):
    response = await client.get("/health/ready")
    assert response.status_code == 200
    ready = response.json()
    assert set(ready.pop("versions")) == {"regulens", "python", "torch", "numpy"}
    assert ready == {"status": "degraded", "device": "cpu", "checkpoints": 14, "broker": "down", "workers": 0}


@pytest.mark.parametrize(("workers", "status"), [(2, "ready"), (0, "degraded")])
async def test_with_a_broker_the_workers_decide(context, monkeypatch, workers, status):
    async def answers(url):
        return True

    monkeypatch.setattr(health, "_broker_answers", answers)
    ready = await readiness(with_broker(context, "redis://broker", lambda: workers))
    assert (ready.status, ready.broker, ready.workers) == (status, "up", workers)


async def test_a_broker_that_fails_while_workers_are_counted_counts_none(context, monkeypatch):
    async def answers(url):
        return True

    def fail():
        raise ConnectionError

    monkeypatch.setattr(health, "_broker_answers", answers)
    assert (await readiness(with_broker(context, "redis://broker", fail))).workers == 0


async def test_a_broker_that_refuses_or_hangs_is_down_within_a_second(context):
    with socket.socket() as closed, socket.socket() as hanging:
        for listener in (closed, hanging):
            listener.bind(("127.0.0.1", 0))
        hanging.listen()
        for listener in (closed, hanging):
            url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
            started = time.monotonic()
            ready = await readiness(with_broker(context, url, lambda: 1))
            assert (ready.broker, ready.workers, ready.status) == ("down", 0, "degraded")
            assert time.monotonic() - started < 2


async def test_damaged_checkpoints_are_left_out_and_the_service_is_degraded(context):
    assert (await readiness(replace(context, n_damaged=1))).status == "degraded"
