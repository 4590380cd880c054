"""A figure with its controls, its files and how to read it."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend.components.downloads import download_menu
from frontend.components.reading import how_to_read
from frontend.ids import Picture


def figure_block(
    picture: Picture,
    *,
    graph_config: Mapping[str, Any],
    help_text: str,
    min_height: int,
    controls: Sequence[Any] = (),
    notes: Any = None,
) -> Any:
    """Lay out controls and downloads in one line, then notes, the figure, and how to read it.

    Without data (assets/chromatin.js looks) the figure is hidden with its files and its text: empty axes say nothing.
    """
    files = {picture.svg: "Picture as SVG", picture.png: "Picture as PNG", picture.csv: "Numbers as CSV"}
    menu = html.Div(download_menu(files, label="Download figure"), id=picture.menu, style={"marginLeft": "auto"})
    return html.Div(
        [
            dmc.Group([*controls, menu], gap="sm", align="flex-end", my="xs"),
            notes,
            html.Div(
                [
                    dcc.Graph(id=picture, config=dict(graph_config), style={"minHeight": min_height}),
                    how_to_read(help_text),
                ],
                id=picture.box,
                style={"display": "none"},
            ),
        ]
    )


def busy(place: str) -> Any:
    """Cover a panel while its answer is computed."""
    return dmc.LoadingOverlay(id=place, visible=False, zIndex=5, overlayProps={"blur": 0, "backgroundOpacity": 0.5})
