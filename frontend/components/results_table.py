"""The table of all records and strands, and its controls."""

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import html

from backend.schemas.catalog import Architecture
from frontend.components.rows import STRAND_LABEL
from frontend.ids import Sequence as Ids

GRID_THEME = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--mantine-color-body)', foregroundColor: 'var(--mantine-color-text)', "
    "accentColor: 'var(--mantine-primary-color-filled)', borderColor: 'var(--mantine-color-default-border)', "
    "headerBackgroundColor: 'var(--mantine-color-default-hover)', browserColorScheme: 'inherit', "
    "fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, rowHeight: 34, cellHorizontalPadding: 10})"
)
SHORT_STRAND = {"function": "params.value == 'forward' ? '+' : '\N{MINUS SIGN}'"}
ORDERS = [{"value": "input", "label": "Input order"}, {"value": "top", "label": "Top hits first"}]
STRANDS = [
    {"value": "both", "label": "Both strands"},
    {"value": "forward", "label": STRAND_LABEL["forward"]},
    {"value": "reverse", "label": STRAND_LABEL["reverse"]},
]
ROW_PX, HEADER_PX, SCROLLBAR_PX, MOST_ROWS = 34, 50, 18, 8


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
            html.Div(_grid(Ids.TABLE, "Scores of every record and strand"), style={"marginTop": 10}),
            dmc.Text(
                "CNN to Network mean are P(bound) of the scored window: probabilities, not affinities. Calling "
                "bound counts networks at 0.5 or more. 6-mer is the baseline. Arrow keys move, Space draws the row.",
                size="xs",
                c="dimmed",
                mt=6,
            ),
        ],
    )


def _grid(grid_id: str, label: str) -> Any:
    return html.Div(
        dag.AgGrid(
            id=grid_id,
            columnDefs=[],
            rowData=[],
            getRowId="params.data.id",
            defaultColDef={
                "sortable": True,
                "resizable": True,
                "wrapHeaderText": True,
                "autoHeaderHeight": True,
                "suppressHeaderMenuButton": True,
            },
            dashGridOptions={
                "theme": {"function": GRID_THEME},
                "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
                "animateRows": False,
                "suppressScrollOnNewData": True,
                "enableCellTextSelection": True,
                "tooltipShowDelay": 300,
            },
            style={"height": table_height(2)},
        ),
        role="region",
        **{"aria-label": label},
    )


def table_height(n_rows: int) -> int:
    """Size the table to its rows, in pixels, so that short answers leave no hole and long ones scroll."""
    return HEADER_PX + ROW_PX * max(1, min(n_rows, MOST_ROWS)) + SCROLLBAR_PX


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
            "filter": "agNumberColumnFilter", "valueFormatter": _number("'.0%'"),
        },
    ]  # fmt: skip


def _name_column() -> dict[str, Any]:
    return {"field": "name", "headerName": "Record", "pinned": "left", "width": 140,
            "filter": "agTextColumnFilter", "tooltipField": "name"}  # fmt: skip


def _factor_column() -> dict[str, Any]:
    return {"field": "title", "headerName": "Factor", "pinned": "left", "width": 170,
            "filter": "agTextColumnFilter"}  # fmt: skip


def _probability_column(field: str, title: str) -> dict[str, Any]:
    return {
        "field": field,
        "headerName": title,
        "headerTooltip": f"{title}: P(bound), 0 to 1, of the window shown on the strand of the row",
        "width": 76,
        "type": "rightAligned",
        "filter": "agNumberColumnFilter",
        "valueFormatter": _number("'.3f'"),
        "cellClassRules": {"called-bound": "params.value >= 0.5"},
        "sortingOrder": ["desc", "asc", None],
    }


def _whole_column(field: str, title: str, tooltip: str) -> dict[str, Any]:
    return {"field": field, "headerName": title, "headerTooltip": tooltip, "width": 85, "type": "rightAligned",
            "filter": "agNumberColumnFilter"}  # fmt: skip


def _number(pattern: str) -> dict[str, str]:
    return {"function": f"params.value == null ? 'n/a' : d3.format({pattern})(params.value)"}


def _short_title(architecture: Architecture) -> str:
    return "6-mer" if architecture.kind == "baseline" else architecture.title


def ranking_grid() -> Any:
    """Lay out the table of factors for one sequence."""
    return _grid(Ids.RANKING_TABLE, "Scores of every factor for one sequence")
