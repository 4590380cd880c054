"""The one task: run the job whose id came through the queue.

What computes is imported in the processes of the pool only, before their first job: the worker's own process stays
small, and a pool process that is lost is replaced in seconds.
"""

from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

from celery import Task
from celery.signals import worker_process_init

from backend.config import Settings
from backend.jobs.leases import postpone
from backend.jobs.ledger import Ledger, open_ledger
from backend.jobs.storage import Storage
from backend.workers.celery_app import RUN_JOB, SCHEMA, app

RUNNER: Final = "backend.services.job_runner"


class _Place(NamedTuple):
    settings: Settings
    ledger: Ledger
    storage: Storage


@worker_process_init.connect
def prepare(**_: Any) -> None:
    """Import what computes and open the ledger, once per process of the pool."""
    _place()


@app.task(name=RUN_JOB, bind=True)
def run(self: Task, job_id: str, schema: int = SCHEMA, **_later: Any) -> None:
    """Run a job; whether it is there to be run is for the ledger to say."""
    place, runner = _place(), import_module(RUNNER)
    if schema != SCHEMA:
        postpone(place.ledger, job_id, reason=runner.OF_ANOTHER_VERSION)
        return
    runner.run_job(
        job_id,
        ledger=place.ledger,
        storage=place.storage,
        settings=place.settings,
        worker=self.request.hostname or "worker",
    )


@cache
def _place() -> _Place:
    settings = Settings()
    import_module(RUNNER).load_kinds(settings)
    return _Place(settings, open_ledger(settings), Storage(settings.files_url))
