"""Pasting a motif, and its effect by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html

from frontend.components.downloads import download_menu
from frontend.components.reading import how_to_read
from frontend.ids import Construct as Ids
from frontend.ids.construct import EFFECT_BOX, EFFECT_FILES, EFFECT_PICTURE

EXPLAINED = (
    "A motif of the library is pasted as its consensus: the most frequent base of each position. While typing "
    "replaces, it overwrites the bases from the cursor on, and N leaves a base as it is; while typing "
    "inserts, it pushes them on."
)
_TITLES = {"svg": "Picture as SVG", "png": "Picture as PNG", "csv": "Numbers as CSV"}


def motif_panel(*, graph_config: Mapping[str, Any], help_text: str) -> Any:
    """Lay out the choice of a motif and the figure of its effect."""
    files = {EFFECT_FILES[name]: title for name, title in _TITLES.items()}
    figure = html.Div(
        [
            dmc.Group([html.Div(download_menu(files, label="Download figure"), style={"marginLeft": "auto"})]),
            dcc.Graph(id=EFFECT_PICTURE, config=dict(graph_config), style={"minHeight": 340}),
            how_to_read(help_text),
        ],
        id=EFFECT_BOX,
        style={"display": "none"},
    )
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            dmc.Title("Paste a motif", order=2, size="h4", mb="xs"),
            dmc.Group(_fields(), align="flex-end", gap="sm"),
            html.Div(id=Ids.MOTIF_ERROR, role="alert", className="field-errors"),
            dmc.Text(EXPLAINED, size="sm", c="dimmed", mt=4),
            figure,
        ],
    )


def _fields() -> list[Any]:
    return [
        dmc.Select(
            id=Ids.MOTIF,
            label="Motif of the library",
            placeholder="such as GATA1",
            data=[],
            searchable=True,
            limit=50,
            w=250,
            nothingFoundMessage="No motif of that name",
            comboboxProps={"shadow": "md"},
        ),
        dmc.TextInput(
            id=Ids.MOTIF_BASES,
            label="or your own bases",
            placeholder="AGATAAG",
            w=270,
            classNames={"input": "construct-input"},
        ),
        dmc.Button("Reverse complement", id=Ids.TURN, variant="default"),
        dmc.Button("Paste at the cursor", id=Ids.PASTE),
        dmc.Button("Its effect in shuffled backgrounds", id=Ids.CONTROL, variant="light"),
    ]


def consensus(matrix: Sequence[Sequence[float]]) -> str:
    """Return the most frequent base of each position; rows A, C, G, T."""
    return "".join("ACGT"[row] for row in np.array(matrix).argmax(0))
