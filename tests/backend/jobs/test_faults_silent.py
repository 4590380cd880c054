"""Faults that say nothing: what hangs, what is full, what is of another version. The names are the failure model's."""

import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from redis import Redis

from backend.jobs.ledger import change
from backend.jobs.storage import Storage
from backend.jobs.tables import JobRecord
from backend.services.job_runner import OF_ANOTHER_VERSION
from backend.workers.run import LEASES_OF_PATIENCE
from benchmarks.chaos import expected_digest
from benchmarks.fault_proxy import FaultProxy
from benchmarks.job_stack import PROBES

MANY_JOBS = int(os.environ.get("REGULENS_MANY_JOBS", "60"))  # 1,000 in the failure model
KILLS = 50


@pytest.fixture
def queue(stack):
    with Redis.from_url(stack.commands["fast"].environment["REDIS_URL"]) as client:
        yield client


def start_again(stack):
    """Start the worker if it has ended, as the launcher and compose do."""
    if stack.running["fast"].poll() is not None:
        stack.running.pop("fast")
        stack.start("fast")


def until_all_succeed(stack, job_ids, *, timeout_s=60):
    """Wait for jobs beside a launcher, so to speak."""
    deadline = time.monotonic() + timeout_s
    while any(stack.job(job_id).state != "succeeded" for job_id in job_ids):
        assert time.monotonic() < deadline
        start_again(stack)
        time.sleep(0.2)


