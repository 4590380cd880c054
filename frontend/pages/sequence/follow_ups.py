"""What is asked once a row is drawn: may its explanation be believed, and which motifs does it show?"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate
from pydantic import BaseModel

from backend.schemas.catalog import Catalog
from backend.schemas.motifs import MotifReport, MotifReportRequest
from backend.schemas.trust import TrustReport, TrustRequest
from backend.schemas.window import Attribution
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.ids import Sequence as Ids
from frontend.pages.sequence.methods import attributions_of
from frontend.pages.sequence.shown import Data, Shown, read_shown
from frontend.verdicts import NOT_CHECKED

PASSING = ("busy", "motifs-not-ready", "shutting-down")  # problems that pass by themselves
RETRY_S = 4
AGAIN = "The page asks again by itself."
UNSIGNED = "Motifs are sought in signed explanations. Choose another than the unsigned one to see them."


class FollowUp(NamedTuple):
    """A question about an explanation: which stores ask and answer, who is asked, what is said without an answer."""

    asked: str
    answer: str
    ask: Callable[[str, list[Attribution]], Awaitable[BaseModel]]
    nothing_to_ask: str
    waiting: str
    failed: str


def register(app: Dash, client: BackendClient) -> None:
    """Register the questions."""

    async def trust(sequence: str, attributions: list[Attribution]) -> TrustReport:
        return await client.check_trust(TrustRequest(sequence=sequence, attributions=attributions))

    async def motifs(sequence: str, attributions: list[Attribution]) -> MotifReport:
        return await client.motif_report(MotifReportRequest(sequence=sequence, attributions=attributions))

    _register(app, FollowUp(Ids.TRUST_ASKED, Ids.TRUST_ANSWER, trust, "", "waiting…", NOT_CHECKED))
    _register(app, FollowUp(Ids.MOTIFS_ASKED, Ids.MOTIFS_ANSWER, motifs, UNSIGNED, "", "Motifs were not sought."))


def _register(app: Dash, follow_up: FollowUp) -> None:
    @app.callback(
        Output(follow_up.answer, "data"),
        Input(follow_up.asked, "data"),
        State(Ids.EXPLANATION, "data"),
        State(Ids.CATALOG, "data"),
        prevent_initial_call=True,
    )
    async def ask(asked: Data | None, explanation: Data | None, catalog: Any) -> Data:
        if asked is None or explanation is None or asked["key"] != explanation["key"]:
            raise PreventUpdate
        shown = read_shown(explanation)
        return {"key": shown.key} | await answer_of(follow_up, shown, catalog=Catalog.model_validate(catalog))


async def answer_of(follow_up: FollowUp, shown: Shown, *, catalog: Catalog) -> Data:
    """Ask; a service that is busy or warming up is asked again by the browser after `retry_s`."""
    attributions = attributions_of(shown.methods, window=shown.window, catalog=catalog)
    if not attributions:
        return {"note": follow_up.nothing_to_ask}
    try:
        report = await follow_up.ask(shown.window.sequence, attributions)
    except BackendProblem as error:
        if error.problem.type.rsplit("/", maxsplit=1)[-1] in PASSING:
            return {"note": follow_up.waiting, "detail": f"{error.problem.detail} {AGAIN}", "retry_s": RETRY_S}
        return {"note": follow_up.failed, "detail": error.problem.detail}
    except BackendError as error:
        return {"note": follow_up.failed, "detail": f"{error} {AGAIN}", "retry_s": RETRY_S}
    return {"report": report.model_dump(mode="json")}
