"""How routes of the page's own server answer where the API refused or was not there."""

from fastapi.responses import Response

from backend.schemas.problem import Problem
from backend.web.problems import PROBLEM_JSON
from frontend.client import BackendError, BackendProblem
from frontend.components.notices import for_the_page


def problem_answer(error: BackendError, path: str, *, away: str) -> Response:
    """Hand on the API's problem, or say that it is `away` and what that means."""
    if isinstance(error, BackendProblem):
        problem = for_the_page(error.problem)
    else:
        problem = Problem(
            type="/problems/service-away",
            title="The analysis service does not answer",
            status=503,
            detail=away,
            instance=path,
            request_id="none",
        )
    return Response(problem.model_dump_json(), status_code=problem.status, media_type=PROBLEM_JSON)
