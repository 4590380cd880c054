"""Asking for the predictions of all genes; what follows asks per gene or per set."""

import uuid
from collections import Counter
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import ChromatinAnalysis, ChromatinAnalysisRequest
from backend.schemas.chromatin_catalog import ChromatinCard
from backend.schemas.histone_files import HistoneFileReference
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import answers
from frontend.components.chromatin.check_feedback import shift_alert
from frontend.components.chromatin.genes_table import refused_notes, table_columns
from frontend.components.grid import table_height
from frontend.ids import Chromatin as Ids
from frontend.pages.chromatin.catalogs import CatalogCache, fits
from frontend.pages.chromatin.failures import report

Answer = dict[str, Any]
STEPS = 200  # of P(ON), for the overview of all genes: 0.5 lies between two
OUTPUTS = {
    "analysis": Output(Ids.ANALYSIS, "data"),
    "run": Output(Ids.RUN, "data"),
    "files": Output(Ids.SESSION_FILES, "data"),
    "columns": Output(Ids.TABLE, "columnDefs"),
    "height": Output(Ids.TABLE, "style"),
    "summary": Output(Ids.TABLE_SUMMARY, "children"),
    "notes": Output(Ids.TABLE_NOTES, "children"),
    "gene_options": Output(Ids.GENE_CHECKPOINT, "data"),
    "gene_choice": Output(Ids.GENE_CHECKPOINT, "value"),
    "average_options": Output(Ids.AVERAGE_CHECKPOINT, "data"),
    "average_choice": Output(Ids.AVERAGE_CHECKPOINT, "value"),
    "tiles_options": Output(Ids.TILES_CHECKPOINTS, "data"),
    "tiles_choice": Output(Ids.TILES_CHECKPOINTS, "value"),
    "evaluation_options": Output(Ids.EVALUATION_CHECKPOINT, "data"),
    "evaluation_choice": Output(Ids.EVALUATION_CHECKPOINT, "value"),
    "view": Output(Ids.VIEW, "data", allow_duplicate=True),
    "error": Output(Ids.ERROR, "children", allow_duplicate=True),
}


