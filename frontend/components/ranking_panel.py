"""One sequence against every factor."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend.components.reading import how_to_read
from frontend.components.results_table import ranking_grid
from frontend.ids import Sequence as Ids


def ranking_panel(*, graph_config: Mapping[str, Any], help_text: str) -> Any:
    """Lay out the ranking figure and its table."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            html.Div(id=Ids.RANKING_TITLE, style={"minHeight": 54}),
            dcc.Graph(id=Ids.RANKING_FIGURE, config=dict(graph_config), style={"minHeight": 320}),
            how_to_read(help_text),
            html.Div(ranking_grid(), style={"marginTop": 12}),
            dmc.Text(
                "Each factor shows its stronger strand. Choose a row to explain that factor for this sequence. "
                "A probability is calibrated for its own factor only: compare ranks with care.",
                size="xs",
                c="dimmed",
                mt=6,
            ),
        ],
    )


def ranking_title(name: str, *, record: int, n_records: int, n_factors: int) -> Any:
    """Name the sequence that was ranked."""
    return [
        dmc.Title(f"{n_factors} factors ranked for {name}", order=2, size="h4", className="break-anywhere"),
        dmc.Text(f"Record {record + 1} of {n_records:,}", size="sm", c="dimmed"),
    ]
