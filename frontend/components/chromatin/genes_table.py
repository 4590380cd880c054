"""The table of all genes, and its controls."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.chromatin_analyses import ChromatinCheckpointReference
from frontend.components.grid import grid, probability_column
from frontend.components.notices import note
from frontend.ids import Chromatin as Ids

CALLS = [
    {"value": "all", "label": "All"},
    {"value": "on", "label": "Called ON"},
    {"value": "off", "label": "Called OFF"},
    {"value": "differ", "label": "Differ"},
]
NOT_SEARCHED = {"function": "''"}
CALLING = {"function": "params.value + ' of ' + params.data.networks"}


def genes_table(*, palette: Any, downloads: Any) -> Any:
    """Lay out the table with search, filter, palette and downloads."""
    controls = dmc.Group(
        [
            dmc.TextInput(
                id=Ids.SEARCH,
                placeholder="Gene id or symbol",
                size="xs",
                w=150,
                debounce=200,
                **{"aria-label": "Search genes by identifier or symbol"},
            ),
            dmc.SegmentedControl(
                id=Ids.CALLS, data=CALLS, value="all", size="xs", **{"aria-label": "Calls of the networks"}
            ),
            html.Div(dmc.Group([palette, downloads], gap="sm"), style={"marginLeft": "auto"}),
        ],
        gap="sm",
    )
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            dmc.Group(
                [dmc.Title("Genes", order=2, size="h4"), dmc.Text(id=Ids.TABLE_SUMMARY, size="sm", c="dimmed")], mb="xs"
            ),
            controls,
            html.Div(grid(Ids.TABLE, label="Predictions for every gene"), style={"marginTop": 10}),
            dmc.Text(
                "P(ON) is a probability, not an expression level; bold is 0.5 or more. Called ON and OFF: by every "
                "network, baselines left out; Differ: by some. Headings sort. Arrow keys move, Space explains.",
                size="xs",
                c="dimmed",
                mt=6,
            ),
            html.Div(id=Ids.TABLE_NOTES),
        ],
    )


def table_columns(checkpoints: Sequence[ChromatinCheckpointReference], *, labelled: bool) -> list[dict[str, Any]]:
    """Name the columns: gene, symbol, label, one probability per checkpoint, and how many networks say ON."""
    label = [{"field": "label", "headerName": "Label", "width": 76, "filter": True} | _unsearched()] if labelled else []
    return [
        {"field": "gene", "headerName": "Gene", "pinned": "left", "width": 150, "filter": "agTextColumnFilter",
         "tooltipField": "gene"},
        {"field": "symbol", "headerName": "Symbol", "width": 96, "filter": "agTextColumnFilter"},
        *label,
        {"field": "calling", "headerName": "Networks calling ON", "width": 104, "filter": "agNumberColumnFilter",
         "valueFormatter": CALLING, "sortingOrder": ["desc", "asc", None]} | _unsearched(),
        *(_probability(i, checkpoint) | _unsearched() for i, checkpoint in enumerate(checkpoints)),
    ]  # fmt: skip


def _unsearched() -> dict[str, Any]:
    return {"getQuickFilterText": NOT_SEARCHED}


def _probability(index: int, checkpoint: ChromatinCheckpointReference) -> dict[str, Any]:
    kind = "Baseline" if checkpoint.kind == "baseline" else "Network"
    tooltip = f"{kind} {checkpoint.title}, {checkpoint.cell_type}: P(ON), 0 to 1"
    return probability_column(f"p{index}", checkpoint.title, tooltip=tooltip) | {"minWidth": 108, "flex": 1}


def refused_notes(refused: Mapping[str, str], *, titles: Mapping[str, str]) -> Any:
    """Say which checkpoints gave no answer, and why."""
    if not refused:
        return None
    return html.Div([note(f"{titles.get(name, name)} gives no answer: {reason}") for name, reason in refused.items()])
