"""How the service is doing, for whoever wonders why something takes long."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html, no_update

from backend.schemas.health import Ready
from frontend.client import BackendClient, BackendError
from frontend.components import status
from frontend.components.notices import backend_down
from frontend.ids import Status as Ids
from frontend.pages.failures import banner_style

POLL_MS = 3000
HIDDEN = {"display": "none"}


def layout() -> Any:
    """Lay out the page."""
    parts = dmc.Paper(
        [
            dmc.Title("Status of the service", order=1, size="h3", mb="xs"),
            html.Div(id=Ids.VERDICT, className="status-verdict", **{"aria-live": "polite"}),
            html.Div(id=Ids.PARTS),
            html.Div(id=Ids.UNAVAILABLE),
        ],
        withBorder=True,
        p="md",
    )
    more = [
        dmc.Paper([dmc.Title(title, order=2, size="h4"), html.Div(id=place)], withBorder=True, p="md")
        for title, place in (("What you may ask for at a time", Ids.LIMITS), ("Versions", Ids.VERSIONS))
    ]
    return html.Div(
        [
            dcc.Interval(id=Ids.POLL, interval=POLL_MS),
            backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
            parts,
            dmc.SimpleGrid(more, cols={"base": 1, "sm": 2}),
        ],
        className="column narrow-page",
    )


def register_callbacks(app: Dash, client: BackendClient, **_others: Any) -> None:
    """Ask every few seconds; the limits, which are the asker's own, are not told to strangers."""

    @app.callback(
        output={
            "down": Output(Ids.BACKEND_DOWN, "style"),
            "verdict": Output(Ids.VERDICT, "children"),
            "parts": Output(Ids.PARTS, "children"),
            "unavailable": Output(Ids.UNAVAILABLE, "children"),
            "versions": Output(Ids.VERSIONS, "children"),
            "limits": Output(Ids.LIMITS, "children"),
        },
        inputs={"_polls": Input(Ids.POLL, "n_intervals"), "_retries": Input(Ids.RETRY, "n_clicks")},
    )
    async def show(**_asked: Any) -> dict[str, Any]:
        unchanged = dict.fromkeys(("verdict", "parts", "unavailable", "versions", "limits"), no_update)
        try:
            ready = await client.ready()
            shown = {"down": HIDDEN, **_shown(ready)}
            return {**shown, "limits": status.limits(await client.job_limits())}
        except BackendError as error:
            return {**unchanged, "down": banner_style(error)}


def _shown(ready: Ready) -> dict[str, Any]:
    return {
        "verdict": status.verdict(ready),
        "parts": status.parts_table(ready),
        "unavailable": status.unavailable(ready.unavailable),
        "versions": status.versions(ready),
    }
