"""The table of all records and strands, and its controls."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.catalog import Architecture
from frontend.components.grid import grid, number, probability_column
from frontend.components.rows import STRAND_LABEL
from frontend.ids import Sequence as Ids

SHORT_STRAND = {"function": "params.value == 'forward' ? '+' : '\N{MINUS SIGN}'"}
ORDERS = [{"value": "input", "label": "Input order"}, {"value": "top", "label": "Top hits first"}]
STRANDS = [
    {"value": "both", "label": "Both strands"},
    {"value": "forward", "label": STRAND_LABEL["forward"]},
    {"value": "reverse", "label": STRAND_LABEL["reverse"]},
]


def results_table(downloads: Any) -> Any:
    """Lay out the table with its order, strand filter and downloads."""
    controls = dmc.Group(
        [
            dmc.SegmentedControl(id=Ids.ORDER, data=ORDERS, value="input", size="xs"),
            dmc.SegmentedControl(id=Ids.STRAND, data=STRANDS, value="both", size="xs"),
            html.Div(downloads, style={"marginLeft": "auto"}),
        ],
        gap="sm",
    )
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            dmc.Group(
                [dmc.Title("Scores", order=2, size="h4"), dmc.Text(id=Ids.TABLE_SUMMARY, size="sm", c="dimmed")],
                mb="xs",
            ),
            controls,
            html.Div(grid(Ids.TABLE, label="Scores of every record and strand"), style={"marginTop": 10}),
            dmc.Text(
                "CNN to Network mean are P(bound) of the scored window: probabilities, not affinities. Calling "
                "bound counts networks at 0.5 or more. 6-mer is the baseline. Arrow keys move, Space draws the row.",
                size="xs",
                c="dimmed",
                mt=6,
            ),
        ],
    )


def table_columns(architectures: Sequence[Architecture], *, ranking: bool = False) -> list[dict[str, Any]]:
    """Name the columns; the networks come from the catalog."""
    head = [_factor_column()] if ranking else [_name_column()]
    columns = [
        *head,
        {
            "field": "strand",
            "headerName": "Strand",
            "width": 70,
            "valueFormatter": SHORT_STRAND,
            "filter": True,
            "tooltipField": "strand",
        },
        *(_probability_column(a.name, _short_title(a)) for a in architectures),
        _probability_column("mean", "Network mean") | {"width": 86},
        {"field": "agreement", "headerName": "Calling bound", "width": 82},
    ]
    window_start = _whole_column("window_start", "Window start", "0-based, on the strand of the row")
    if ranking:
        return [*columns, window_start]
    return [
        *columns,
        {"field": "warnings", "headerName": "Warnings", "minWidth": 150, "flex": 1, "filter": True,
         "tooltipField": "warnings"},
        window_start,
        _whole_column("length", "Length (bp)", "Of the whole record"),
        {
            "field": "gc", "headerName": "GC", "width": 70, "type": "rightAligned",
            "filter": "agNumberColumnFilter", "valueFormatter": number("'.0%'"),
        },
    ]  # fmt: skip


def _name_column() -> dict[str, Any]:
    return {"field": "name", "headerName": "Record", "pinned": "left", "width": 140,
            "filter": "agTextColumnFilter", "tooltipField": "name"}  # fmt: skip


def _factor_column() -> dict[str, Any]:
    return {"field": "title", "headerName": "Factor", "pinned": "left", "width": 170,
            "filter": "agTextColumnFilter"}  # fmt: skip


def _probability_column(field: str, title: str) -> dict[str, Any]:
    tooltip = f"{title}: P(bound), 0 to 1, of the window shown on the strand of the row"
    return probability_column(field, title, tooltip=tooltip)


def _whole_column(field: str, title: str, tooltip: str) -> dict[str, Any]:
    return {"field": field, "headerName": title, "headerTooltip": tooltip, "width": 85, "type": "rightAligned",
            "filter": "agNumberColumnFilter"}  # fmt: skip


def _short_title(architecture: Architecture) -> str:
    return "6-mer" if architecture.kind == "baseline" else architecture.title


def ranking_grid() -> Any:
    """Lay out the table of factors for one sequence."""
    return grid(Ids.RANKING_TABLE, label="Scores of every factor for one sequence")
