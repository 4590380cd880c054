"""The table that both pages show: one theme, one way to select, sizes in pixels."""

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag
from dash import html

GRID_THEME = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--mantine-color-body)', foregroundColor: 'var(--mantine-color-text)', "
    "accentColor: 'var(--mantine-primary-color-filled)', borderColor: 'var(--mantine-color-default-border)', "
    "headerBackgroundColor: 'var(--mantine-color-default-hover)', browserColorScheme: 'inherit', "
    "fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, rowHeight: 34, cellHorizontalPadding: 10})"
)
ROW_PX, HEADER_PX, SCROLLBAR_PX, MOST_ROWS = 34, 50, 18, 8
GRID_OPTIONS = {
    "theme": {"function": GRID_THEME},
    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
    "animateRows": False,
    "suppressScrollOnNewData": True,
    "enableCellTextSelection": True,
    "tooltipShowDelay": 300,
}


def grid(grid_id: str, *, label: str, options: Mapping[str, Any] | None = None) -> Any:
    """Lay out an empty table of which one row can be chosen."""
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
            dashGridOptions={**GRID_OPTIONS, **(options or {})},
            style={"height": table_height(2)},
        ),
        role="region",
        **{"aria-label": label},
    )


def table_height(n_rows: int) -> int:
    """Size a table to its rows, in pixels, so that short answers leave no hole and long ones scroll."""
    return HEADER_PX + ROW_PX * max(1, min(n_rows, MOST_ROWS)) + SCROLLBAR_PX


def probability_column(field: str, title: str, *, tooltip: str) -> dict[str, Any]:
    """Describe a column of probabilities, bold from 0.5 on."""
    return {
        "field": field,
        "headerName": title,
        "headerTooltip": tooltip,
        "width": 76,
        "type": "rightAligned",
        "filter": "agNumberColumnFilter",
        "valueFormatter": number("'.3f'"),
        "cellClassRules": {"called-positive": "params.value >= 0.5"},
        "sortingOrder": ["desc", "asc", None],
    }


def number(pattern: str) -> dict[str, str]:
    """Write a cell in a d3 format, `n/a` where there is nothing."""
    return {"function": f"params.value == null ? 'n/a' : d3.format({pattern})(params.value)"}
