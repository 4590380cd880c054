"""What people notice while parts are away: ``python -m benchmarks.outages`` with a name.

*cancels*: running jobs are cancelled at random moments, every tenth of a sort that never asks whether it is to end;
the time until the next job in line starts. *queue*: predictions and new jobs at a steady pace while the queue is
there, is killed, and hangs. *restart*: the same while the API is told to end and is started again. *damaged*: the time
to start with weights that were cut in half, and what is said of them.
"""

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import numpy as np

from backend.schemas.jobs import FINISHED, JobState
from benchmarks.job_stack import JobStack, job_stack
from benchmarks.stack import running_stack
from benchmarks.tables import markdown
from benchmarks.traffic import API, FACTOR
from models.checkpoints import PRETRAINED
from models.examples import random_sequence

PER_SECOND: Final = 20
NEW_JOB_EVERY: Final = 10  # requests
DEAF_EVERY: Final = 10  # jobs
LIMITLESS: Final = dict.fromkeys(
    ("requests_per_minute", "predictions_per_second", "waiting_jobs", "waiting_jobs_per_user"), 10**9
)


@dataclass
class Seen:
    """What one phase of steady traffic met."""

    predictions: list[float] = field(default_factory=list)
    new_jobs: list[float] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


def cancels(n: int, *, seed: int = 0) -> str:
    """Cancel jobs at random moments; seconds until the next in line starts."""
    rng = random.Random(seed)
    waits: dict[str, list[float]] = {"asks whether it is to end": [], "never asks": []}
    with _stack("valkey", "dispatcher", "fast", "api") as stack, httpx.Client(base_url=stack.api_url + API) as client:
        for number in range(n):
            deaf = number % DEAF_EVERY == DEAF_EVERY - 1
            running = _ask(client, steps=100_000, step_s=0.02, mode="loop" if deaf else "well")
            next_one = _ask(client, steps=1, content=str(number))
            _reaches(stack, running, JobState.RUNNING)
            time.sleep(rng.uniform(0, 1))
            cancelled = stack.ledger.clock()
            client.post(f"/jobs/{running}/cancellation").raise_for_status()
            _reaches(stack, next_one, JobState.SUCCEEDED)
            assert stack.job(running).state == JobState.CANCELLED
            waits["never asks" if deaf else "asks whether it is to end"].append(stack.job(next_one).started - cancelled)
    rows = [
        (name, len(each), *(float(np.percentile(each, share)) for share in (50, 95, 100)))
        for name, each in waits.items()
    ]
    return markdown("Cancelled, until the next job starts", ("the job", "n", "p50 s", "p95 s", "slowest s"), rows)


def queue_away(seconds: float) -> str:
    """Compare phases with the queue there, killed, there again, hanging, and there again."""
    with _stack("valkey", "dispatcher", "fast", "api") as stack:
        _traffic(stack, 10)  # the first ones pay for imports
        phases = {"queue there": _traffic(stack, seconds)}
        stack.stop("valkey")
        phases["queue killed"] = _traffic(stack, seconds)
        stack.start("valkey")
        phases["queue back"] = _traffic(stack, seconds)
        stack.signal("valkey", signal.SIGSTOP)
        phases["queue hangs"] = _traffic(stack, seconds)
        stack.signal("valkey", signal.SIGCONT)
        phases["queue goes on"] = _traffic(stack, seconds)
        return _table(stack, f"The queue is away, {PER_SECOND} requests a second", phases)


def restart_api(seconds: float) -> str:
    """Tell the API to end under traffic, start it again, and count what fails meanwhile."""
    with _stack("valkey", "dispatcher", "fast", "api") as stack:
        _traffic(stack, 10)
        phases = {"API there": _traffic(stack, seconds)}

        def restart() -> float:
            began = time.monotonic()
            stack.stop("api", signal.SIGTERM)
            stack.start("api")
            return time.monotonic() - began

        phases["API restarts"] = asyncio.run(_steady(stack, seconds, beside=restart))
        phases["API back"] = _traffic(stack, seconds)
        return _table(stack, f"The API is started again, {PER_SECOND} requests a second", phases)


def damaged_weights() -> str:
    """Start with one checkpoint cut in half; seconds until page and API answer, and what the catalogue says of it."""
    with tempfile.TemporaryDirectory(prefix="regulens-outages-") as folder:
        weights, name = Path(folder, "weights"), f"{FACTOR}-demo_cnn"
        shutil.copytree(PRETRAINED, weights)
        file = max((weights / name).iterdir(), key=lambda path: path.stat().st_size)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        settings = {"REGULENS_DATA_DIR": f"{folder}/data", "REGULENS_CHECKPOINT_DIR": str(weights)}
        with running_stack(**settings) as stack:
            catalog = httpx.get(f"{stack.api_url}{API}/catalog").raise_for_status().json()
            body = {"sequences": random_sequence(np.random.default_rng(0), 101), "factors": [FACTOR]}
            others = httpx.post(f"{stack.api_url}{API}/sequence-analyses", json=body, timeout=30).status_code
            rows = [(name, stack.start_s, others, catalog["unavailable"][name])]
    return markdown(
        "One checkpoint is damaged", ("which", "ready after s", "the factor's other networks", "said"), rows
    )


