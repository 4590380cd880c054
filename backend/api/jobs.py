"""Background work: asked for, watched, cancelled, fetched."""

from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from backend.api.dependencies import JOBS, READ, Audited, Context
from backend.api.downloads import FILE, ZIP, download
from backend.api.json_body import JsonRoute
from backend.schemas.job_live import JobLive
from backend.schemas.jobs import Job, JobEstimate, JobKindInfo, JobLimits, JobList, JobRequest, JobSharing, JobState
from backend.services import jobs
from backend.services.archives import ZIP_TYPE
from backend.services.job_results import archive, live_document, open_file
from backend.services.job_views import JobFilter, list_jobs

NOT_CHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "As the ETag that was sent"}}

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=64)]
Known = Annotated[str | None, Header(alias="If-None-Match")]

router = APIRouter(route_class=JsonRoute, tags=["jobs"])


@router.get("/job-kinds", dependencies=[READ])
def get_job_kinds() -> list[JobKindInfo]:
    """List the kinds of job with the schema of their parameters."""
    return jobs.kinds()


@router.get("/job-limits", dependencies=[READ])
def get_job_limits(context: Context) -> JobLimits:
    """Say how many jobs one user may have."""
    return jobs.limits(context.settings)


@router.post("/job-estimates", dependencies=[JOBS])
def create_job_estimate(body: JobRequest, context: Context) -> JobEstimate:
    """Check a job and say what it will cost, without asking for it."""
    return context.job_requests.estimate(body)


@router.post("/jobs", status_code=202, dependencies=[JOBS])
def create_job(body: JobRequest, request: Request, response: Response, context: Context, key: Key = None) -> Job:
    """Ask for a job. It is written down before this answers, and runs even if everything is restarted meanwhile.

    The same request with the same `Idempotency-Key` is the same job.
    """
    job_id = context.job_requests.accept(body, key=key)
    response.headers["Location"] = str(request.app.url_path_for("get_job", job_id=job_id))
    return jobs.describe(job_id, context)


@router.get("/jobs", dependencies=[READ])
def get_jobs(
    *,
    context: Context,
    state: Annotated[list[JobState] | None, Query()] = None,
    kind: Annotated[str | None, Query(max_length=64)] = None,
    search: Annotated[str, Query(max_length=120)] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobList:
    """List one's own jobs, newest first."""
    chosen = JobFilter(states=state or (), kind=kind, search=search, offset=offset, limit=limit)
    running = context.settings.running_jobs_per_user
    return list_jobs(context.ledger, chosen, owner=context.user, running_per_user=running)


@router.get("/jobs/{job_id}", responses=NOT_CHANGED, response_model=Job, dependencies=[READ])
def get_job(job_id: str, response: Response, context: Context, known: Known = None) -> Any:
    """Describe a job of one's own, or one that its owner shares."""
    return _unless_known(jobs.describe(job_id, context), known, response)


@router.get("/jobs/{job_id}/live", responses=NOT_CHANGED, response_model=JobLive, dependencies=[READ])
def get_job_live(job_id: str, response: Response, context: Context, known: Known = None) -> Any:
    """Return what a job shows by now: a matrix that takes shape, curves that grow."""
    live = live_document(context.ledger, job_id, asker=context.user, storage=context.storage)
    return _unless_known(live, known, response)


@router.get("/jobs/{job_id}/files/{name}", response_class=StreamingResponse, responses=FILE, dependencies=[READ])
def get_job_file(job_id: str, name: str, context: Context) -> StreamingResponse:
    """Return a result file, also while the job still runs."""
    file, content = open_file(context.ledger, job_id, name, asker=context.user, storage=context.storage)
    return download(name, content, media_type=file["media_type"], n_bytes=file["n_bytes"])


@router.get("/jobs/{job_id}/archive", response_class=StreamingResponse, responses=ZIP, dependencies=[READ])
def get_job_archive(job_id: str, context: Context) -> StreamingResponse:
    """Return everything about a job as one zip."""
    job = jobs.describe(job_id, context)
    content = archive(context.ledger, job, asker=context.user, storage=context.storage)
    return download(f"regulens-{job_id[:8]}.zip", content, media_type=ZIP_TYPE)


@router.put("/jobs/{job_id}/sharing", dependencies=[JOBS])
def share_job(job_id: str, body: JobSharing, context: Context) -> Job:
    """Let everybody who can sign in and has the id look at a job of one's own, or end that."""
    jobs.share(job_id, context, shared=body.shared)
    return jobs.describe(job_id, context)


@router.post("/jobs/{job_id}/cancellation", status_code=202, dependencies=[JOBS])
def cancel_job(job_id: str, context: Context) -> Job:
    """Cancel a job of one's own: at once if it waits, within seconds if it runs."""
    jobs.cancel(job_id, context)
    return jobs.describe(job_id, context)


@router.delete("/jobs/{job_id}", status_code=204, dependencies=[JOBS])
def delete_job(job_id: str, context: Context, audit: Audited) -> None:
    """Forget a finished job of one's own with all its files; checkpoints that it has trained stay."""
    jobs.delete(job_id, context)
    audit("job-deleted", subject=job_id)


def _unless_known(document: Any, known: str | None, response: Response) -> Any:
    """Answer with the document, or with 304 where the asker has it already."""
    etag = _etag(document)
    if known == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return document


def _etag(document: BaseModel) -> str:
    return f'"{sha256(document.model_dump_json().encode()).hexdigest()[:32]}"'
