"""Where everything of the sequence page stands."""

from typing import Any

from dash import dcc, html

from frontend.components.dashboard_card import dashboard_card
from frontend.components.downloads import PICTURE_FILES, TABLE_FILES, download_menu
from frontend.components.filters_panel import filters_panel
from frontend.components.input_panel import input_panel
from frontend.components.jobs.entrances import SEQUENCE_JOBS, job_links
from frontend.components.model_panel import model_panel
from frontend.components.motif_hits import motif_section
from frontend.components.notices import backend_down
from frontend.components.ranking_panel import ranking_panel
from frontend.components.result_panel import INVITATION, PROMISES, TITLE, progress_bar
from frontend.components.results_table import results_table
from frontend.components.states import busy_state, empty_state
from frontend.figures import GRAPH_CONFIG, aligned_logo, card, dashboard, motif_logos, ranking, scan
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.ids import Sequence as Ids

POLL_MS = 3000
STORES = (Ids.CATALOG, Ids.FILE, Ids.CHECK, Ids.RUN, Ids.RUN_TEXT, Ids.SLICE, Ids.NEXT_SLICE, Ids.ANALYSES,
          Ids.PROGRESS, Ids.EXPLANATION, Ids.ROW_ANSWER, Ids.REDRAWN, Ids.TRUST_ASKED, Ids.TRUST_ANSWER, Ids.TRUST,
          Ids.MOTIFS_ASKED, Ids.MOTIFS_ANSWER, Ids.MOTIFS, Ids.HIT, Ids.HIT_ANSWER, Ids.RANKING, Ids.OPEN)  # fmt: skip


def layout() -> Any:
    """Lay out the form on the left and the answer on the right."""
    return html.Div(
        [
            *(dcc.Store(id=store) for store in STORES),
            dcc.Store(id=Ids.VIEW, data="empty"),
            dcc.Interval(id=Ids.CATALOG_POLL, interval=POLL_MS, disabled=False),
            dcc.Download(id=Ids.DOWNLOAD),
            html.Div([input_panel(), job_links(SEQUENCE_JOBS), _models()], className="column"),
            html.Div(_answer(), className="column"),
        ],
        className="two-columns",
    )


def _models() -> Any:
    learnt = filters_panel(
        graph_config=GRAPH_CONFIG,
        routes_help=motif_logos.HOW_TO_READ_ROUTES,
        filters_help=motif_logos.HOW_TO_READ_FILTERS,
    )
    return model_panel(graph_config=GRAPH_CONFIG, accuracy_help=card.HOW_TO_READ_ACCURACY, learnt=learnt)


def _answer() -> list[Any]:
    return [
        backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
        html.Div(id=Ids.ERROR, role="alert", className="error-slot"),
        empty_state(Ids.EMPTY, title=TITLE, invitation=INVITATION, promises=PROMISES),
        busy_state(Ids.BUSY),
        html.Div([progress_bar(), html.Div(_explain(), className="column")], id=Ids.RESULT, style={"display": "none"}),
        html.Div(
            ranking_panel(graph_config=GRAPH_CONFIG, help_text=ranking.HOW_TO_READ),
            id=Ids.RANKING_BOX,
            style={"display": "none"},
        ),
    ]


def _explain() -> list[Any]:
    return [
        results_table(download_menu(TABLE_FILES, label="Download table")),
        dashboard_card(
            graph_config=GRAPH_CONFIG,
            palettes=[{"value": p.name, "label": p.title} for p in PALETTES.values()],
            palette=DEFAULT_PALETTE,
            downloads=download_menu(PICTURE_FILES, label="Download figure"),
            dashboard_help=dashboard.HOW_TO_READ,
            scan_help=scan.HOW_TO_READ,
            motifs=motif_section(
                graph_config=GRAPH_CONFIG, logo_help=aligned_logo.HOW_TO_READ, height=aligned_logo.HEIGHT_PX
            ),
        ),
    ]
