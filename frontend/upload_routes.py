"""Files between browser and API through the page's own server: streamed both ways, never held."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from backend.schemas.problem import Problem
from frontend.client import BackendClient, BackendError, BackendProblem

PROBLEM_JSON = "application/problem+json"


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
        stack = AsyncExitStack()
        try:
            info = await client.upload_info(upload)
            answer = await stack.enter_async_context(client.upload_content(upload))
        except BackendError as error:
            return _problem(error, request)

        async def body() -> AsyncIterator[bytes]:
            async with stack:
                async for chunk in answer.aiter_bytes():
                    yield chunk

        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(info.name, safe='')}",
            "Content-Length": str(info.n_bytes),
        }
        return StreamingResponse(body(), media_type="application/octet-stream", headers=headers)


def _problem(error: BackendError, request: Request) -> Response:
    if isinstance(error, BackendProblem):
        problem = error.problem
    else:
        problem = Problem(
            type="/problems/service-away",
            title="The analysis service does not answer",
            status=503,
            detail=f"{error} Try again once the service is back.",
            instance=request.url.path,
            request_id="none",
        )
    return Response(problem.model_dump_json(), status_code=problem.status, media_type=PROBLEM_JSON)