def register(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    """Register the callback that asks for an analysis."""

    @app.callback(
        output=OUTPUTS,
        inputs={
            "_clicks": Input(Ids.ANALYSE, "n_clicks"),
            "_matrix_clicks": Input(Ids.MATRIX_ANALYSE, "n_clicks"),
            "check": State(Ids.CHECK, "data"),
            "matrix": State(Ids.MATRIX, "data"),
            "chosen": State(Ids.CHECKPOINTS, "value"),
            "files": State(Ids.SESSION_FILES, "data"),
            "view": State(Ids.VIEW, "data"),
        },
        running=[(Output(Ids.ANALYSE, "loading"), True, False), (Output(Ids.MATRIX_ANALYSE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def start(*, check: Any, matrix: Any, chosen: list[str], files: Any, view: str, **_clicks: Any) -> Answer:
        from_matrix = ctx.triggered_id == Ids.MATRIX_ANALYSE
        if not (matrix if from_matrix else check):
            raise PreventUpdate
        name, reference, n_bins = _file_of_matrix(matrix) if from_matrix else _file_of_check(check)
        try:
            cards = await catalogs.cards(chosen)
            asked = [
                c for c in chosen if c in cards and fits(cards[c], bin_size_bp=reference.bin_size_bp, n_bins=n_bins)
            ]
            request = ChromatinAnalysisRequest(file=reference, checkpoints=(asked if from_matrix else chosen) or None)
            analysis = await client.analyse_chromatin(request)
            cards = {c.name: c for c in (await catalogs.get()).checkpoints}
        except BackendError as error:
            back = "empty" if view == "busy" else view
            return dict.fromkeys(OUTPUTS, no_update) | {"error": report(error), "view": back}
        run = run_of(analysis, reference, name=name)
        return (
            dict.fromkeys(OUTPUTS, no_update)
            | _table(analysis, run)
            | _choices(analysis, cards)
            | {"run": run, "files": with_file(files, run), "view": "result", "error": None}
        )


def _file_of_matrix(matrix: Answer) -> tuple[str, HistoneFileReference, int]:
    upload = matrix["upload"]
    reference = HistoneFileReference(upload=upload["id"], bin_size_bp=matrix["bin_size_bp"])
    return upload["name"], reference, matrix["n_bins"]


def _file_of_check(check: Answer) -> tuple[str, HistoneFileReference, int]:
    return check["name"], HistoneFileReference.model_validate(check["reference"]), check["n_bins"]


def run_of(analysis: ChromatinAnalysis, reference: HistoneFileReference, *, name: str) -> Answer:
    """Summarise an analysis for the callbacks that follow; the whole answer stays in the browser."""
    return {
        "id": uuid.uuid4().hex,
        "name": name,
        "file": reference.model_dump(),
        "checkpoints": [c.model_dump() for c in analysis.checkpoints],
        "evaluations": [e.model_dump() for e in analysis.evaluations],
        "labelled": analysis.genes.label is not None,
        "steps": {p.checkpoint: steps_of(p.probability) for p in analysis.predictions},
        "provenance": analysis.model_dump(
            mode="json", include={"created", "request_id", "versions", "device", "settings", "conventions"}
        ),
    }


def steps_of(probabilities: list[float]) -> dict[str, int]:
    """Count the genes in each step of P(ON)."""
    return {str(step): n for step, n in Counter(min(int(p * STEPS), STEPS - 1) for p in probabilities).items()}


def with_file(files: Any, run: Answer) -> Answer:
    """Remember what was analysed in this session; the same file read alike is one."""
    key = "/".join(str(run["file"][part]) for part in ("upload", "layout", "signals", "bin_size_bp"))
    return {**(files or {}), key: {"name": run["name"], "file": run["file"]}}


def _table(analysis: ChromatinAnalysis, run: Answer) -> Answer:
    titles = {c.name: c.title for c in analysis.checkpoints}
    n = len(analysis.genes.gene)
    return {
        "analysis": analysis.model_dump(mode="json") | {"run": run["id"]},
        "columns": table_columns(analysis.checkpoints, labelled=analysis.genes.label is not None),
        "height": {"height": table_height(n)},
        "summary": f"{n:,} gene{'' if n == 1 else 's'}, {analysis.n_bins} bins of {analysis.bin_size_bp:,} bp, "
        f"{run['name']}",
        "notes": [refused_notes(analysis.refused, titles=titles), shift_alert(analysis.shifts)],
    }


def fits_analysis(card: ChromatinCard, analysis: ChromatinAnalysis) -> bool:
    """Whether a checkpoint answers for the analysed file, asked or not."""
    return fits(card, bin_size_bp=analysis.bin_size_bp, n_bins=analysis.n_bins)


def _choices(analysis: ChromatinAnalysis, cards: dict[str, ChromatinCard]) -> Answer:
    """Offer for each question the checkpoints that can answer it; tiles compare all that fit, asked or not."""
    explained = [c.name for c in analysis.checkpoints if c.kind == "network"]
    alpha = [name for name in explained if name in cards and cards[name].has_bin_attention]
    beta = [name for name in explained if name in cards and cards[name].has_mark_attention]
    preferred = [*beta, *alpha, *explained]
    measured = [e.checkpoint for e in analysis.evaluations]
    tiles = [name for name, card in cards.items() if card.has_mark_attention and fits_analysis(card, analysis)]
    titles = {name: card.title for name, card in cards.items()} | {c.name: c.title for c in analysis.checkpoints}
    offers = {"gene": explained, "average": alpha, "tiles": tiles, "evaluation": measured}
    first = {"gene": preferred, "average": [*beta, *alpha], "evaluation": measured}
    return {
        **{f"{what}_options": answers.options({n: titles[n] for n in names}) for what, names in offers.items()},
        **{f"{what}_choice": next(iter(names), None) for what, names in first.items()},
        "tiles_choice": tiles,
    }
