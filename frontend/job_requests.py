"""What can be asked about background work."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx

from backend.schemas.job_live import JobLive
from backend.schemas.jobs import (
    FINISHED,
    Job,
    JobEstimate,
    JobKindInfo,
    JobLimits,
    JobList,
    JobRequest,
    JobSharing,
    JobState,
)
from frontend.transport import Fresh, Transport


class JobRequests(Transport):
    """Submit jobs, watch them, fetch what they have made.

    Run a job from a script::

        async with BackendClient("http://127.0.0.1:8000", token=os.environ["REGULENS_TOKEN"]) as client:
            request = JobRequest(kind="class_optimization", parameters={"checkpoint": "ctcf_weri-demo_cnn"})
            job = await client.wait_for_job((await client.submit_job(request)).id)
            for file in job.files:
                await client.save_job_file(job.id, file.name, Path(file.name))
    """

    async def job_kinds(self) -> list[JobKindInfo]:
        """Ask which kinds of job there are, each with the JSON schema of its parameters."""
        return await self._ask(list[JobKindInfo], "GET", "/job-kinds")

    async def job_limits(self) -> JobLimits:
        """Ask how many jobs one user may have."""
        return await self._ask(JobLimits, "GET", "/job-limits")

    async def estimate_job(self, request: JobRequest) -> JobEstimate:
        """Check a request and ask what it will cost."""
        return await self._ask(JobEstimate, "POST", "/job-estimates", body=request)

    async def submit_job(self, request: JobRequest, *, key: str | None = None) -> Job:
        """Ask for a job; the same key again gives the same job, so a lost answer can be asked for again."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self._ask(Job, "POST", "/jobs", body=request, headers=headers)

    async def jobs(
        self,
        *,
        states: Sequence[JobState] = (),
        kind: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> JobList:
        """List one's jobs, newest first."""
        asked = [("state", state.value) for state in states]
        asked += [(name, value) for name, value in (("kind", kind), ("search", search)) if value]
        asked += [("offset", str(offset)), ("limit", str(limit))]
        return await self._ask(JobList, "GET", f"/jobs?{urlencode(asked)}")

    async def job(self, job: str) -> Job:
        """Ask for everything about a job."""
        return await self._ask(Job, "GET", _path(job))

    async def job_if_changed(self, job: str, etag: str | None) -> Fresh[Job] | None:
        """Ask for a job; None if it is as it was under this ETag."""
        return await self._ask_if_changed(Job, _path(job), etag)

    async def job_live(self, job: str, etag: str | None = None) -> Fresh[JobLive] | None:
        """Ask what a job has to show by now; None if that is as it was under this ETag."""
        return await self._ask_if_changed(JobLive, f"{_path(job)}/live", etag)

    async def cancel_job(self, job: str) -> Job:
        """Ask a job to stop; what it has written stays."""
        return await self._ask(Job, "POST", f"{_path(job)}/cancellation")

    async def share_job(self, job: str, *, shared: bool) -> Job:
        """Let everybody who can sign in and has the id look at a job, or nobody else any more."""
        return await self._ask(Job, "PUT", f"{_path(job)}/sharing", body=JobSharing(shared=shared))

    async def delete_job(self, job: str) -> None:
        """Remove a finished job and its files."""
        await self._do("DELETE", _path(job))

    async def wait_for_job(self, job: str, *, pause_s: float = 1.0) -> Job:
        """Return a job once it has finished, however."""
        known = await self.job_if_changed(job, None)
        while known is None or known.document.state not in FINISHED:
            await asyncio.sleep(pause_s)
            known = await self.job_if_changed(job, known.etag if known else None) or known
        return known.document

    def job_file(self, job: str, name: str) -> AbstractAsyncContextManager[httpx.Response]:
        """Open a result file for reading as it comes."""
        return self._get_stream(f"{_path(job)}/files/{quote(name)}")

    def job_archive(self, job: str) -> AbstractAsyncContextManager[httpx.Response]:
        """Open a zip of all result files for reading as it comes."""
        return self._get_stream(f"{_path(job)}/archive")

    async def save_job_file(self, job: str, name: str, target: Path) -> None:
        """Write a result file to disk."""
        async with self.job_file(job, name) as answer:
            with target.open("wb") as file:
                async for chunk in answer.aiter_bytes():
                    await asyncio.to_thread(file.write, chunk)


def _path(job: str) -> str:
    return f"/jobs/{quote(job, safe='')}"
