"""Edit and watch: from a range of bins and a slider to what every network answers, within a glance."""

import asyncio
from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, Patch, State, ctx, dcc, no_update, set_props
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_analyses import GeneExplanation, GeneExplanationRequest
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import edit_panel
from frontend.components.chromatin.exports import edited_text
from frontend.components.delimited import file_name
from frontend.figures.chromatin_edit import Chosen, edit_figure
from frontend.figures.chromatin_gene import gene_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin import edit_history
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.gene import titles_of
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, look_of

LIVE = ("attention", "attention_rollout")
MOST = 20
BUTTONS = {Ids.EDIT_UNDO: edit_history.undone, Ids.EDIT_REDO: edit_history.redone, Ids.EDIT_RESET: edit_history.cleared}
CHOICE = {"mark": (Ids.EDIT_MARK, "value"), "first": (Ids.EDIT_FIRST, "value"), "last": (Ids.EDIT_LAST, "value")}


def register(app: Dash, client: BackendClient) -> None:
    """Register the callbacks of the editor."""
    _register_choice(app)
    _register_history(app)
    _register_watching(app, client)
    _register_file(app)
    app.clientside_callback(
        ClientsideFunction("chromatin_edits", "settle"),
        Output(Ids.SETTLED, "data"),
        Input(Ids.EDITS, "data"),
        prevent_initial_call=True,
    )


def _register_choice(app: Dash) -> None:
    @app.callback(
        Output(Ids.EDIT_MARK, "value", allow_duplicate=True),
        Output(Ids.EDIT_FIRST, "value", allow_duplicate=True),
        Output(Ids.EDIT_LAST, "value", allow_duplicate=True),
        Input(Ids.EDIT_FIGURE, "selectedData"),
        State(Ids.WATCHED, "data"),
        prevent_initial_call=True,
    )
    async def drag(selected: Any, watched: Any) -> tuple[Any, ...]:
        chosen = watched and dragged(selected, watched["answer"])
        if not chosen:
            raise PreventUpdate
        return chosen.mark, chosen.first + 1, chosen.last + 1


