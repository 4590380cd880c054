"""What stands on the right of the sequence page besides the answer: what it promises, and progress."""

from typing import Any

import dash_mantine_components as dmc

from frontend.ids import Sequence as Ids

TITLE = "Does it bind, and which bases say so?"
INVITATION = "Paste DNA on the left, or press an example and then Analyse. The answer appears here."
PROMISES = (
    ("A score from every model", "CNN, RNN and CNN-RNN side by side with a 6-mer baseline, for both strands."),
    ("The bases that decide", "Each base's contribution, by the best valid method of each network, motifs named."),
    ("Whether to believe it", "A badge beside every explanation: tested against mutations, strands, seeds, networks."),
    ("Where it is decided", "Temporal outputs: P(bound) after each prefix and of each suffix."),
    ("What each network looks for", "The sequence that maximises class 'bound', drawn as a logo."),
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
