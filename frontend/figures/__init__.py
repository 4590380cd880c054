"""Arrays to plotly figures: pure functions that know neither Dash nor HTTP."""

from typing import Any, Final

GRAPH_CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "responsive": True,
    "showTips": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    # width and height None: as drawn on the screen, not plotly.js's 700 x 450.
    "toImageButtonOptions": {"format": "svg", "filename": "regulens", "width": None, "height": None},
}
