"""How a failed request reaches the eye: beside the field, as an alert, or as the banner that asks again."""

from typing import Any

from dash import set_props

from frontend.client import BackendError, BackendProblem
from frontend.components.notices import failure_alert, problem_alert
from frontend.ids import Sequence as Ids


def report(error: BackendError) -> Any:
    """Return what to show for a failed request; if the service is away, raise the banner as well."""
    if isinstance(error, BackendProblem):
        return problem_alert(error.problem)
    set_props(Ids.BACKEND_DOWN, {"style": {"display": "block"}})
    set_props(Ids.CATALOG_POLL, {"disabled": False})
    return failure_alert(f"{error} Ask again once the service is back.")
