"""Random deaths while jobs come in: `python -m benchmarks.chaos --kills 100 --seed 1`.

API, dispatcher, worker, its pool process and the broker are killed with SIGKILL in random order and started again, as
the launcher does. Nothing may be lost, nothing may be committed twice, and every result must be what an undisturbed
job gives.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from backend.access.keys import session_key
from backend.access.sessions import sign
from backend.schemas.access import SESSION_COOKIE
from backend.schemas.jobs import FINISHED, JobState
from benchmarks.job_stack import PROBES, JobStack, job_stack

TARGETS: Final = ("pool process", "fast", "dispatcher", "valkey", "api")
LEASE_S: Final = 3.0
STEPS: Final = 6
LAST_JOB_S: Final = 120.0


class Outcome(NamedTuple):
    """What has become of the jobs."""

    kills: Counter[str]
    accepted: int
    refused: int
    unfinished: int
    not_succeeded: int
    committed_twice: int
    wrong_results: int
    started_again: int
    most_starts: int
    slowest_s: float
    seconds: float

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, doubled or changed."""
        return not (self.unfinished or self.not_succeeded or self.committed_twice or self.wrong_results)


def run_chaos(folder: Path, *, kills: int, seed: int, pause_s: float = 1.0) -> Outcome:
    """Kill at random until `kills` are done, then wait for the last job."""
    rng = random.Random(seed)
    started = time.monotonic()
    # A job may lose more workers here than anywhere else; three is for jobs that kill their workers themselves.
    with job_stack(folder, job_lease_s=LEASE_S, job_attempts=1000, waiting_jobs=10_000) as stack:
        stack.start("valkey", "dispatcher", "fast", "api")
        done: Counter[str] = Counter()
        answers: Counter[str] = Counter()
        while done.total() < kills:
            answers.update(_submit(stack, rng))
            time.sleep(rng.uniform(0, pause_s))
            done.update(_kill_one(stack, rng))
        _wait_for_all(stack)
        return _outcome(stack, done, answers, time.monotonic() - started)


def _submit(stack: JobStack, rng: random.Random) -> Iterator[str]:
    """Ask for a few jobs, as impatient users do: who gets no answer asks again with the same key."""
    for _ in range(rng.randint(1, 4)):
        content = f"{rng.random():.12f}"
        body = {"kind": "probe", "parameters": {"steps": STEPS, "step_s": 0.05, "content": content}}
        cookie = sign(f"user{rng.randint(0, 9)}", generation=None, key=session_key(stack.settings))
        headers = {"Idempotency-Key": content, "Cookie": f"{SESSION_COOKIE}={cookie}"}
        for _ in range(100):
            try:
                answer = httpx.post(f"{stack.api_url}/api/v1/jobs", json=body, headers=headers, timeout=5)
            except httpx.HTTPError:
                _revive(stack)
                time.sleep(0.2)
                continue
            yield "accepted" if answer.status_code == httpx.codes.ACCEPTED else "refused"
            break
        else:
            yield "never answered"


def _kill_one(stack: JobStack, rng: random.Random) -> Iterator[str]:
    """Kill something and start it again, a moment later."""
    target = rng.choice(TARGETS)
    try:
        if target == "pool process":
            os.kill(stack.pool_child("fast"), signal.SIGKILL)
        else:
            stack.stop(target)
    except (IndexError, ProcessLookupError, KeyError):
        return  # it is just starting
    yield target
    time.sleep(rng.uniform(0, 0.5))
    _revive(stack)


def _revive(stack: JobStack) -> None:
    """Start what has ended, as the launcher does."""
    for name, process in list(stack.running.items()):
        if process.poll() is not None:
            stack.running.pop(name)
    for name in ("valkey", "dispatcher", "fast", "api"):
        if name not in stack.running:
            stack.launch(name)


def _wait_for_all(stack: JobStack) -> None:
    ended = time.monotonic() + LAST_JOB_S
    while time.monotonic() < ended and any(job.state not in FINISHED for job in stack.jobs()):
        _revive(stack)
        time.sleep(0.2)


def _outcome(stack: JobStack, kills: Counter[str], answers: Counter[str], seconds: float) -> Outcome:
    jobs = stack.jobs()
    succeeded = [job for job in jobs if job.state == JobState.SUCCEEDED]
    return Outcome(
        kills=kills,
        accepted=len(jobs),
        refused=answers["refused"] + answers["never answered"],
        unfinished=sum(job.state not in FINISHED for job in jobs) + max(0, answers["accepted"] - len(jobs)),
        not_succeeded=sum(job.state in FINISHED for job in jobs) - len(succeeded),
        committed_twice=sum(job.commits != 1 for job in succeeded),
        wrong_results=sum(job.digest != expected_digest(job.parameters) for job in succeeded),
        started_again=sum(job.attempt > 1 for job in jobs),
        most_starts=max((job.attempt for job in jobs), default=0),
        slowest_s=max((job.finished - job.created for job in succeeded), default=0.0),
        seconds=seconds,
    )


def expected_digest(parameters: dict[str, Any]) -> str:
    """Return the digest of what an undisturbed probe writes."""
    digest = "0"
    for done in range(1, parameters["steps"] + 1):
        digest = sha256(f"{digest}{parameters['content']}{done}".encode()).hexdigest()
    result = sha256(f"{parameters['content']} {digest}\n".encode()).hexdigest()
    return sha256(f"result.txt {result}".encode()).hexdigest()


def main() -> int:
    """Run, print, and fail if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.path.insert(0, str(PROBES))
    with tempfile.TemporaryDirectory(prefix="regulens-chaos-") as folder:
        outcome = run_chaos(Path(folder), kills=given.kills, seed=given.seed)
    print(json.dumps({"seed": given.seed, **outcome._asdict()}, indent=1))
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
