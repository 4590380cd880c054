"""A set of genes: mean attention, and how far it follows another signal."""

import re
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import AttentionAverage, AttentionAverageRequest
from backend.schemas.histone_files import HistoneFileReference
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import answers, import_panel
from frontend.components.delimited import file_name
from frontend.components.notices import errors_box
from frontend.figures.chromatin_set import attention_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture, Uploader
from frontend.pages.chromatin.catalogs import CatalogCache
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.gene import titles_of
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, drawn, look_of

NAMED_MISSING = 10
OUTPUTS = {
    "average": Output(Ids.AVERAGE, "data"),
    "figure": Output(Picture.AVERAGE, "figure"),
    "notes": Output(Ids.AVERAGE_NOTES, "children"),
    "error": Output(Ids.ERROR, "children", allow_duplicate=True),
}


def register(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    """Average attention when the panel is open and its question changes."""
    _register_extra(app, client, catalogs)

    @app.callback(
        output=OUTPUTS,
        inputs={
            "tab": Input(Ids.TABS, "value"),
            "run": Input(Ids.RUN, "data"),
            "checkpoint": Input(Ids.AVERAGE_CHECKPOINT, "value"),
            "which": Input(Ids.AVERAGE_SET, "value"),
            "listed": Input(Ids.AVERAGE_LIST, "value"),
            "signal": Input(Ids.EXTRA_SIGNAL, "value"),
            "scaled": Input(Ids.AVERAGE_SCALED, "value"),
            "look": LOOK_INPUTS,
            "extra": State(Ids.EXTRA, "data"),
            "average": State(Ids.AVERAGE, "data"),
        },
        running=[(Output(Ids.AVERAGE_BUSY, "visible"), True, False)],
        prevent_initial_call=True,
    )
    async def answer(*, tab: str, run: Any, average: Any, scaled: str, look: Any, **question: Any) -> dict[str, Any]:
        if tab != "set" or run is None:
            raise PreventUpdate
        unchanged = dict.fromkeys(OUTPUTS, no_update)
        request = request_of(run, **question)
        if isinstance(request, str):
            return unchanged | {"average": None, "figure": {}, "notes": answers.warnings([request])}
        key = [run["id"], request.model_dump()]
        try:
            same = average is not None and average["key"] == key
            result = (
                AttentionAverage.model_validate(average["answer"]) if same else await client.average_attention(request)
            )
        except BackendError as error:
            return unchanged | {"average": None, "figure": {}, "notes": report(error)}
        figure = figure_of(result, run=run, scaled=scaled == "scaled", look=look_of(look))
        if same:
            return unchanged | {"figure": figure}
        kept = {"key": key, "answer": result.model_dump(mode="json")}
        return {"average": kept, "figure": figure, "notes": _notes(result), "error": None}


def request_of(
    run: Any, *, checkpoint: str | None, which: str, listed: str | None, signal: str | None, extra: Any
) -> AttentionAverageRequest | str:
    """Word the question for the API, or say what is missing."""
    if checkpoint is None:
        return "None of the chosen checkpoints has attention. Choose an AttentiveChrome checkpoint and analyse again."
    genes = re.split(r"[\s,;]+", (listed or "").strip()) if which == "list" else which
    if genes == [""]:
        return "Paste identifiers or symbols of the genes."
    held_against = {"file": extra["file"], "signal": signal} if extra and signal else None
    return AttentionAverageRequest.model_validate(
        {"file": run["file"], "checkpoint": checkpoint, "genes": genes, "extra": held_against}
    )


def figure_of(result: AttentionAverage, *, run: Any, scaled: bool, look: Look) -> Any:
    """Draw the mean attention of the set."""
    title = titles_of(run).get(result.checkpoint, result.checkpoint)
    figure = attention_figure(result, title=title, scaled=scaled, palette=look.palette, dark=look.dark)
    return drawn(figure, file_name("attention", result.checkpoint, "scaled" if scaled else "unscaled"))


def _notes(result: AttentionAverage) -> Any:
    if not result.not_found:
        return None
    named = ", ".join(result.not_found[:NAMED_MISSING])
    more = " ..." if len(result.not_found) > NAMED_MISSING else ""
    return answers.warnings([f"{len(result.not_found):,} of your genes are not in the file: {named}{more}"])


def _register_extra(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    @app.callback(
        Output(Ids.EXTRA, "data"),
        Output(Ids.EXTRA_CHIP, "children"),
        Output(Ids.EXTRA_ERROR, "children"),
        Output(Ids.EXTRA_SIGNAL, "data"),
        Output(Ids.EXTRA_SIGNAL, "value"),
        Input(Uploader.EXTRA.arrived, "data"),
        State(Ids.RUN, "data"),
        prevent_initial_call=True,
    )
    async def read_extra(arrived: Any, run: Any) -> tuple[Any, ...]:
        if not arrived:  # the page has just been drawn
            raise PreventUpdate
        upload = arrived["uploads"][-1]
        chip = import_panel.chip(upload["name"], upload["n_bytes"])
        bin_size = run["file"]["bin_size_bp"] if run else 100
        file = HistoneFileReference(upload=upload["id"], bin_size_bp=bin_size)
        try:
            check = await client.check_histone_file(file)
            marks = (await catalogs.get()).marks
        except BackendError as error:
            return None, chip, report(error), [], None
        if check.errors:
            return None, chip, errors_box(check.errors), [], None
        unseen = [name for name in check.signals if name not in marks]
        return {"file": file.model_dump()}, chip, None, [*unseen, *marks], next(iter(unseen), None)
