"""Files between browser and API through the page's own server: streamed both ways, never held."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from urllib.parse import quote

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from backend.schemas.jobs import FINISHED
from frontend.client import BackendClient, BackendError
from frontend.problem_answers import problem_answer

WATCHED_JOBS = 50


def register_upload_routes(server: FastAPI, client: BackendClient) -> None:
    """Forward uploads to the API and their contents back; only the page's server need be reachable from a browser."""

    @server.put("/uploads/{name}", include_in_schema=False)
    async def put_upload(name: str, request: Request) -> Response:
        length = request.headers.get("content-length", "")
        try:
            upload = await client.upload(name, request.stream(), n_bytes=int(length) if length.isdigit() else None)
        except BackendError as error:
            return _problem(error, request)
        return Response(upload.model_dump_json(), status_code=201, media_type="application/json")

    @server.get("/uploads/{upload}/content", include_in_schema=False)
    async def get_content(upload: str, request: Request) -> Response:
        try:
            info = await client.upload_info(upload)
        except BackendError as error:
            return _problem(error, request)
        return await _forward(client.upload_content(upload), info.name, request)


def register_download_routes(server: FastAPI, client: BackendClient) -> None:
    """Forward what jobs have made from the API to the browser."""

    @server.get("/job-files/{job}/{name:path}", include_in_schema=False)
    async def get_file(job: str, name: str, request: Request) -> Response:
        return await _forward(client.job_file(job, name), name.replace("/", "_"), request)

    @server.get("/job-archives/{job}", include_in_schema=False)
    async def get_archive(job: str, request: Request) -> Response:
        return await _forward(client.job_archive(job), f"{job}.zip", request)

    @server.get("/checkpoint-archives/{task}/{name}", include_in_schema=False)
    async def get_checkpoint(task: str, name: str, request: Request) -> Response:
        return await _forward(client.checkpoint_archive(name, task=task), f"{name}.zip", request)

    @server.get("/job-watch", include_in_schema=False)
    async def watch(request: Request) -> Response:
        """Say where this browser's newest jobs are, for the badge in the title (assets/jobs.js)."""
        try:
            mine = await client.jobs(limit=WATCHED_JOBS)
        except BackendError as error:
            return _problem(error, request)
        told = [
            {"id": job.id, "title": job.title, "state": job.state, "over": job.state in FINISHED} for job in mine.jobs
        ]
        return JSONResponse(told, headers={"Cache-Control": "no-store"})


async def _forward(source: AbstractAsyncContextManager[httpx.Response], name: str, request: Request) -> Response:
    """Pass an answer of the API on as it comes, to be saved under a name."""
    stack = AsyncExitStack()
    try:
        answer = await stack.enter_async_context(source)
    except BackendError as error:
        return _problem(error, request)

    async def body() -> AsyncIterator[bytes]:
        async with stack:
            async for chunk in answer.aiter_bytes():
                yield chunk

    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Encoding": "identity",  # else compressed on the way, and the browser would not know how much comes
    }
    if "content-length" in answer.headers and "content-encoding" not in answer.headers:
        headers["Content-Length"] = answer.headers["content-length"]
    return StreamingResponse(body(), media_type="application/octet-stream", headers=headers)


def _problem(error: BackendError, request: Request) -> Response:
    return problem_answer(error, request.url.path, away=f"{error} Try again once the service is back.")
