"""What the ledger, the dispatcher, the queue and a worker add to a job.

Reference: the same jobs run by `run_job` in a loop, in one process without dispatcher, broker and Celery.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backend.jobs.storage import Storage
from backend.schemas.jobs import JobRequest, JobState
from backend.services.job_requests import JobRequests
from backend.services.job_runner import run_job
from backend.services.uploads import UploadStore
from benchmarks.job_stack import PROBES, JobStack, job_stack
from benchmarks.tables import markdown

N_JOBS: Final = 120
N_USERS: Final = 20
WAIT_S: Final = 300.0


def table() -> str:
    """Run jobs that do next to nothing, through the queue and without it."""
    with _stack() as stack:
        uploads = UploadStore(stack.folder / "uploads", max_total_bytes=10**9, kept_hours=1)
        storage, settings = Storage(stack.settings.files_url), stack.settings
        requests = [
            JobRequests(stack.ledger, storage=storage, uploads=uploads.of(f"user{n}"), settings=settings)
            for n in range(N_USERS)
        ]
        alone = _in_a_loop(stack, requests)
        stack.start("valkey", "dispatcher", "fast")
        _done(stack, _submit(requests, 3))  # the first ones pay for imports
        latencies = [_one_by_one(stack, requests) for _ in range(10)]
        submitted = time.perf_counter()
        ids = _submit(requests, N_JOBS)
        accepted = time.perf_counter()
        queued = N_JOBS / _done(stack, ids)
    rows = [
        ("run_job in a loop, no queue", alone * 60, 1.0, ""),
        (f"{N_JOBS} jobs of {N_USERS} users through the queue, one worker", queued * 60, queued / alone, ""),
        ("one job, accepted to finished", "", "", f"{statistics.median(latencies) * 1000:.0f} ms"),
        ("accepting one job (row on the disk)", "", "", f"{(accepted - submitted) / N_JOBS * 1000:.1f} ms"),
    ]
    return markdown("Jobs that do next to nothing", ("", "jobs per minute", "ratio", "median"), rows)


@contextmanager
def _stack() -> Iterator[JobStack]:
    sys.path.insert(0, str(PROBES))
    with (
        tempfile.TemporaryDirectory(prefix="regulens-jobs-") as folder,
        job_stack(Path(folder), waiting_jobs=10_000, waiting_jobs_per_user=1000) as stack,
    ):
        __import__("probe_kinds")
        yield stack


def _submit(requests: Sequence[JobRequests], n: int) -> list[str]:
    asked = [JobRequest(kind="probe", parameters={"steps": 1, "step_s": 0, "content": str(i)}) for i in range(n)]
    return [requests[i % N_USERS].accept(one, key=None) for i, one in enumerate(asked)]


def _in_a_loop(stack: JobStack, requests: Sequence[JobRequests]) -> float:
    ids = _submit(requests, N_JOBS)
    storage = Storage(stack.settings.files_url)
    started = time.perf_counter()
    for job_id in ids:
        run_job(job_id, ledger=stack.ledger, storage=storage, settings=stack.settings, worker="loop")
    return N_JOBS / (time.perf_counter() - started)


def _done(stack: JobStack, ids: Sequence[str]) -> float:
    """Wait for jobs; return the seconds from the first acceptance to the last end, by the ledger's clock."""
    wanted = set(ids)
    stack.wait(
        lambda: all(job.state == JobState.SUCCEEDED for job in stack.jobs() if job.id in wanted),
        "jobs are unfinished",
        timeout_s=WAIT_S,
    )
    jobs = [job for job in stack.jobs() if job.id in wanted]
    return max(job.finished for job in jobs) - min(job.created for job in jobs)


def _one_by_one(stack: JobStack, requests: Sequence[JobRequests]) -> float:
    return _done(stack, _submit(requests, 1))


if __name__ == "__main__":
    print(table())
