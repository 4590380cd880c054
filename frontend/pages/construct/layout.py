"""Where everything of the page "Edit and watch" stands."""

from typing import Any

from dash import dcc, html

from frontend.components.construct.editor import editor_panel
from frontend.components.construct.motif_panel import motif_panel
from frontend.components.construct.start_panel import start_panel
from frontend.components.construct.summary import summary
from frontend.components.notices import backend_down
from frontend.components.states import empty_state
from frontend.figures import GRAPH_CONFIG, construct, construct_effect
from frontend.ids import Construct as Ids

POLL_MS = 3000
STORES = (Ids.CATALOG, Ids.BEGIN, Ids.APPLIED, Ids.MOTIF_CHOSEN, Ids.ASK_CONTROL, Ids.EFFECTS, Ids.TAKE)
PROMISES = (
    ("One base at a time", "Click a cell of a map, type, or use the arrow keys: every picture follows at once."),
    ("Delete, insert, paste", "Break a site, move it, or paste a motif of the library at the cursor."),
    ("Undo to any point", "Every edit in HGVS-like words; the difference from the original is one click away."),
    ("Is it the motif itself?", "Its mean effect in shuffled backgrounds, at every position, with a 95 % band."),
)


def layout() -> Any:
    """Lay out the start, the state of the construct, the editor with its picture, and motifs."""
    work = html.Div(
        [
            summary(),
            editor_panel(help_text=construct.HOW_TO_READ),
            motif_panel(graph_config=GRAPH_CONFIG, help_text=construct_effect.HOW_TO_READ),
        ],
        id=Ids.WORK,
        className="column",
        hidden=True,
    )
    return html.Div(
        [
            *(dcc.Store(id=store) for store in STORES),
            dcc.Store(id=Ids.KIT, data=construct.drawing_kit()),
            dcc.Interval(id=Ids.CATALOG_POLL, interval=POLL_MS, disabled=False),
            dcc.Download(id=Ids.DOWNLOAD),
            backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
            start_panel(),
            html.Div(
                empty_state(
                    f"{Ids.EMPTY}-tiles",
                    title="Change a base and watch every network",
                    invitation="Paste a sequence of up to 101 bases above and press Edit, or press the example. The "
                    "DNA page opens the window that it shows here, too.",
                    promises=PROMISES,
                ),
                id=Ids.EMPTY,
            ),
            work,
        ],
        className="column construct-page",
    )
