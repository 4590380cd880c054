"""Edit and watch: the gene as it is, once; from there on assets/chromatin_edits.js edits, asks and draws."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import GeneExplanation, GeneExplanationRequest
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin.exports import edited_text
from frontend.components.delimited import file_name
from frontend.figures.chromatin_edit import Chosen, edit_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.gene import titles_of
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, look_of

LIVE = ("attention", "attention_rollout")
MOST = 20
BUTTONS = (Ids.EDIT_USUAL, Ids.EDIT_UNDO, Ids.EDIT_REDO, Ids.EDIT_RESET)
CHOICE = (Ids.EDIT_MARK, Ids.EDIT_FIRST, Ids.EDIT_LAST)


def register(app: Dash, client: BackendClient) -> None:
    """Register the callbacks of the editor."""
    _register_opening(app, client)
    _register_browser(app)
    _register_file(app)


def _register_opening(app: Dash, client: BackendClient) -> None:
    @app.callback(
        output={
            "watched": Output(Ids.WATCHED, "data"),
            "error": Output(Ids.ERROR, "children", allow_duplicate=True),
        },
        inputs={
            "opened": Input(Ids.EDIT_OPEN, "value"),
            "selected": Input(Ids.TABLE, "selectedRows"),
            "checkpoint": Input(Ids.GENE_CHECKPOINT, "value"),
            "look": LOOK_INPUTS,
            "run": State(Ids.RUN, "data"),
            "watched": State(Ids.WATCHED, "data"),
        },
        prevent_initial_call=True,
    )
    async def watch(
        *, opened: str | None, selected: Any, checkpoint: str | None, look: Any, run: Any, watched: Any
    ) -> dict[str, Any]:
        row = selected[0] if isinstance(selected, list) and selected else None
        if opened != "edit" or row is None or not run or row["run"] != run["id"] or checkpoint is None:
            raise PreventUpdate
        key = [run["id"], row["gene"], checkpoint]  # the checkpoint's bins and its reference count
        if watched and watched["key"] == key:
            before = GeneExplanation.model_validate(watched["before"])
            return {"watched": watched_of(before, key, run=run, look=look_of(look)), "error": no_update}
        try:
            before = await client.explain_gene(question(key, run=run))
        except BackendError as error:
            return {"watched": no_update, "error": report(error)}
        return {"watched": watched_of(before, key, run=run, look=look_of(look)), "error": None}


def question(key: list[str], *, run: Any) -> GeneExplanationRequest:
    """Ask all networks of the run for what is quick; the shown one comes first."""
    _, gene, checkpoint = key
    others = [c["name"] for c in run["checkpoints"] if c["kind"] == "network" and c["name"] != checkpoint]
    return GeneExplanationRequest.model_validate(
        {"file": run["file"], "gene": gene, "checkpoints": [checkpoint, *others][:MOST], "methods": LIVE}
    )


def watched_of(before: GeneExplanation, key: list[str], *, run: Any, look: Look) -> dict[str, Any]:
    """Hand over the gene as it is, how to ask about it, and its tracks."""
    first = first_choice(before)
    figure = edit_figure(before, first, palette=look.palette, dark=look.dark)
    return {
        "key": key,
        "question": question(key, run=run).model_dump(mode="json"),
        "before": before.model_dump(mode="json"),
        "titles": titles_of(run),
        "first": first._asdict(),
        "figure": figure.to_plotly_json(),
    }


def first_choice(gene: GeneExplanation) -> Chosen:
    """Choose at first the strongest mark around the TSS."""
    middle = len(gene.bin_starts_bp) // 2
    near = slice(max(0, middle - 5), middle + 5)
    strongest = max(range(len(gene.marks)), key=lambda row: sum(gene.signal[row][near]))
    return Chosen(gene.marks[strongest], max(0, middle - 5), min(len(gene.bin_starts_bp), middle + 5) - 1)


def _register_browser(app: Dash) -> None:
    """Hand every control to the browser; it answers past Dash's graph, so that nothing waits for anything."""
    inputs = {
        "open": [Input(Ids.WATCHED, "data")],
        "drag": [Input(Ids.EDIT_FIGURE, "selectedData")],
        "choose": [Input(field, "value") for field in CHOICE],
        "press": [Input(button, "n_clicks") for button in BUTTONS],
        "follow": [Input(Picture.GENE, "figure")],
    }
    for name, controls in inputs.items():
        app.clientside_callback(
            ClientsideFunction("chromatin_edits", name),
            Output(Ids.EDITS, "data", allow_duplicate=True),
            *controls,
            prevent_initial_call=True,
        )
    app.clientside_callback(
        ClientsideFunction("chromatin_edits", "take"),
        Output(Ids.EDIT_TAKE, "data"),
        Input(Ids.EDIT_FILE, "n_clicks"),
        prevent_initial_call=True,
    )


def _register_file(app: Dash) -> None:
    @app.callback(
        Output(Ids.DOWNLOAD, "data", allow_duplicate=True), Input(Ids.EDIT_TAKE, "data"), prevent_initial_call=True
    )
    async def download(taken: Any) -> Any:
        if not taken:
            raise PreventUpdate
        gene = GeneExplanation.model_validate(taken)
        return dcc.send_string(edited_text(gene), file_name(gene.gene, "edited.csv"), type="text/csv")
