"""Routes that the browser asks past Dash's callbacks: one question per edit, answered as the API does."""

from collections.abc import Awaitable

from fastapi.responses import Response
from pydantic import BaseModel

from backend.schemas.problem import Problem
from frontend.client import BackendError, BackendProblem
from frontend.components.notices import for_the_page


async def passed_on(asked: Awaitable[BaseModel], *, path: str) -> Response:
    """Hand the API's answer on, or its problem."""
    try:
        answer = await asked
    except BackendError as error:
        problem = problem_of(error, path)
        return Response(problem.model_dump_json(), problem.status, media_type="application/problem+json")
    return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def problem_of(error: BackendError, path: str) -> Problem:
    """Return the API's problem, or that of its absence."""
    if isinstance(error, BackendProblem):
        return for_the_page(error.problem)
    return Problem(
        type="/problems/service-away",
        title="The analysis service does not answer",
        status=503,
        detail="Your edits are kept, and the page asks again by itself.",
        instance=path,
        request_id="none",
    )
