"""The states of the right-hand side: nothing asked yet, working, progress, failure."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.ids import Sequence as Ids

PROMISES = (
    ("A score from every model", "CNN, RNN and CNN-RNN side by side with a 6-mer baseline, for both strands."),
    ("The bases that decide", "Each network's saliency over the letters of your sequence, signed or as DeMo draws it."),
    ("Where it is decided", "Temporal outputs: P(bound) after each prefix and of each suffix."),
    ("What each network looks for", "The sequence that maximises class 'bound', drawn as a logo."),
)


def empty_state() -> Any:
    """Explain what will appear and invite to try an example."""
    tiles = [
        dmc.Paper([dmc.Text(title, fw=600), dmc.Text(text, size="sm", c="dimmed")], p="md", className="promise")
        for title, text in PROMISES
    ]
    return dmc.Paper(
        id=Ids.EMPTY,
        withBorder=True,
        p="xl",
        children=[
            dmc.Title("Does it bind, and which bases say so?", order=1, size="h2"),
            dmc.Text(
                "Paste DNA on the left, or press an example and then Analyse. The answer appears here.", mt=6, mb="lg"
            ),
            dmc.SimpleGrid(tiles, cols={"base": 1, "md": 2}, spacing="md"),
        ],
    )


def busy_state() -> Any:
    """Hold the place of the answer while it is computed."""
    return html.Div(
        [dmc.Skeleton(height=190, mb="md"), dmc.Skeleton(height=620)],
        id=Ids.BUSY,
        style={"display": "none"},
        **{"aria-label": "Computing", "role": "status"},
    )


def progress_bar() -> Any:
    """Show how far a long analysis has come, and let it be stopped."""
    return dmc.Paper(
        id=Ids.PROGRESS_BOX,
        withBorder=True,
        p="sm",
        mb="md",
        style={"display": "none"},
        children=dmc.Group(
            [
                dmc.Text(id=Ids.PROGRESS_LABEL, size="sm", miw=260, **{"aria-live": "polite"}),
                dmc.Progress(id=Ids.PROGRESS_BAR, value=0, flex=1, **{"aria-label": "Progress of the analysis"}),
                dmc.Button("Cancel", id=Ids.CANCEL, size="compact-sm", variant="default"),
            ]
        ),
    )
