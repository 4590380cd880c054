"""Where everything of the histone-mark page stands."""

from typing import Any

from dash import dcc, html

from frontend.components.chromatin import answers
from frontend.components.chromatin.genes_table import genes_table
from frontend.components.chromatin.import_panel import import_panel
from frontend.components.chromatin.input_panel import input_panel
from frontend.components.chromatin.models_panel import models_panel
from frontend.components.chromatin.wizard_panel import wizard_panel
from frontend.components.downloads import download_menu
from frontend.components.jobs.entrances import CHROMATIN_JOBS, job_links
from frontend.components.notices import backend_down
from frontend.components.reading import palette_select
from frontend.components.states import busy_state, empty_state
from frontend.figures import (
    GRAPH_CONFIG,
    chromatin_beta,
    chromatin_distribution,
    chromatin_edit,
    chromatin_evaluation,
    chromatin_gene,
    chromatin_patterns,
    chromatin_set,
)
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.ids import Chromatin as Ids

POLL_MS = 3000
STORES = (Ids.CATALOG, Ids.FILE, Ids.CHECK, Ids.BIGWIGS, Ids.MATRIX, Ids.ANALYSIS, Ids.RUN, Ids.EXPLANATION,
          Ids.AVERAGE, Ids.EXTRA, Ids.TILES, Ids.EDITS, Ids.SETTLED, Ids.WATCHED, Ids.EDIT_TAKE)  # fmt: skip
TABLE_FILES = {
    Ids.TABLE_CSV: "Table as CSV",
    Ids.TABLE_TSV: "Table as TSV",
    Ids.ANALYSIS_JSON: "Whole analysis as JSON",
}
PROMISES = (
    ("ON or OFF for every gene", "Every checkpoint side by side with baselines, and with your labels if you have any."),
    ("Where the network looks", "Bin attention (alpha) along each mark and mark attention (beta), around the TSS."),
    ("Whether to believe it", "Knock-out: remove a mark or a bin, ask again, and see how far attention agrees."),
    ("Sets and cell types", "Mean attention of all genes predicted ON or OFF, and one gene across cell types."),
)
SEEN_GENES = (
    "Of genes that a checkpoint was trained on, every score is too good: its card below says which those were, and "
    "what it reaches on others."
)


def layout() -> Any:
    """Lay out the form on the left, the answer and the models on the right."""
    return html.Div(
        [
            *(dcc.Store(id=store) for store in STORES),
            dcc.Store(id=Ids.VIEW, data="empty"),
            dcc.Store(id=Ids.SESSION_FILES, storage_type="session"),
            dcc.Interval(id=Ids.CATALOG_POLL, interval=POLL_MS, disabled=False),
            dcc.Download(id=Ids.DOWNLOAD),
            html.Div([input_panel(wizard_panel()), job_links(CHROMATIN_JOBS), import_panel()], className="column"),
            html.Div([*_answer(), _models()], className="column"),
        ],
        className="two-columns",
    )


def _answer() -> list[Any]:
    palettes = [{"value": p.name, "label": p.title} for p in PALETTES.values()]
    table = genes_table(
        palette=palette_select(Ids.PALETTE, palettes=palettes, palette=DEFAULT_PALETTE),
        downloads=download_menu(TABLE_FILES, label="Download table"),
    )
    explanation = download_menu({Ids.EXPLANATION_JSON: "Explanation as JSON"}, label="Download explanation")
    return [
        backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
        html.Div(id=Ids.ERROR, role="alert", className="error-slot"),
        empty_state(
            Ids.EMPTY,
            title="Is the gene on, and which marks say so?",
            invitation="Choose a file of histone signals on the left, or press an example and then Analyse.",
            promises=PROMISES,
        ),
        busy_state(Ids.BUSY),
        html.Div(
            html.Div(
                [table, answers.answers(graph_config=GRAPH_CONFIG, texts=_texts(), downloads=explanation)],
                className="column",
            ),
            id=Ids.RESULT,
            style={"display": "none"},
        ),
    ]


def _texts() -> answers.Texts:
    return answers.Texts(
        gene=chromatin_gene.HOW_TO_READ,
        edit=chromatin_edit.HOW_TO_READ,
        average=chromatin_set.HOW_TO_READ,
        tiles=chromatin_beta.HOW_TO_READ,
        scores=f"{chromatin_evaluation.HOW_TO_READ_SCORES} {SEEN_GENES}",
        reliability=chromatin_evaluation.HOW_TO_READ_RELIABILITY,
        confusion=chromatin_evaluation.HOW_TO_READ_CONFUSION,
        distribution=chromatin_distribution.HOW_TO_READ,
    )


def _models() -> Any:
    return models_panel(
        graph_config=GRAPH_CONFIG,
        scores_help=chromatin_evaluation.HOW_TO_READ_SCORES,
        pattern_help=chromatin_patterns.HOW_TO_READ,
    )
