"""Real broker, real workers, real deaths. The names A1 ... are those of the failure model."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from backend.jobs.leases import claim
from backend.jobs.storage import Storage
from backend.jobs.submissions import request_cancellation
from backend.services.job_runner import OF_ANOTHER_VERSION
from backend.workers.celery_app import RUN_JOB, SCHEMA, app
from benchmarks.chaos import expected_digest, run_chaos

PICKLED = b'{"body": "gASVAAAA", "content-type": "application/x-python-serialize", "headers": {}, "properties": {}}'
NOTICED_S = 5.0  # seconds beyond the lease in which a dead worker is noticed


def starts(trace: Path) -> int:
    return trace.read_text().count("start") if trace.exists() else 0


def redis_of(stack) -> Redis:
    return Redis.from_url(stack.commands["fast"].environment["REDIS_URL"])


def test_a1_a_killed_pool_process_costs_an_attempt_and_changes_nothing(stack, ask, until, tmp_path):
    trace = tmp_path / "trace"
    job_id = ask(steps=30, step_s=0.1, content="a1", trace=str(trace))
    until(job_id, "running")
    time.sleep(1)
    os.kill(stack.pool_child("fast"), signal.SIGKILL)
    seconds = stack.wait(
        lambda: "worker lost, retrying 2 of 3" in (stack.job(job_id).reason or ""), "no retry is shown"
    )
    assert seconds < stack.ledger.lease_s + NOTICED_S
    until(job_id, "succeeded")
    job = stack.job(job_id)
    assert (starts(trace), job.attempt, job.commits) == (2, 2, 1)
    assert job.digest == expected_digest(job.parameters)
    assert trace.read_text().count("step 0\n") == 1, "the second attempt did not go on where the first was"


def test_a2_a_killed_worker_costs_an_attempt(stack, ask, until):
    job_id = ask(steps=30, step_s=0.1, content="a2")
    until(job_id, "running")
    stack.stop("fast")
    assert until(job_id, "queued") < stack.ledger.lease_s + NOTICED_S
    stack.start("fast")
    until(job_id, "succeeded")
    assert (stack.job(job_id).attempt, stack.job(job_id).commits) == (2, 1)


def test_a3_a_job_that_kills_its_worker_is_tried_three_times_and_harms_nobody(stack, ask, until, tmp_path):
    trace = tmp_path / "trace"
    poison = ask(mode="die", trace=str(trace))
    neighbours = [ask(user=f"neighbour{number}", steps=1, content=str(number)) for number in range(5)]
    for job_id in neighbours:
        until(job_id, "succeeded")
    until(poison, "failed", timeout_s=120)
    job = stack.job(poison)
    assert (starts(trace), job.attempt, job.losses) == (3, 3, 3)
    assert "died 3 times" in job.failure["detail"]


def test_a7_a_flushed_queue_and_a_killed_broker_lose_nothing(stack, ask, until):
    first = ask(steps=10, step_s=0.2)
    waiting = [ask(user=f"a7-{number}", content=str(number)) for number in range(10)]
    until(first, "running")
    redis_of(stack).flushall()
    stack.stop("valkey")
    stack.start("valkey")
    for job_id in (first, *waiting):
        until(job_id, "succeeded")
    assert all(stack.job(job_id).commits == 1 for job_id in waiting)


def test_a9_an_id_that_comes_fifty_times_is_run_once(stack, ask, until, tmp_path):
    trace = tmp_path / "trace"
    job_id = ask(steps=2, trace=str(trace))
    app.conf.broker_url = stack.commands["fast"].environment["REDIS_URL"]
    for _ in range(50):
        app.send_task(RUN_JOB, args=[job_id, SCHEMA], queue="fast")
    until(job_id, "succeeded")
    stack.wait(lambda: redis_of(stack).llen("fast") == 0, "messages are left")
    time.sleep(0.3)
    assert (starts(trace), stack.job(job_id).attempt, stack.job(job_id).commits) == (1, 1, 1)


def test_a10_who_comes_back_from_the_dead_writes_nothing(stack, ask, until):
    job_id = ask(steps=20, step_s=0.1, content="a10")
    until(job_id, "running")
    with stack.ledger.writing():  # else it may be stopped while it holds the one lock of an SQLite file
        stack.signal("fast", signal.SIGSTOP)
    until(job_id, "queued")
    held = claim(stack.ledger, job_id, worker="another")
    stack.signal("fast", signal.SIGCONT)
    time.sleep(stack.ledger.lease_s / 2)
    assert stack.job(job_id).token == held.token
    stack.wait(lambda: "attempt-1" not in Storage(stack.settings.files_url).names(f"jobs/{job_id}"), "the dead's files")
    until(job_id, "succeeded")
    job = stack.job(job_id)
    assert (job.commits, job.attempt, job.digest) == (1, 3, expected_digest(job.parameters))


def test_a12_a_running_job_is_cancelled_within_seconds_and_the_next_one_starts(stack, ask, until):
    job_id = ask(steps=1000, step_s=0.1)
    until(job_id, "running")
    following = ask(steps=1, user="next in line")
    request_cancellation(stack.ledger, job_id)
    assert until(job_id, "cancelled") < 5
    assert until(following, "succeeded") < 15
    assert stack.job(job_id).files == []
    assert "parts" not in Storage(stack.settings.files_url).names(f"jobs/{job_id}")


def test_a12_a_deaf_job_is_ended_by_force(stack, ask, until):
    job_id = ask(mode="loop")
    until(job_id, "running")
    time.sleep(0.5)
    request_cancellation(stack.ledger, job_id)
    assert until(job_id, "cancelled") < 15
    assert until(ask(steps=1, user="next in line"), "succeeded") < 60


def test_a13_a_cancelled_waiting_job_never_starts_whatever_is_restarted(stack, ask, until, tmp_path):
    trace = tmp_path / "trace"
    busy = ask(steps=10, step_s=0.2)
    until(busy, "running")
    waiting = ask(user="another", trace=str(trace))
    stack.wait(lambda: stack.job(waiting).published, "it is not in the queue")
    request_cancellation(stack.ledger, waiting)
    stack.stop("fast")
    stack.start("fast")
    until(busy, "succeeded")
    assert (stack.job(waiting).state, starts(trace)) == ("cancelled", 0)


def test_a14_a_job_that_listens_ends_when_its_time_is_over(stack, ask, until):
    job_id = ask("short_probe", steps=10_000, step_s=0.05)
    until(job_id, "running")
    assert until(job_id, "timed_out") < 3 + stack.ledger.lease_s  # a renewal later at most
    assert stack.job(job_id).attempt == 1


def test_a14_a_runaway_job_times_out_and_its_place_is_free_again(stack, ask, until):
    job_id = ask("short_probe", mode="loop")
    until(job_id, "running")
    assert until(job_id, "timed_out") < 18  # 3 s that it may, then 6 s to notice
    job = stack.job(job_id)
    assert (job.attempt, "longer than the 3 s" in job.reason) == (1, True)
    until(ask(steps=1), "succeeded")
    assert stack.pool_size("fast") == 1


def test_a15_a_worker_that_is_told_to_end_hands_its_job_over(stack, ask, until):
    job_id = ask(steps=40, step_s=0.1, content="a15")
    until(job_id, "running")
    threading.Thread(target=stack.stop, args=("fast", signal.SIGTERM)).start()
    assert until(job_id, "queued") < 10
    stack.wait(lambda: "fast" not in stack.running, "it is still there")
    stack.start("fast")
    until(job_id, "succeeded")
    job = stack.job(job_id)
    assert (job.losses, job.attempt, job.digest) == (0, 2, expected_digest(job.parameters))


@pytest.mark.parametrize(
    "garbage", [b"not json", b"[]", b'{"body": "gASV", "content-type": "application/x-python-serialize"}']
)
def test_a18_garbage_in_the_queue_costs_a_restart_at_most(stack, ask, until, garbage):
    redis_of(stack).lpush("fast", garbage)
    job_id = ask(steps=2)
    deadline = time.monotonic() + 60
    while stack.job(job_id).state != "succeeded":
        assert time.monotonic() < deadline
        if stack.running["fast"].poll() is not None:  # the launcher and compose start it again
            stack.running.pop("fast")
            stack.start("fast")
        time.sleep(0.1)


def test_a19_one_users_flood_does_not_hold_up_another(stack, ask, until):
    flood = [ask(steps=3, step_s=0.3, user="flood", content=str(number)) for number in range(20)]
    assert until(ask(steps=1, user="patient"), "succeeded") < 10
    for job_id in flood[:3]:
        until(job_id, "succeeded")


def test_a_version_of_the_message_that_a_worker_does_not_know_waits(stack, ask, until, tmp_path):
    trace = tmp_path / "trace"
    stack.stop("dispatcher")
    job_id = ask(trace=str(trace))
    app.conf.broker_url = stack.commands["fast"].environment["REDIS_URL"]
    app.send_task(RUN_JOB, args=[job_id, SCHEMA + 1], queue="fast", kwargs={"later": True})
    stack.wait(lambda: redis_of(stack).llen("fast") == 0, "the message is left")
    time.sleep(0.5)
    assert (stack.job(job_id).state, starts(trace)) == ("queued", 0)
    assert stack.job(job_id).reason == OF_ANOTHER_VERSION
    stack.start("dispatcher")
    until(job_id, "succeeded")


def test_after_all_that_the_database_is_whole_and_as_durable_as_promised(stack):
    with stack.ledger.reading() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


def test_a4_without_a_broker_jobs_are_accepted_at_once_and_run_when_it_is_back(stack, until, web):
    stack.stop("valkey")
    accepted, slowest = [], 0.0
    for number in range(10):
        started = time.monotonic()
        answer = web.post("/jobs", json={"kind": "probe", "parameters": {"content": str(number)}})
        assert web.get(f"/jobs/{answer.json()['id']}").status_code == 200
        assert web.get("/catalog").status_code == 200
        slowest = max(slowest, time.monotonic() - started)
        assert answer.status_code == 202
        accepted.append(answer.json()["id"])
    assert slowest < 1
    stack.wait(
        lambda: "the queue, which is down" in web.get(f"/jobs/{accepted[0]}").json()["waiting_for"],
        "the page is not told why jobs wait",
    )
    stack.start("valkey")
    for job_id in accepted:
        until(job_id, "succeeded")


def test_a11_64_equal_requests_at_once_are_one_job(stack, until, web):
    request = {"headers": {"Idempotency-Key": f"key-{time.monotonic_ns()}"}, "json": {"kind": "probe"}}
    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(lambda _: web.post("/jobs", **request), range(64)))
    assert {answer.status_code for answer in answers} == {202}
    (job_id,) = {answer.json()["id"] for answer in answers}
    until(job_id, "succeeded")
    assert (stack.job(job_id).attempt, stack.job(job_id).commits) == (1, 1)
    changed = web.post("/jobs", headers=request["headers"], json={"kind": "probe", "parameters": {"steps": 9}})
    assert changed.status_code == 409


def test_a_few_random_deaths_lose_nothing(tmp_path, stack):
    outcome = run_chaos(tmp_path, kills=6, seed=20261121, pause_s=0.5)
    assert outcome.is_good, outcome
    assert outcome.accepted > 5
