"""The live picture of a job: fetched when it has changed, drawn frame by frame."""

from typing import Any

from dash import Dash, Input, Output, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.job_live import JobLive
from frontend.askers import PerAsker
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.figures.palettes import PALETTES
from frontend.ids import Jobs as Ids
from frontend.ids import Shell
from frontend.pages.jobs.pictures import draw
from frontend.transport import Fresh

KEPT = 32
TRUSTED_S = 10  # a page in view asks more often; after that who asks may have signed out, or a job be shared no longer


class LiveCache:
    """The newest live documents of each asker, so that a scrubbed frame is not fetched again with all others."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client
        self._kept: PerAsker[Fresh[JobLive]] = PerAsker(kept=KEPT, seconds=TRUSTED_S)

    async def refresh(self, job: str) -> JobLive | None:
        """Fetch a document if it has changed; None if there is nothing to show yet."""
        known = self._kept.get(job)
        try:
            fresh = await self._client.job_live(job, known.etag if known else None)
        except BackendProblem as error:
            self._kept.drop(job)
            if error.problem.status in (404, 410):
                return None
            raise
        newest = fresh or known
        return self._kept.put(newest, job).document if newest else None

    async def get(self, job: str) -> JobLive | None:
        """Return a document as seen a moment ago, or ask."""
        seen = self._kept.fresh(job)
        return seen.document if seen else await self.refresh(job)


def register(app: Dash, lives: LiveCache) -> None:
    """Draw what the player (assets/jobs.js) asks for."""

    @app.callback(
        Output(Ids.FIGURE, "figure"),
        Output(Ids.LIVE_TITLE, "children"),
        Output(Ids.LIVE_NOTES, "children"),
        Output(Ids.DRAWN, "data"),
        Input(Ids.SHOWN, "data"),
        Input(Ids.PALETTE, "value"),
        Input(Shell.PAPER, "data"),
        prevent_initial_call=True,
    )
    async def show(asked: Any, palette: str, paper: str | None) -> tuple[Any, ...]:
        if not asked or paper is None:
            raise PreventUpdate
        try:
            live = await lives.get(asked["job"])
        except BackendError:
            return no_update  # the page's own poll raises the banner
        if live is None:
            raise PreventUpdate
        drawn = draw(live.live, asked["frame"], palette=PALETTES[palette], dark=paper == "dark")
        return drawn.figure.update_layout(meta=f"job-{asked['job']}"), drawn.title, drawn.notes, asked