@contextmanager
def _stack(*names: str) -> Iterator[JobStack]:
    with (
        tempfile.TemporaryDirectory(prefix="regulens-outages-") as folder,
        job_stack(Path(folder), job_lease_s=6, log_level="warning", **LIMITLESS) as stack,
    ):
        stack.start(*names)
        yield stack


def _ask(client: httpx.Client, **parameters: object) -> str:
    answer = client.post("/jobs", json={"kind": "probe", "parameters": parameters}).raise_for_status()
    return str(answer.json()["id"])


def _reaches(stack: JobStack, job: str, state: JobState) -> None:
    stack.wait(lambda: stack.job(job).state == state, f"job {job} is not {state}")


def _traffic(stack: JobStack, seconds: float) -> Seen:
    return asyncio.run(_steady(stack, seconds))


async def _steady(stack: JobStack, seconds: float, *, beside: Callable[[], float] | None = None) -> Seen:
    """Ask at a steady pace, whether or not answers come; `beside` is done meanwhile in a thread."""
    seen, rng = Seen(), np.random.default_rng(time.monotonic_ns())
    async with httpx.AsyncClient(base_url=stack.api_url + API, timeout=30) as client, asyncio.TaskGroup() as asked:
        if beside is not None:
            asked.create_task(asyncio.to_thread(beside))
        for number in range(int(PER_SECOND * seconds)):
            question = _new_job if number % NEW_JOB_EVERY == 0 else _prediction
            asked.create_task(question(client, seen, random_sequence(rng, 101)))
            await asyncio.sleep(1 / PER_SECOND)
    return seen


async def _prediction(client: httpx.AsyncClient, seen: Seen, sequence: str) -> None:
    await _timed(client, seen, seen.predictions, "/sequence-analyses", {"sequences": sequence, "factors": [FACTOR]})


async def _new_job(client: httpx.AsyncClient, seen: Seen, content: str) -> None:
    body = {"kind": "probe", "parameters": {"steps": 1, "content": content}}
    answer = await _timed(client, seen, seen.new_jobs, "/jobs", body)
    if answer is not None:
        seen.accepted.append(answer.json()["id"])


async def _timed(
    client: httpx.AsyncClient, seen: Seen, latencies: list[float], path: str, body: Mapping[str, object]
) -> httpx.Response | None:
    started = time.perf_counter()
    try:
        answer = (await client.post(path, json=body)).raise_for_status()
    except httpx.HTTPStatusError as error:
        seen.failures[str(error.response.status_code)] += 1
        return None
    except httpx.TransportError as error:
        seen.failures[type(error).__name__] += 1
        return None
    latencies.append(1000 * (time.perf_counter() - started))
    return answer


def _table(stack: JobStack, title: str, phases: dict[str, Seen]) -> str:
    accepted = [job for seen in phases.values() for job in seen.accepted]
    stack.wait(lambda: all(stack.job(job).state in FINISHED for job in accepted), "jobs are unfinished")
    lost = sum(stack.job(job).state != JobState.SUCCEEDED for job in accepted)
    rows = [
        (
            name,
            len(seen.predictions),
            *(float(np.percentile(seen.predictions or [np.nan], share)) for share in (50, 99)),
            max(seen.new_jobs, default=np.nan),
            ", ".join(f"{n} x {what}" for what, n in seen.failures.items()) or "none",
        )
        for name, seen in phases.items()
    ]
    header = ("phase", "predictions", "p50 ms", "p99 ms", "slowest new job ms", "failures")
    return markdown(f"{title}; {len(accepted)} jobs accepted, {lost} lost", header, rows)


def main() -> int:
    """Run one of them and print its table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outages", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("what", choices=("cancels", "queue", "restart", "damaged"))
    parser.add_argument("--jobs", type=int, default=200, help="jobs to cancel")
    parser.add_argument("--seconds", type=float, default=60, help="of each phase")
    given = parser.parse_args()
    tables = {
        "cancels": lambda: cancels(given.jobs),
        "queue": lambda: queue_away(given.seconds),
        "restart": lambda: restart_api(given.seconds),
        "damaged": damaged_weights,
    }
    print(tables[given.what]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
