"""The way of every edit to the API: a route of the page's server, quicker than a callback and asked by the browser."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from backend.schemas.constructs import ConstructRequest
from backend.schemas.problem import Problem
from frontend.client import BackendClient, BackendError, BackendProblem

PATH = "/live-constructs"


def register(server: FastAPI, client: BackendClient) -> None:
    """Forward one construct at a time; assets/construct.js asks."""

    @server.post(PATH, include_in_schema=False)
    async def create_construct(body: ConstructRequest, request: Request) -> Response:
        try:
            answer = await client.construct(body)
        except BackendError as error:
            problem = problem_of(error, request.url.path)
            return Response(problem.model_dump_json(), problem.status, media_type="application/problem+json")
        return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def problem_of(error: BackendError, path: str) -> Problem:
    """Return the API's problem, or that of its absence."""
    if isinstance(error, BackendProblem):
        return error.problem
    return Problem(
        type="/problems/service-away",
        title="The analysis service does not answer",
        status=503,
        detail="Your edits are kept, and the page asks again by itself.",
        instance=path,
        request_id="none",
    )
