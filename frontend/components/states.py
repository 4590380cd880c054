"""The states of an answer's place before it comes: nothing asked yet, and working."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html


def empty_state(place: str, *, title: str, invitation: str, promises: Sequence[tuple[str, str]]) -> Any:
    """Explain what will appear and invite to try an example."""
    tiles = [
        dmc.Paper([dmc.Text(name, fw=600), dmc.Text(text, size="sm", c="dimmed")], p="md", className="promise")
        for name, text in promises
    ]
    return dmc.Paper(
        id=place,
        withBorder=True,
        p="xl",
        children=[
            dmc.Title(title, order=1, size="h2"),
            dmc.Text(invitation, mt=6, mb="lg"),
            dmc.SimpleGrid(tiles, cols={"base": 1, "md": 2}, spacing="md"),
        ],
    )


def busy_state(place: str) -> Any:
    """Hold the place of the answer while it is computed."""
    return html.Div(
        [dmc.Skeleton(height=190, mb="md"), dmc.Skeleton(height=620)],
        id=place,
        style={"display": "none"},
        **{"aria-label": "Computing", "role": "status"},
    )
