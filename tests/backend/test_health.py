"""Live and ready, part by part: without queue or workers predictions still work, so that is degraded, not down."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import create_engine

from backend.jobs import database
from backend.jobs.processes import DISPATCHER, SILENT_AFTER_S, beat, leave
from backend.schemas.jobs import QUEUES
from backend.services import health
from backend.services.health import readiness

pytestmark = pytest.mark.anyio


@pytest.fixture
def context(app):
    return app.state.context


@pytest.fixture
def running(context, monkeypatch):
    """Let a queue answer, and dispatcher and workers be heard of; they are forgotten afterwards."""

    async def answers(url):
        return True

    monkeypatch.setattr(health, "_broker_answers", answers)
    monkeypatch.setattr(context.motifs, "_state", "ready")
    for role in (DISPATCHER, *QUEUES):
        beat(context.ledger, f"{role}-1", role=role)
    yield replace(context, settings=context.settings.model_copy(update={"redis_url": "redis://broker"}))
    for role in (DISPATCHER, *QUEUES):
        leave(context.ledger, f"{role}-1")


def trouble(ready):
    return {part.name: part.state for part in ready.parts if part.state != "ok"}


async def test_live(client):
    response = await client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_all_parts_are_told_and_without_queue_and_workers_the_service_is_degraded(client):
    response = await client.get("/health/ready")
    assert response.status_code == 200
    ready = response.json()
    assert set(ready["versions"]) == {"regulens", "python", "torch", "numpy"}
    assert (ready["status"], ready["broker"], ready["workers"]) == ("degraded", "down", 0)
    assert (ready["device"], ready["checkpoints"], ready["unavailable"]) == ("cpu", 14, {})
    states = {part["name"]: part["state"] for part in ready["parts"]}
    assert states.pop("motifs") in {"ok", "degraded"}  # by the test that names motifs, if it was before
    assert states == {
        "networks": "ok", "checkpoints": "ok", "ledger": "ok", "queue": "degraded", "dispatcher": "degraded",
        "worker-fast": "degraded", "worker-heavy": "degraded", "disk": "ok",
    }  # fmt: skip


async def test_with_everything_at_work_it_is_ready(running):
    ready = await readiness(running)
    assert (ready.status, trouble(ready), ready.broker, ready.workers) == ("ready", {}, "up", 2)


@pytest.mark.parametrize(
    ("role", "part"), [(DISPATCHER, "dispatcher"), ("fast", "worker-fast"), ("heavy", "worker-heavy")]
)
async def test_whoever_is_missing_is_named(running, role, part):
    leave(running.ledger, f"{role}-1")
    ready = await readiness(running)
    assert (ready.status, trouble(ready)) == ("degraded", {part: "degraded"})


async def test_who_was_silent_for_long_is_missing_though_its_row_is_there(running):
    later = replace(running.ledger, clock=lambda: time.time() + SILENT_AFTER_S + 1)
    ready = await readiness(replace(running, ledger=later))
    assert (ready.workers, set(trouble(ready))) == (0, {"dispatcher", "worker-fast", "worker-heavy"})


async def test_what_the_dispatcher_notes_is_told(running):
    beat(running.ledger, f"{DISPATCHER}-1", role=DISPATCHER, note="the queue, which is down")
    ready = await readiness(running)
    assert trouble(ready) == {"dispatcher": "degraded"}
    assert "Jobs wait for the queue, which is down." in {part.detail for part in ready.parts}


async def test_a_broker_that_refuses_or_hangs_is_down_within_a_second(context):
    with socket.socket() as closed, socket.socket() as hanging:
        for listener in (closed, hanging):
            listener.bind(("127.0.0.1", 0))
        hanging.listen()
        for listener in (closed, hanging):
            url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
            settings = context.settings.model_copy(update={"redis_url": url})
            started = time.monotonic()
            ready = await readiness(replace(context, settings=settings))
            assert (ready.broker, ready.status) == ("down", "degraded")
            assert time.monotonic() - started < 2


async def test_damaged_checkpoints_are_named_with_their_reason(running, monkeypatch):
    monkeypatch.setitem(running.chromatin.damaged, "one", "its weights are damaged")
    ready = await readiness(running)
    assert (trouble(ready), ready.unavailable) == ({"checkpoints": "degraded"}, {"one": "its weights are damaged"})


@pytest.mark.parametrize("state", ["preparing", "failed"])
async def test_motifs_that_cannot_be_named_yet_or_at_all_degrade(running, monkeypatch, state):
    monkeypatch.setattr(running.motifs, "_state", state)
    ready = await readiness(running)
    assert (ready.motifs, trouble(ready)) == (state, {"motifs": "degraded"})


async def test_too_little_room_on_the_disk_is_told_before_a_job_is_refused(running):
    settings = running.settings.model_copy(update={"min_free_bytes": 10**18})
    assert trouble(await readiness(replace(running, settings=settings))) == {"disk": "degraded"}


async def test_a_ledger_that_is_away_leaves_predictions_and_says_so(running, tmp_path):
    away = replace(running.ledger, engine=create_engine(f"sqlite:///{tmp_path}/no/such/folder.sqlite3"))
    ready = await readiness(replace(running, ledger=away))
    assert (ready.status, trouble(ready)["ledger"], ready.workers) == ("degraded", "degraded", 0)


async def test_a_process_that_stopped_while_it_held_the_ledgers_lock_is_told_within_seconds(running):
    with closing(sqlite3.connect(running.ledger.engine.url.database, isolation_level=None)) as stopped:
        stopped.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        ready = await readiness(running)
        assert trouble(ready) == {"ledger": "degraded"}
        assert time.monotonic() - started < 3
    assert trouble(await readiness(running)) == {}


async def test_networks_that_cannot_answer_take_the_service_down(app, client, running, monkeypatch):
    monkeypatch.setattr(running.engine._thread, "is_alive", lambda: False)
    response = await client.get("/health/ready")
    assert (response.status_code, response.json()["status"]) == (503, "down")
    networks = next(part for part in response.json()["parts"] if part["name"] == "networks")
    assert (networks["state"], "Restart" in networks["detail"]) == ("down", True)
    monkeypatch.undo()
    assert (await client.get("/health/ready")).status_code == 200


def test_a_damaged_ledger_is_found_at_start_and_a_whole_one_is_not_blamed(tmp_path):
    file = tmp_path / "jobs.sqlite3"
    assert database.damage(f"sqlite:///{file}") is None
    database.migrate(f"sqlite:///{file}")
    assert database.damage(f"sqlite:///{file}") is None
    content = bytearray(file.read_bytes())
    content[4096 : 4096 + 2000] = b"x" * 2000
    file.write_bytes(content)
    assert database.damage(f"sqlite:///{file}")
    file.write_bytes(b"not a database at all, whatever its name says" * 100)
    assert "not a database" in database.damage(f"sqlite:///{file}")


def test_the_launcher_refuses_a_damaged_ledger_in_one_line_that_says_what_to_do(tmp_path):
    (tmp_path / "jobs.sqlite3").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    environment = {
        **os.environ,
        "REGULENS_DATA_DIR": str(tmp_path),
        "REGULENS_API_PORT": "0",
        "REGULENS_PAGE_PORT": "0",
    }
    command = [sys.executable, "-m", "backend.launch"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    (line,) = ended.stdout.splitlines()
    assert "is damaged" in line
    assert "Restore a backup" in line
