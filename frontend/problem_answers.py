"""How routes of the page's own server answer where the API refused or was not there."""

from typing import Final

from fastapi.responses import Response

from backend.web.problems import PROBLEM_JSON, Kind, write_problem
from frontend.client import BackendError, BackendProblem
from frontend.components.notices import for_the_page

SERVICE_AWAY: Final = Kind(503, "service-away", "The analysis service does not answer")


def problem_answer(error: BackendError, path: str, *, away: str) -> Response:
    """Hand on the API's problem, or say that it is `away` and what that means."""
    if not isinstance(error, BackendProblem):
        return write_problem({}, SERVICE_AWAY, detail=away, instance=path)
    problem = for_the_page(error.problem)
    return Response(problem.model_dump_json(), status_code=problem.status, media_type=PROBLEM_JSON)
