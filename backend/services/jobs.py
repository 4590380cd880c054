"""What a user can do with jobs, on top of the ledger."""

from backend.config import Settings
from backend.jobs.files import job_folder
from backend.jobs.submissions import remove, request_cancellation, set_shared
from backend.schemas.jobs import Job, JobKindInfo, JobLimits
from backend.services import job_views
from backend.services.context import ServiceContext
from backend.services.errors import UnfinishedJobError
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_views import own_job


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


def describe(job_id: str, context: ServiceContext) -> Job:
    """Describe a job of one's own, or a shared one."""
    running = context.settings.running_jobs_per_user
    return job_views.describe(context.ledger, job_id, asker=context.user, running_per_user=running)


def share(job_id: str, context: ServiceContext, *, shared: bool) -> None:
    """Let whoever has the id look at a job of one's own, or end that."""
    own_job(context.ledger, job_id, owner=context.user)
    set_shared(context.ledger, job_id, shared)


def cancel(job_id: str, context: ServiceContext) -> None:
    """Cancel a job of one's own; a finished one stays as it is."""
    own_job(context.ledger, job_id, owner=context.user)
    request_cancellation(context.ledger, job_id)


def delete(job_id: str, context: ServiceContext) -> None:
    """Forget a finished job of one's own with all its files; checkpoints that it has added stay."""
    own_job(context.ledger, job_id, owner=context.user)
    if not remove(context.ledger, job_id):
        raise UnfinishedJobError
    context.storage.remove(job_folder(job_id))