def is_alive(pid):
    """Tell whether a process lives; one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def test_a5_a_broker_that_hangs_delays_jobs_and_nothing_else(stack, until, web):
    slowest, accepted, statuses = 0.0, [], set()
    stack.signal("valkey", signal.SIGSTOP)
    try:
        until_s = time.monotonic() + 5
        while time.monotonic() < until_s:
            started = time.monotonic()
            answer = web.post("/jobs", json={"kind": "probe", "parameters": {"content": f"a5 {len(accepted)}"}})
            slowest = max(slowest, time.monotonic() - started)
            accepted.append(answer.json()["id"])
            statuses |= {answer.status_code, web.get(f"/jobs/{accepted[-1]}").status_code}
            statuses |= {web.get("/catalog").status_code, web.get("/health/ready").status_code}
            time.sleep(0.2)
    finally:
        stack.signal("valkey", signal.SIGCONT)
    assert (statuses, slowest < 1) == ({202, 200}, True)
    for job_id in accepted:
        until(job_id, "succeeded")


def test_a6_links_that_die_silently_are_noticed_and_no_job_is_lost(stack, ask, until, monkeypatch):
    address = urlsplit(stack.commands["fast"].environment["REDIS_URL"])
    with FaultProxy(address.port) as proxy:
        through = address._replace(netloc=address.netloc.replace(str(address.port), str(proxy.port))).geturl()
        for name in ("fast", "dispatcher"):
            spec = stack.commands[name]
            stack.stop(name)
            environment = {**spec.environment, "REDIS_URL": through}
            monkeypatch.setitem(stack.commands, name, replace(spec, environment=environment))
        stack.start("fast", "dispatcher")
        until(ask(content="before"), "succeeded")
        assert proxy.freeze() >= 2
        later = [ask(user=f"a6-{number}", content=str(number)) for number in range(10)]
        # Celery's loop may find its new link by itself; one that takes longer than the worker's patience, which is as
        # short here as the lease, is ended by the worker.
        until_all_succeed(stack, later)
        assert all(stack.job(job_id).commits == 1 for job_id in later)
        for name in ("fast", "dispatcher"):
            stack.stop(name)
    monkeypatch.undo()
    stack.start("fast", "dispatcher")


@pytest.mark.parametrize("place", [b"\r\n*", b'"body"'])  # Valkey refuses the first and delivers the second
def test_a8_a_queue_whose_file_was_damaged_starts_and_its_jobs_run(stack, ask, queue, place):
    stack.stop("fast")
    waiting = [ask(user=f"a8-{number}", content=str(number)) for number in range(10)]
    stack.wait(lambda: queue.llen("fast") == 10, "the jobs are not in the queue")
    time.sleep(1.1)  # until the broker has written them to its file
    stack.stop("valkey")
    folder = stack.commands["valkey"].folder / "appendonlydir"
    log = max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_size)
    content = log.read_bytes()
    start = content.index(place, len(content) // 2)
    log.write_bytes(content[:start] + bytes(20) + content[start + 20 :])
    stack.start("valkey", "fast")
    until_all_succeed(stack, waiting)


def test_a16_a_pool_process_that_stands_still_loses_its_job_and_its_worker_ends(stack, ask, until, web):
    job_id = ask(steps=30, step_s=0.1, content="a16")
    until(job_id, "running")
    child, worker = stack.pool_child("fast"), stack.running["fast"]
    with stack.ledger.writing():  # else it may be stopped while it holds the one lock of an SQLite file
        os.kill(child, signal.SIGSTOP)
    until(job_id, "queued")
    patience_s = LEASES_OF_PATIENCE * stack.ledger.lease_s
    stack.wait(lambda: worker.poll() is not None, "the worker goes on without a hand", timeout_s=patience_s + 30)
    stack.wait(lambda: not is_alive(child), "what stood still is left behind")

    def is_missed():
        parts = {part["name"]: part["state"] for part in web.get("/health/ready").json()["parts"]}
        return parts["worker-fast"] == "degraded"

    stack.wait(is_missed, "nobody misses the worker")  # those that other tests killed count as alive for some seconds
    stack.running.pop("fast")
    stack.start("fast")
    until(job_id, "succeeded")
    job = stack.job(job_id)
    assert (job.commits, job.losses, job.digest) == (1, 1, expected_digest(job.parameters))


def test_a17_what_an_older_worker_does_not_know_waits_with_the_reason_for_a_newer_one(stack, ask, until, monkeypatch):
    spec = stack.commands["fast"]
    older = replace(spec, environment={**spec.environment, "REGULENS_JOB_MODULES": "[]"})
    stack.stop("fast")
    monkeypatch.setitem(stack.commands, "fast", older)
    stack.start("fast")
    job_id = ask(content="a17")
    stack.wait(lambda: stack.job(job_id).reason == OF_ANOTHER_VERSION, "it does not say why it waits")
    assert (stack.job(job_id).state, stack.job(job_id).attempt) == ("queued", 0)
    stack.stop("fast")
    monkeypatch.undo()
    stack.start("fast")
    until(job_id, "succeeded")


def test_a17_what_an_older_api_left_out_has_a_default_and_what_a_newer_one_added_waits(stack, ask, until):
    older, newer = ask(user="older", step_s=0), ask(user="newer", steps=10_000)
    stack.stop("fast")
    until(newer, "queued")
    with stack.ledger.writing() as connection:
        change(connection, JobRecord.id == older, parameters={"steps": 1})
        change(connection, JobRecord.id == newer, parameters={"steps": 1, "of_tomorrow": True})
    stack.start("fast")
    until(older, "succeeded")
    stack.wait(lambda: stack.job(newer).reason == OF_ANOTHER_VERSION, "it does not say why it waits")
    with stack.ledger.writing() as connection:
        change(connection, JobRecord.id == newer, parameters={"steps": 1})
    until(newer, "succeeded")


def test_a21_a_queue_whose_memory_is_full_takes_all_jobs_in_the_end(stack, ask, until, queue, web):
    queue.config_set("maxmemory", 1)
    try:
        waiting = [
            ask(user=f"a21-{number // 2}", steps=1, step_s=0, content=str(number)) for number in range(MANY_JOBS)
        ]
        stack.wait(lambda: "memory is full" in web.get("/health/ready").text, "nobody is told why jobs wait")
        queue.config_set("maxmemory", 3_000_000)
        start_again(stack)
        for job_id in waiting:
            until(job_id, "succeeded", timeout_s=120 + MANY_JOBS)
        assert queue.info("memory")["used_memory"] < 3_000_000
    finally:
        queue.config_set("maxmemory", 0)
    assert all(stack.job(job_id).commits == 1 for job_id in waiting)


def test_a23_no_promised_job_is_lost_by_fifty_kills_in_the_middle_of_writes(tmp_path):
    command = [sys.executable, str(PROBES / "killed_writers.py"), str(tmp_path), str(KILLS), "20261121"]
    promised = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert len(promised) > KILLS
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert set(promised) <= {row[0] for row in connection.execute("SELECT id FROM jobs WHERE state = 'running'")}


def test_a24_progress_is_written_once_a_second_and_never_falls_back(stack, ask, until, web):
    job_id = ask(user="local", steps=1000, step_s=0.004, content="a24")  # whom the web client is taken for
    until(job_id, "running")
    first, started, seen = stack.job(job_id), time.monotonic(), [0]
    known, unchanged = None, 0
    while stack.job(job_id).state == "running":
        answer = web.get(f"/jobs/{job_id}", headers={"If-None-Match": known} if known else {})
        unchanged += answer.status_code == httpx.codes.NOT_MODIFIED
        known = answer.headers["ETag"]
        if answer.status_code == httpx.codes.OK and (progress := answer.json()["progress"]):
            seen.append(progress["done"])
        time.sleep(0.05)
    seconds = time.monotonic() - started
    renewals = seconds / (stack.ledger.lease_s / 4)
    assert all(before <= after for before, after in pairwise(seen))
    assert len(set(seen)) > 2
    # What comes once in so long may come at both ends; one more each for result file, last picture and end; two spare.
    assert stack.job(job_id).revision - first.revision <= math.ceil(seconds) + math.ceil(renewals) + 5
    assert unchanged > seconds, "who asks more often than something changes must hear so"
    assert "attempt-1" in Storage(stack.settings.files_url).names(f"jobs/{job_id}")
