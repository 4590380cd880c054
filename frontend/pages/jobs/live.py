"""The live picture of a job: fetched when it has changed, drawn frame by frame."""

from collections import OrderedDict
from typing import Any

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from backend.schemas.job_live import JobLive
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.figures.palettes import PALETTES
from frontend.ids import Jobs as Ids
from frontend.ids import Shell
from frontend.pages.jobs.pictures import draw
from frontend.transport import Fresh

KEPT = 32


class LiveCache:
    """The newest live documents, so that a scrubbed frame is not fetched again with all others."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client
        self._kept: OrderedDict[str, Fresh[JobLive]] = OrderedDict()

    async def refresh(self, job: str) -> JobLive | None:
        """Fetch a document if it has changed; None if there is nothing to show yet."""
        known = self._kept.get(job)
        try:
            fresh = await self._client.job_live(job, known.etag if known else None)
        except BackendProblem as error:
            if error.problem.status in (404, 410):
                return None
            raise
        if newest := fresh or known:
            self._kept[job] = newest
            self._kept.move_to_end(job)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return newest.document if newest else None

    async def get(self, job: str) -> JobLive | None:
        """Return a document as last seen."""
        return self._kept[job].document if job in self._kept else await self.refresh(job)


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
        except BackendError as error:
            raise PreventUpdate from error  # the page's own poll raises the banner
        if live is None:
            raise PreventUpdate
        drawn = draw(live.live, asked["frame"], palette=PALETTES[palette], dark=paper == "dark")
        return drawn.figure.update_layout(meta=f"job-{asked['job']}"), drawn.title, drawn.notes, asked
