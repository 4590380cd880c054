"""What a user can do with jobs, on top of the ledger."""

from backend.config import Settings
from backend.jobs.files import job_folder
from backend.jobs.ledger import Ledger
from backend.jobs.storage import Storage
from backend.jobs.submissions import remove, request_cancellation
from backend.schemas.jobs import JobKindInfo, JobLimits
from backend.services.errors import ForeignJobError, UnfinishedJobError
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_views import find_job


def kinds() -> list[JobKindInfo]:
    """Describe every kind of job, with the schema that a form is drawn from."""
    return [
        JobKindInfo(
            name=kind.name,
            title=kind.title,
            summary=kind.summary,
            queue=kind.queue,
            time_limit_s=kind.time_limit_s,
            limits=kind.limits,
            parameters=kind.parameters.model_json_schema(),
        )
        for kind in map(JOB_KINDS.get, JOB_KINDS)
    ]


def limits(settings: Settings) -> JobLimits:
    """Say how many jobs one user may have."""
    return JobLimits(
        waiting_per_user=settings.waiting_jobs_per_user,
        running_per_user=settings.running_jobs_per_user,
        waiting_in_all=settings.waiting_jobs,
        kept_days=settings.job_kept_days,
    )


def cancel(ledger: Ledger, job_id: str, *, owner: str) -> None:
    """Cancel a job of one's own; a finished one stays as it is."""
    _refuse_foreign(ledger, job_id, owner)
    request_cancellation(ledger, job_id)


def delete(ledger: Ledger, job_id: str, *, owner: str, storage: Storage) -> None:
    """Forget a finished job of one's own with all its files; checkpoints that it has added stay."""
    _refuse_foreign(ledger, job_id, owner)
    if not remove(ledger, job_id):
        raise UnfinishedJobError
    storage.remove(job_folder(job_id))


def _refuse_foreign(ledger: Ledger, job_id: str, owner: str) -> None:
    if find_job(ledger, job_id).owner != owner:
        raise ForeignJobError