def dragged(selected: Any, gene: dict[str, Any]) -> Chosen | None:
    """Read mark and bins off a range that was drawn across a track."""
    area = (selected or {}).get("range") or {}
    rows = [int(name[1:] or 1) - 1 for name in area if name.startswith("y")]
    if "x" not in area or not rows:
        return None
    starts, size = gene["bin_starts_bp"], gene["bin_size_bp"]
    first, last = (min(max(int((edge - starts[0]) // size), 0), len(starts) - 1) for edge in sorted(area["x"]))
    return Chosen(gene["marks"][rows[0]], first, last)


def _register_history(app: Dash) -> None:
    @app.callback(
        output={
            "edits": Output(Ids.EDITS, "data"),
            "factor": Output(Ids.EDIT_FACTOR, "value"),
            "error": Output(Ids.EDIT_ERROR, "children"),
        },
        inputs={
            "factor": Input(Ids.EDIT_FACTOR, "value"),
            "choice": {name: Input(*place) for name, place in CHOICE.items()},
            "_buttons": [Input(button, "n_clicks") for button in (Ids.EDIT_USUAL, *BUTTONS)],
            "watched": State(Ids.WATCHED, "data"),
            "history": State(Ids.EDITS, "data"),
        },
        prevent_initial_call=True,
    )
    async def act(*, factor: float, choice: Any, watched: Any, history: Any, **_: Any) -> dict[str, Any]:
        if watched is None:
            raise PreventUpdate
        chosen = chosen_of(choice, watched["answer"])
        if isinstance(chosen, str):
            return {"edits": no_update, "factor": no_update, "error": chosen}
        before = edit_history.of_gene(history, watched["key"][:2])
        after = acted(before, str(ctx.triggered_id), chosen=chosen, factor=factor)
        stands = edit_history.factor_of(after, chosen)
        return {
            "edits": no_update if after == before else after,
            "factor": no_update if stands == factor else stands,
            "error": None,
        }


def acted(history: edit_history.History, trigger: str, *, chosen: Chosen, factor: float) -> edit_history.History:
    """Do what slider or button asks for; to choose other bins changes nothing."""
    if trigger in BUTTONS:
        return BUTTONS[Ids(trigger)](history)
    if trigger not in {Ids.EDIT_FACTOR, Ids.EDIT_USUAL}:
        return history
    change: float | str = "reference" if trigger == Ids.EDIT_USUAL else factor
    if change == edit_history.factor_of(history, chosen):
        return history  # the slider has only been put where the edit stands
    return edit_history.with_edit(
        history, {"mark": chosen.mark, "first_bin": chosen.first, "last_bin": chosen.last, "factor": change}
    )


def chosen_of(choice: dict[str, Any], gene: dict[str, Any]) -> Chosen | str:
    """Read mark and bins from their fields, or say what is wrong with them."""
    n_bins = len(gene["bin_starts_bp"])
    mark, first, last = choice["mark"], choice["first"], choice["last"]
    if mark not in gene["marks"]:
        return "Choose a mark."
    if not (isinstance(first, int) and isinstance(last, int) and 1 <= first <= last <= n_bins):
        return f"Choose bins from 1 to {n_bins}, the first not behind the last."
    return Chosen(mark, first - 1, last - 1)


OUTPUTS = {
    "watched": Output(Ids.WATCHED, "data"),
    "figure": Output(Ids.EDIT_FIGURE, "figure"),
    "table": Output(Ids.EDIT_TABLE, "children"),
    "words": Output(Ids.EDIT_WORDS, "children"),
    "marks": Output(Ids.EDIT_MARK, "data"),
    "label": Output(Ids.EDIT_FACTOR_LABEL, "children"),
    "undo": Output(Ids.EDIT_UNDO, "disabled"),
    "redo": Output(Ids.EDIT_REDO, "disabled"),
    "reset": Output(Ids.EDIT_RESET, "disabled"),
    "file": Output(Ids.EDIT_FILE, "disabled"),
    "gene": Output(Picture.GENE, "figure", allow_duplicate=True),
    "error": Output(Ids.ERROR, "children", allow_duplicate=True),
}


def _register_watching(app: Dash, client: BackendClient) -> None:
    @app.callback(
        output=OUTPUTS,
        inputs={
            "history": Input(Ids.EDITS, "data"),
            "opened": Input(Ids.EDIT_OPEN, "value"),
            "selected": Input(Ids.TABLE, "selectedRows"),
            "checkpoint": Input(Ids.GENE_CHECKPOINT, "value"),
            "choice": {name: Input(*place) for name, place in CHOICE.items()},
            "look": LOOK_INPUTS,
            "methods": State(Ids.GENE_METHODS, "value"),
            "run": State(Ids.RUN, "data"),
            "watched": State(Ids.WATCHED, "data"),
        },
        prevent_initial_call=True,
    )
    async def watch(
        *, history: Any, opened: str | None, selected: Any, checkpoint: str | None, choice: Any, look: Any,
        methods: Sequence[str], run: Any, watched: Any,
    ) -> dict[str, Any]:  # fmt: skip
        row = selected[0] if isinstance(selected, list) and selected else None
        if opened != "edit" or row is None or not run or row["run"] != run["id"] or checkpoint is None:
            raise PreventUpdate
        unchanged = dict.fromkeys(OUTPUTS, no_update)
        key = [run["id"], row["gene"], checkpoint]  # the checkpoint's bins and its reference count
        history = edit_history.of_gene(history, key[:2])
        known = watched if watched and watched["key"] == key else None
        if known is None or known["edits"] != history["edits"]:
            try:
                known = await _ask(client, run, key, history["edits"], known)
            except BackendError as error:
                return unchanged | {"error": report(error)}
        after = GeneExplanation.model_validate(known["answer"])
        chosen = _chosen_or_first(choice, after, is_known=bool(watched) and watched["key"] == key)
        drawn = shown(after, known, chosen=chosen, history=history, look=look_of(look), run=run)
        gene = follow(after, key[2], methods=methods, run=run, look=look_of(look))
        edited_now = ctx.triggered_id == Ids.EDITS
        return unchanged | drawn | {"watched": known, "gene": gene if edited_now else no_update}


async def _ask(
    client: BackendClient, run: Any, key: Sequence[str], edits: list[Any], known: dict[str, Any] | None
) -> dict[str, Any]:
    """Ask all networks of the run about the gene as edited, and, once, as it is."""
    _, gene, checkpoint = key
    others = [c["name"] for c in run["checkpoints"] if c["kind"] == "network" and c["name"] != checkpoint]

    async def ask(edits: list[Any]) -> dict[str, Any]:
        request = GeneExplanationRequest.model_validate(
            {"file": run["file"], "gene": gene, "checkpoints": [checkpoint, *others][:MOST], "methods": LIVE,
             "edits": edits}
        )  # fmt: skip
        return (await client.explain_gene(request)).model_dump(mode="json")

    if known:
        before, after = known["before"], await ask(edits)
    elif edits:
        before, after = await asyncio.gather(ask([]), ask(edits))
    else:
        before = after = await ask([])
    return {"key": list(key), "edits": edits, "before": before, "answer": after}


def _chosen_or_first(choice: dict[str, Any], gene: GeneExplanation, *, is_known: bool) -> Chosen:
    """Return the chosen bins; of a gene that has just come, the first choice where the fields do not fit it."""
    chosen = chosen_of(choice, gene.model_dump(include={"marks", "bin_starts_bp"}))
    if not isinstance(chosen, str):
        return chosen
    if is_known:  # somebody is typing; the field says what is wrong
        raise PreventUpdate
    first = first_choice(gene)
    choose(first)
    return first


def choose(chosen: Chosen) -> None:
    """Fill the fields past Dash's graph, in which the slider would wait for every answer of the networks."""
    for (field, _), value in zip(CHOICE.values(), (chosen.mark, chosen.first + 1, chosen.last + 1), strict=True):
        set_props(field, {"value": value})


def first_choice(gene: GeneExplanation) -> Chosen:
    """Choose at first the strongest mark around the TSS."""
    middle = len(gene.bin_starts_bp) // 2
    near = slice(max(0, middle - 5), middle + 5)
    strongest = max(range(len(gene.marks)), key=lambda row: sum(gene.signal[row][near]))
    return Chosen(gene.marks[strongest], max(0, middle - 5), min(len(gene.bin_starts_bp), middle + 5) - 1)


def shown(
    after: GeneExplanation,
    known: dict[str, Any],
    *,
    chosen: Chosen,
    history: edit_history.History,
    look: Look,
    run: Any,
) -> dict[str, Any]:
    """Draw the tracks and put the answers beside them."""
    before = GeneExplanation.model_validate(known["before"])
    n = chosen.last - chosen.first + 1
    return {
        "figure": edit_figure(after, chosen, palette=look.palette, dark=look.dark),
        "table": edit_panel.watched(before, after, titles=titles_of(run)),
        "words": edit_panel.words(after.edits),
        "marks": after.marks,
        "label": f"{chosen.mark} in {n} bin{'' if n == 1 else 's'}: {edit_history.change_of(history, chosen)}",
        "undo": not history["past"],
        "redo": not history["future"],
        "reset": not history["edits"],
        "file": not history["edits"],
    }


def follow(gene: GeneExplanation, checkpoint: str, *, methods: Sequence[str], run: Any, look: Look) -> Any:
    """Bring signal and attention of the large figure up to date at once; what takes longer follows by itself."""
    explained = next((e for e in gene.explanations if e.checkpoint == checkpoint), None)
    if explained is None:
        return no_update
    hidden: dict[str, Any] = {} if "attention_rollout" in methods else {"combined_attention": None}
    if "attention" not in methods:
        hidden |= {"bin_attention": None, "mark_attention": None}
    only = gene.model_copy(update={"explanations": [explained.model_copy(update=hidden)]})
    figure = gene_figure(only, checkpoint, title=titles_of(run)[checkpoint], palette=look.palette, dark=look.dark)
    patch = Patch()
    patch["layout"]["title"]["text"] = figure.layout.title.text
    for place, trace in enumerate(figure.data):  # signal, alpha, beta, rollout: they come first in the large one too
        names = ("z", "text", "zmin", "zmax") if trace.type == "heatmap" else ("x", "hovertext")
        for name in names:
            patch["data"][place][name] = trace[name]
        if trace.type == "heatmap":
            patch["data"][place]["colorbar"]["tickvals"] = trace.colorbar.tickvals
            patch["data"][place]["colorbar"]["ticktext"] = trace.colorbar.ticktext
    return patch


def _register_file(app: Dash) -> None:
    @app.callback(
        Output(Ids.DOWNLOAD, "data", allow_duplicate=True),
        Input(Ids.EDIT_FILE, "n_clicks"),
        State(Ids.WATCHED, "data"),
        prevent_initial_call=True,
    )
    async def download(clicks: int | None, watched: Any) -> Any:
        if not clicks or not watched:
            raise PreventUpdate
        gene = GeneExplanation.model_validate(watched["answer"])
        return dcc.send_string(edited_text(gene), file_name(gene.gene, "edited.csv"), type="text/csv")
