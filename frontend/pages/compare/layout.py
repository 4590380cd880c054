"""Where everything of the page of comparisons stands."""

from typing import Any

from dash import dcc, html

from frontend.components.compare.answer import answer_card
from frontend.components.compare.form_panel import form_panel
from frontend.components.notices import backend_down
from frontend.components.states import busy_state, empty_state
from frontend.figures import GRAPH_CONFIG, comparison
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.ids import Compare as Ids

POLL_MS = 3000
PROMISES = (
    ("The same footing", "The same window, the same references, and maps that are divided by their own scale."),
    ("What they share", "A consensus of the bases that all models read alike, and the agreement of every two."),
    ("Where they differ", "A disagreement track, and in words which model says what about which bases."),
    ("As one model", "The average of predictions and of contributions, as for seeds or folds."),
)


def layout() -> Any:
    """Lay out the form on the left and the answer on the right."""
    palettes = [{"value": p.name, "label": p.title} for p in PALETTES.values()]
    card = answer_card(
        graph_config=GRAPH_CONFIG, help_text=comparison.HOW_TO_READ, palettes=palettes, palette=DEFAULT_PALETTE
    )
    return html.Div(
        [
            *(dcc.Store(id=store) for store in (Ids.CATALOG, Ids.NUDGE, Ids.COMPARISON)),
            dcc.Store(id=Ids.VIEW, data="empty"),
            dcc.Interval(id=Ids.CATALOG_POLL, interval=POLL_MS, disabled=False),
            dcc.Download(id=Ids.DOWNLOAD),
            html.Div(form_panel(), className="column"),
            html.Div(
                [
                    backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
                    html.Div(id=Ids.ERROR, role="alert", className="error-slot"),
                    empty_state(
                        Ids.EMPTY,
                        title="Do the models tell the same story?",
                        invitation="Paste a sequence or press an example, choose models, and press Compare.",
                        promises=PROMISES,
                    ),
                    busy_state(Ids.BUSY),
                    html.Div(card, id=Ids.RESULT, style={"display": "none"}),
                ],
                className="column",
            ),
        ],
        className="two-columns",
    )
