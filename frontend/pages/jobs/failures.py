"""Where the jobs pages show what failed; these pages ask again by themselves."""

from dash import set_props

from frontend.client import BackendError, BackendProblem
from frontend.components.notices import problem_alert
from frontend.ids import Jobs as Ids

HIDDEN, SHOWN = {"display": "none"}, {"display": "block"}


def banner(error: BackendError | None) -> None:
    """Raise the banner if the service is away, and take it down if it answers."""
    away = error is not None and not isinstance(error, BackendProblem)
    set_props(Ids.BACKEND_DOWN, {"style": SHOWN if away else HIDDEN})


def report(error: BackendError | None) -> None:
    """Show what was refused at the head of the page; that the service is away is the banner's to say."""
    banner(error)
    alert = problem_alert(error.problem) if isinstance(error, BackendProblem) else None
    set_props(Ids.ERROR, {"children": alert})
