"""Run one job: claim it, renew the lease beside the work, write the result, finish by token."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
import torch
from sqlalchemy.exc import OperationalError

from backend.config import Settings
from backend.jobs.files import attempt_folder, digest_of, parts_folder
from backend.jobs.leases import Claim, Standing, claim, finish, renew
from backend.jobs.ledger import Ledger
from backend.jobs.storage import Storage
from backend.schemas.jobs import JobState
from backend.services.errors import InvalidFieldsError, ServiceError
from backend.services.job_kinds import JOB_KINDS, load_kinds
from backend.services.job_kinds.stopped import JobStopped
from backend.services.job_run import RunningJob
from backend.services.problem_items import failure_items
from models.errors import ModelsError

__all__ = ["load_kinds", "run_job"]

RENEWALS_PER_LEASE: Final = 4
STOP_GRACE_S: Final = 8.0  # seconds that a job has to notice that it is to stop, before its process is ended
ENDED_BY_FORCE: Final = 70

log = structlog.get_logger(__name__)


def run_job(job_id: str, *, ledger: Ledger, storage: Storage, settings: Settings, worker: str) -> None:
    """Run a job to its end, unless it is not there to be run any more."""
    held = claim(ledger, job_id, worker=worker)
    if held is None:
        log.info("job_not_claimed", job=job_id)
        return
    torch.set_num_threads(settings.torch_threads)
    run = RunningJob(held, ledger=ledger, storage=storage, settings=settings)
    try:
        with _lease_renewed(held, run, ledger=ledger, storage=storage):
            _work(held, run, ledger=ledger, storage=storage)
    finally:
        run.close()
        if run.standing is Standing.LOST:
            storage.remove(attempt_folder(job_id, held.attempt))


def _work(held: Claim, run: RunningJob, *, ledger: Ledger, storage: Storage) -> None:
    """Do the work and write down how it ended."""
    kept_s = _kept_s(run.settings)
    try:
        kind = JOB_KINDS.get(held.job.kind)
        summary = kind.run(kind.parameters.model_validate(held.job.parameters), run)
        run.log("The result is written.")
    except JobStopped:
        _end_stopped(held, run, ledger=ledger, storage=storage)
        return
    except Exception as error:
        _end_failed(held, run, error, ledger=ledger, kept_s=kept_s)
        return
    files = [file for file in run.files if not file["partial"]]
    done = finish(
        ledger, held, JobState.SUCCEEDED, message="Succeeded.", kept_s=kept_s,
        reason=None, files=files, summary=summary, checkpoints=run.checkpoints, digest=digest_of(files),
        progress=None,
    )  # fmt: skip
    if done:
        storage.remove(parts_folder(held.job_id))
        storage.remove(f"jobs/{held.job_id}/kept")
    else:
        run.standing = Standing.LOST


def _end_stopped(held: Claim, run: RunningJob, *, ledger: Ledger, storage: Storage) -> None:
    """Write down that a job was cancelled or ran out of time; one that was lost belongs to somebody else."""
    kept_s = _kept_s(run.settings)
    if run.standing is Standing.CANCEL:
        storage.remove(parts_folder(held.job_id))
        storage.remove(f"{attempt_folder(held.job_id, held.attempt)}/files")
        finish(ledger, held, JobState.CANCELLED, message="Cancelled.", kept_s=kept_s, reason="cancelled", files=[])
    elif run.standing is Standing.OUT_OF_TIME:
        reason = f"it took longer than the {held.job.limit_s:,} s that a job of this kind may"
        finish(ledger, held, JobState.TIMED_OUT, message=f"Ended: {reason}.", kept_s=kept_s, reason=reason)
    else:
        log.warning("job_lost", job=held.job_id, attempt=held.attempt)


def _end_failed(held: Claim, run: RunningJob, error: Exception, *, ledger: Ledger, kept_s: float) -> None:
    """Write down why a job failed: a mistake on purpose in its own words, anything else without its inside."""
    if isinstance(error, ModelsError | ServiceError):
        title, detail = "The job cannot be done as it was asked for", str(error)
    elif isinstance(error, MemoryError):
        title, detail = "There was not enough memory", "Ask for less at a time, or give the worker more memory."
    else:
        title = "Something went wrong in the service"
        detail = "The fault is in the service, not in the request. Its log has the cause under the id of the job."
    log.error("job_failed", job=held.job_id, exc_info=error)
    errors = [item.model_dump(exclude_none=True) for item in failure_items(error)]
    failure = {"title": title, "detail": detail, "errors": errors}
    finish(
        ledger, held, JobState.FAILED, message=f"Failed: {detail}", kept_s=kept_s,
        reason=_first_line(error, detail), failure=failure, files=run.files,
    )  # fmt: skip


def _first_line(error: Exception, detail: str) -> str:
    return error.fields[0].message if isinstance(error, InvalidFieldsError) else detail


@contextmanager
def _lease_renewed(held: Claim, run: RunningJob, *, ledger: Ledger, storage: Storage) -> Iterator[None]:
    """Renew the lease in a thread, and end the process if the job does not stop when it is told to."""
    over = threading.Event()

    def end_by_force() -> None:
        _end_stopped(held, run, ledger=ledger, storage=storage)
        log.error("job_ended_by_force", job=held.job_id, standing=run.standing.value)
        os._exit(ENDED_BY_FORCE)  # the pool starts another process

    thread = threading.Thread(
        target=_keep_lease, args=(held, run, ledger), kwargs={"over": over, "end_by_force": end_by_force}, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep_lease(
    held: Claim, run: RunningJob, ledger: Ledger, *, over: threading.Event, end_by_force: Callable[[], Any]
) -> None:
    pause_s = ledger.lease_s / RENEWALS_PER_LEASE
    renewed = told = time.monotonic()
    while not over.wait(pause_s):
        now = time.monotonic()
        if run.standing is Standing.GO_ON:
            told = now
            try:
                run.standing = renew(ledger, held)
                renewed = now
            except OperationalError as error:  # the database is away: go on as long as the job is surely ours
                log.warning("lease_not_renewed", job=held.job_id, reason=str(error.orig))
                run.standing = Standing.LOST if now - renewed > ledger.lease_s else Standing.GO_ON
        elif now - told > STOP_GRACE_S:
            end_by_force()
        elif run.standing is not Standing.LOST:
            _try_to_renew(held, ledger)  # while it stops, so that nobody takes it for dead


def _try_to_renew(held: Claim, ledger: Ledger) -> None:
    try:
        renew(ledger, held)
    except OperationalError as error:
        log.warning("lease_not_renewed", job=held.job_id, reason=str(error.orig))


def _kept_s(settings: Settings) -> float:
    return settings.job_kept_days * 86_400
