"""The live picture of a job, and the player that scrubs through its frames."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend.components.notices import note
from frontend.components.reading import how_to_read
from frontend.ids import Jobs as Ids

BLANK = {  # until there is a picture: no white paper in the dark, and no axes, which have no size in a hidden box
    "height": 420,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "xaxis": {"visible": False},
    "yaxis": {"visible": False},
}


def live_panel(*, graph_config: Mapping[str, Any], palette: Any) -> Any:
    """Lay out title, player, notes and figure; hidden until there is something to show."""
    return dmc.Paper(
        [
            dmc.Group([dmc.Title(id=Ids.LIVE_TITLE, order=2, size="h4"), palette], justify="space-between", mb="xs"),
            _player(),
            dcc.Graph(id=Ids.FIGURE, figure={"layout": BLANK}, config=dict(graph_config)),
            html.Div(id=Ids.LIVE_NOTES),
        ],
        id=Ids.LIVE_BOX,
        withBorder=True,
        p="md",
        style={"display": "none"},
    )


def _player() -> Any:
    return html.Div(
        [
            dmc.Button("Play", id=Ids.PLAY, size="compact-sm", w=72),
            dmc.Slider(
                id=Ids.FRAME,
                min=0,
                max=1,
                value=0,
                step=1,
                label=None,
                updatemode="drag",
                flex=1,
                miw=160,
                thumbLabel="Frame; arrow keys step through",
            ),
            dmc.Text(id=Ids.FRAME_LABEL, size="sm", className="tabular", miw=150),
            dmc.Switch(id=Ids.FOLLOW, label="Newest", checked=True, size="sm"),
        ],
        id=Ids.PLAYER,
        className="job-player",
        style={"display": "none"},
        role="group",
        **{"aria-label": "Player"},
    )


def preview_table(columns: Sequence[str], rows: Sequence[Sequence[str | float | None]]) -> Any:
    """Show the first rows of a table."""
    body = [[_cell(value) for value in row] for row in rows]
    table = dmc.Table(data={"head": list(columns), "body": body}, className="small-table", verticalSpacing=3)
    return html.Div(table, className="scroll-x", tabIndex=0, **{"aria-label": "First rows", "role": "region"})


def shown_sequence(sequence: str) -> Any:
    """Write the sequence that is drawn, to be copied."""
    return html.Pre(sequence, className="job-log", tabIndex=0, **{"aria-label": "The sequence after this step"})


def _cell(value: str | float | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.6g}"


def live_notes(
    *, facts: Sequence[str], help_text: str, convention: str = "", warnings: Sequence[str] = (), more: Any = None
) -> Any:
    """Write what belongs below a live figure; what exactly was computed is folded away."""
    items = html.Ul([html.Li(text) for text in warnings], className="problems")
    alert = dmc.Alert(items, title="Note", color="yellow", p="xs", mb="xs") if warnings else None
    exactly = html.Details([html.Summary("What exactly was computed"), how_to_read(convention)], className="details")
    return html.Div(
        [alert, *(note(fact) for fact in facts if fact), more, how_to_read(help_text), exactly if convention else None]
    )
