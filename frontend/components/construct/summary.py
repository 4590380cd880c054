"""What the models say now, and the list of edits."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.components.downloads import download_menu
from frontend.ids import Construct as Ids

FILES = {
    Ids.FASTA: "Construct as FASTA",
    Ids.MAPS_CSV: "Maps and tracks as CSV",
    Ids.SVG: "Picture as SVG",
    Ids.PNG: "Picture as PNG",
}
WORDS = (
    "Words as in HGVS: w. is this window and its bases count from 1, each edit in the sequence as the one before left "
    "it. Positions beside them, on axes and on hover count from 0: w.42 stands at position 41."
)
READ_SCORES = (
    "P is P(bound). The bar is P now, its mark P of the original; ▲ and ▼ say what the edits changed, in P and in its "
    "logit."
)


def summary() -> Any:
    """Lay out scores on the left and edits on the right."""
    return html.Div([_scores(), _edits()], className="construct-summary")


def _scores() -> Any:
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            dmc.Title("What the models say", order=2, size="h4", mb="xs"),
            html.Div(id=Ids.SCORES, className="construct-scores-box"),
            dmc.Text(READ_SCORES, size="sm", c="dimmed", mt="xs"),
        ],
    )


def _edits() -> Any:
    buttons = [
        html.Button("↶ Undo", id=Ids.UNDO, type="button", title="Ctrl + Z", className="button-link"),
        html.Button("↷ Redo", id=Ids.REDO, type="button", title="Ctrl + Shift + Z", className="button-link"),
        html.Button("Back to the original", id=Ids.RESET, type="button", className="button-link"),
        html.Div(download_menu(FILES, label="Save"), style={"marginLeft": "auto"}),
    ]
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            dmc.Group(
                [dmc.Title("Edits", order=2, size="h4"), *buttons],
                gap="xs",
                mb="xs",
            ),
            html.Ol(id=Ids.EDITS, className="construct-edits", **{"aria-label": "Edits, oldest first"}),
            dmc.Text(WORDS, size="sm", c="dimmed", mt="xs"),
        ],
    )
