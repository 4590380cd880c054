"""How a failed request reaches the eye: beside the field, as an alert, or as the banner that asks again."""

from typing import Any, NamedTuple

from dash import set_props

from frontend.client import BackendError, BackendProblem
from frontend.components.notices import failure_alert, problem_alert
from frontend.transport import TOO_MANY, UNAUTHORIZED


def is_about_asker(error: BackendProblem) -> bool:
    """Whether a refusal says nothing of what was asked: who asks has to sign in, or to wait."""
    return error.problem.status in (UNAUTHORIZED, TOO_MANY)


def banner_style(error: BackendError) -> dict[str, str]:
    """Raise the banner if the service is away; who is refused has reached it."""
    return {"display": "none" if isinstance(error, BackendProblem) else "block"}


class Reporter(NamedTuple):
    """Where a page says that the service is away, and what asks again; both are component ids."""

    banner: str
    poll: str

    def __call__(self, error: BackendError) -> Any:
        """Return what to show for a failed request; if the service is away, raise the banner as well."""
        if isinstance(error, BackendProblem):
            return problem_alert(error.problem)
        set_props(self.banner, {"style": {"display": "block"}})
        set_props(self.poll, {"disabled": False})
        return failure_alert(f"{error} Ask again once the service is back.")
