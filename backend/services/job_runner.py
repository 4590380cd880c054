"""Run one job: claim it, renew the lease beside the work, write the result, finish by token."""

import faulthandler
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import structlog
import torch
from pydantic import ValidationError

from backend.config import Settings
from backend.jobs.files import attempt_folder, digest_of, kept_folder, parts_folder, result_folder
from backend.jobs.leases import Claim, Standing, claim, finish, postpone, renew, superseded, too_long
from backend.jobs.ledger import Ledger, rows
from backend.jobs.storage import Storage
from backend.jobs.tables import JobRecord
from backend.schemas.jobs import JobState
from backend.services.errors import InvalidFieldsError, ServiceError
from backend.services.job_kinds import JOB_KINDS, load_kinds
from backend.services.job_kinds.kind import JobKind, JobParameters
from backend.services.job_kinds.stopped import JobStopped
from backend.services.job_run import RunningJob
from backend.services.problem_items import failure_items
from models.errors import ModelsError, UnknownNameError

__all__ = ["OF_ANOTHER_VERSION", "load_kinds", "run_job"]

RENEWALS_PER_LEASE: Final = 4
STOP_GRACE_S: Final = 6.0  # seconds that a job has to notice that it is to stop, before its process is ended
LAST_RESORT_S: Final = 60.0  # seconds beyond its time limit after which a process is ended whatever it does
ENDED_BY_FORCE: Final = 70
STDERR: Final = 2
OF_ANOTHER_VERSION: Final = "no worker understands it so far: it was asked of another version of the service"

log = structlog.get_logger(__name__)


def run_job(job_id: str, *, ledger: Ledger, storage: Storage, settings: Settings, worker: str) -> None:
    """Run a job to its end, unless it is not there to be run any more."""
    asked = _understood(job_id, ledger)
    held = claim(ledger, job_id, worker=worker) if asked else None
    if asked is None or held is None:
        log.info("job_not_claimed", job=job_id)
        return
    torch.set_num_threads(settings.torch_threads)
    run = RunningJob(held, ledger=ledger, storage=storage, settings=settings)
    try:
        with _lease_renewed(held, run, ledger=ledger, storage=storage):
            _work(held, run, *asked, ledger=ledger, storage=storage)
    finally:
        run.close()
        if superseded(ledger, held):
            storage.remove(attempt_folder(job_id, held.attempt))


def _understood(job_id: str, ledger: Ledger) -> tuple[JobKind, JobParameters] | None:
    """Return what a job asks for; one that was asked of another version of the service waits for its worker."""
    with ledger.reading() as connection:
        found = rows(connection, JobRecord.id == job_id)
    try:
        for job in found:
            kind = JOB_KINDS.get(job.kind)
            return kind, kind.parameters.model_validate(job.parameters)
    except (UnknownNameError, ValidationError) as error:
        log.warning("job_not_understood", job=job_id, reason=str(error))
        postpone(ledger, job_id, reason=OF_ANOTHER_VERSION)
    return None


def _work(
    held: Claim, run: RunningJob, kind: JobKind, parameters: JobParameters, *, ledger: Ledger, storage: Storage
) -> None:
    """Do the work and write down how it ended."""
    try:
        run.forget_other_versions()
        summary = kind.run(parameters, run)
        json.dumps(summary, allow_nan=False)  # PostgreSQL takes no NaN
        run.log("The result is written.")
    except JobStopped:
        _end_stopped(held, run, ledger=ledger, storage=storage)
        return
    except Exception as error:
        _end_failed(held, run, error, ledger=ledger)
        return
    files = [file for file in run.files if not file["partial"]]
    done = finish(
        ledger, held, JobState.SUCCEEDED, message="Succeeded.", reason=None, files=files, summary=summary,
        checkpoints=run.checkpoints, digest=digest_of(files), progress=None,
    )  # fmt: skip
    if done:
        earlier = (attempt_folder(held.job_id, attempt) for attempt in range(1, held.attempt))
        _remove(storage, parts_folder(held.job_id), kept_folder(held.job_id), *earlier)


def _end_stopped(held: Claim, run: RunningJob, *, ledger: Ledger, storage: Storage) -> None:
    """Write down that a job was cancelled or ran out of time; one that was lost belongs to somebody else."""
    if run.standing is Standing.CANCEL:
        folders = parts_folder(held.job_id), kept_folder(held.job_id), result_folder(held.job_id, held.attempt)
        if finish(ledger, held, JobState.CANCELLED, message="Cancelled.", reason="cancelled", files=[]):
            _remove(storage, *folders)  # not before: it might just have succeeded
    elif run.standing is Standing.OUT_OF_TIME:
        reason = too_long(held.job)
        finish(ledger, held, JobState.TIMED_OUT, message=f"Ended: {reason}.", reason=reason)
    else:
        log.warning("job_lost", job=held.job_id, attempt=held.attempt)


def _remove(storage: Storage, *folders: str) -> None:
    for folder in folders:
        storage.remove(folder)


def _end_failed(held: Claim, run: RunningJob, error: Exception, *, ledger: Ledger) -> None:
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
        ledger, held, JobState.FAILED, message=f"Failed: {detail}", reason=_first_line(error, detail),
        failure=failure, files=run.files,
    )  # fmt: skip


def _first_line(error: Exception, detail: str) -> str:
    return error.fields[0].message if isinstance(error, InvalidFieldsError) else detail


@contextmanager
def _lease_renewed(held: Claim, run: RunningJob, *, ledger: Ledger, storage: Storage) -> Iterator[None]:
    """Renew the lease in a thread, and end the process if the job does not stop when it is told to."""
    over = threading.Event()

    def end_by_force() -> None:
        log.error("job_ended_by_force", job=held.job_id, standing=run.standing.value)
        try:
            run.close()
            _end_stopped(held, run, ledger=ledger, storage=storage)
        finally:  # if that cannot be written down now, the lease ends and the dispatcher does
            os._exit(ENDED_BY_FORCE)  # the pool starts another process

    thread = threading.Thread(
        target=_keep_lease, args=(held, run, ledger), kwargs={"over": over, "end_by_force": end_by_force}, daemon=True
    )
    thread.start()
    # The last resort against code that never lets another thread of this process run.
    faulthandler.dump_traceback_later(held.job.limit_s + LAST_RESORT_S, exit=True, file=STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        over.set()
        thread.join()


def _keep_lease(
    held: Claim, run: RunningJob, ledger: Ledger, *, over: threading.Event, end_by_force: Callable[[], Any]
) -> None:
    pause_s = ledger.lease_s / RENEWALS_PER_LEASE
    renewed = told = time.monotonic()
    while not over.wait(pause_s):
        now = time.monotonic()
        if run.standing is not Standing.GO_ON and now - told > STOP_GRACE_S:
            end_by_force()
        if run.standing is Standing.LOST:
            continue
        standing = _renewed(held, ledger)  # also while it stops, so that nobody takes it for dead
        if run.standing is Standing.GO_ON:
            told = now
            renewed = renewed if standing is None else now
            is_ours = now - renewed <= ledger.lease_s  # surely, though the database is away
            run.standing = standing or (Standing.GO_ON if is_ours else Standing.LOST)


def _renewed(held: Claim, ledger: Ledger) -> Standing | None:
    """Renew the lease; None if that failed, for whatever reason: while a job runs, its renewals must not end."""
    try:
        return renew(ledger, held)
    except Exception as error:
        log.warning("lease_not_renewed", job=held.job_id, reason=str(error))
        return None
