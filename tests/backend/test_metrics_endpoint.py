"""What a monitoring system reads: every route by its template, jobs, processes, engine; no names, no sequences."""

import time
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, event

from backend.jobs.processes import beat, leave
from backend.jobs.submissions import Limits, NewJob, submit
from backend.services.metrics import RequestMetrics, exposition

pytestmark = pytest.mark.anyio

SEQUENCE = "ACGTTGCAAC" * 10 + "A"


def samples(text):
    """Return values by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def read(app):
    return lambda **changes: samples(exposition(app.state.requests, replace(app.state.context, **changes)).decode())


async def test_requests_are_counted_by_template_and_status(app, client, read):
    async def count(route, status, method="GET"):
        labels = (("method", method), ("route", route), ("status", str(status)))
        return read().get(("regulens_request_seconds_count", *labels), 0)

    before = await count("/jobs/{job_id}", 404)
    for number in range(3):
        assert (await client.get(f"/jobs/{number:032x}")).status_code == 404
    assert await count("/jobs/{job_id}", 404) == before + 3
    await client.get("/no/such/place")
    assert await count("other", 404) >= 1
    assert not any("no/such" in str(key) for key in read()), "paths that anybody can make up are no labels"


async def test_what_the_networks_did_is_counted(client, read):
    before = read().get(("regulens_engine_inputs_total", ("operation", "prediction")), 0)
    answer = await client.post("/sequence-analyses", json={"sequences": SEQUENCE, "factors": ["alpha_cells"]})
    assert answer.status_code == 200
    after = read()
    assert after["regulens_engine_inputs_total", ("operation", "prediction")] > before
    assert after["regulens_engine_batches_total", ("operation", "prediction")] >= 1
    assert after[("regulens_engine_admitted",)] == 0


async def test_jobs_and_processes_are_told_by_queue(app, read):
    ledger, now = app.state.context.ledger, time.time()
    job = NewJob(
        id="a" * 32, kind="probe", title="SECRET-TITLE", queue="heavy", owner="secret-owner", parameters={},
        inputs=[], rerun_of=None, idempotency_key=None, nominal_s=1.0, estimate_s=1.0, limit_s=100, versions={},
    )  # fmt: skip
    before = read().get(("regulens_jobs", ("queue", "heavy"), ("state", "queued")), 0)
    submit(replace(ledger, clock=lambda: now - 100), job, limits=Limits(1000, 1000))
    beat(ledger, "heavy-1", role="heavy")
    found = read()
    leave(ledger, "heavy-1")
    assert found["regulens_jobs", ("queue", "heavy"), ("state", "queued")] == before + 1
    assert found["regulens_oldest_waiting_seconds", ("queue", "heavy")] >= 100
    assert found["regulens_processes", ("role", "heavy")] == 1
    assert read()["regulens_processes", ("role", "heavy")] == 0


async def test_memory_descriptors_threads_and_room_are_told(read):
    found = read()
    for name in ("process_resident_memory_bytes", "process_open_fds", "process_threads", "regulens_free_bytes"):
        assert found[(name,)] > 0
    assert found["regulens_checkpoints", ("state", "usable")] == 14


async def test_reading_asks_the_ledger_twice_at_most_and_a_ledger_that_is_away_is_told(app, read, tmp_path):
    statements = []
    engine = app.state.context.ledger.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert read()[("regulens_ledger_up",)] == 1
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 2
    away = replace(app.state.context.ledger, engine=create_engine(f"sqlite:///{tmp_path}/no/folder.sqlite3"))
    found = read(ledger=away)
    assert found[("regulens_ledger_up",)] == 0
    assert not any(name == "regulens_jobs" for name, *_ in found)


async def test_it_is_served_as_text_that_names_nobody(app, client):
    await client.post("/sequence-analyses", json={"sequences": SEQUENCE, "factors": ["alpha_cells"]})
    answer = await client.get(str(client.base_url.copy_with(path="/metrics")))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    for secret in (SEQUENCE[:20], "local", "secret-owner", "SECRET-TITLE"):
        assert secret not in answer.text


def test_counting_a_request_costs_microseconds():
    requests = RequestMetrics()
    started = time.perf_counter()
    for _ in range(2000):
        requests.count("GET", "/jobs/{job_id}", 200, 0.01)
    assert (time.perf_counter() - started) / 2000 < 100e-6
