"""A figure as one file that needs nothing else: zoom and hover work wherever it is opened, without the internet."""

from typing import Any

from plotly.io import to_html

from frontend.figures import GRAPH_CONFIG


def standalone_page(figure: dict[str, Any]) -> str:
    """Write a figure with plotly.js into one HTML page; equal figures give equal bytes."""
    config = dict(GRAPH_CONFIG)  # a copy: plotly takes entries out
    page: str = to_html(figure, config=config, include_plotlyjs=True, div_id="figure", validate=False)
    return page
