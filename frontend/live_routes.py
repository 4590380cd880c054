"""Routes that the browser asks past Dash's callbacks: one question per edit, answered as the API does."""

from collections.abc import Awaitable

from fastapi.responses import Response
from pydantic import BaseModel

from frontend.client import BackendError
from frontend.problem_answers import problem_answer


async def passed_on(asked: Awaitable[BaseModel], *, path: str) -> Response:
    """Hand the API's answer on, or its problem."""
    try:
        answer = await asked
    except BackendError as error:
        return problem_answer(error, path, away="Your edits are kept, and the page asks again by itself.")
    return Response(answer.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})
