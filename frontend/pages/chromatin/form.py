"""The form's callbacks: what can be asked, the file, how it is read, which checkpoints answer."""

import uuid
from typing import Any
from urllib.parse import parse_qs

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.histone_files import HistoneCheck, HistoneFileReference
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components import notices
from frontend.components.chromatin import check_feedback, import_panel, input_panel, models_panel
from frontend.components.examples import example_buttons
from frontend.components.uploader import size_words
from frontend.ids import Chromatin as Ids
from frontend.ids import Shell, Uploader
from frontend.pages.chromatin.catalogs import CatalogCache, default_checkpoints, fits
from frontend.pages.chromatin.failures import report
from frontend.pages.failures import banner_style, is_about_asker

HIDDEN, SHOWN = {"display": "none"}, {"display": "block"}
DEFAULT_BIN_SIZE = 100
CATALOG_OUTPUTS = {
    "catalog": Output(Ids.CATALOG, "data"),
    "down": Output(Ids.BACKEND_DOWN, "style"),
    "poll": Output(Ids.CATALOG_POLL, "disabled"),
    "examples": Output(Ids.EXAMPLES, "children"),
    "limits": Output(Ids.LIMITS, "children"),
    "layouts": Output(Ids.LAYOUT, "data"),
    "layout_help": Output(Ids.LAYOUT_HELP, "children"),
    "cell_types": Output(Ids.IMPORT_CELL_TYPE, "data"),
    "max_bytes": [Output(place, "data-max-bytes") for place in Uploader],
    "error": Output(Ids.ERROR, "children"),
}


CHECK_OUTPUTS = {
    "check": Output(Ids.CHECK, "data"),
    "feedback": Output(Ids.FEEDBACK, "children"),
    "columns": Output(Ids.COLUMNS, "children"),
    "reading": Output(Ids.READING_BOX, "style"),
    "layout": Output(Ids.LAYOUT, "value"),
    "bin_size": Output(Ids.BIN_SIZE, "value"),
}


def register(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    """Register the form's callbacks."""
    _register_catalog(app, catalogs)
    _register_file(app, client)
    _register_check(app, client, catalogs)
    _register_checkpoints(app, catalogs)


def _register_catalog(app: Dash, catalogs: CatalogCache) -> None:
    @app.callback(
        output=CATALOG_OUTPUTS,
        inputs={
            "_polls": Input(Ids.CATALOG_POLL, "n_intervals"),
            "_retries": Input(Ids.RETRY, "n_clicks"),
            "search": State(Shell.URL, "search"),
        },
    )
    async def load_catalog(*, search: str | None, **_asked: Any) -> dict[str, Any]:
        try:
            catalog = await catalogs.refresh()
        except BackendError as error:
            unchanged = {name: [no_update] * len(o) if isinstance(o, list) else no_update
                         for name, o in CATALOG_OUTPUTS.items()}  # fmt: skip
            return unchanged | {"down": banner_style(error), "poll": False}
        limits = catalog.limits
        sizes = {Uploader.BIGWIGS: limits.bigwig_bytes, Uploader.WEIGHTS: limits.checkpoint_bytes}
        return {
            "catalog": {"version": uuid.uuid4().hex, "added": asked_for(search or "")},
            "down": HIDDEN,
            "poll": True,
            "examples": example_buttons(catalog.examples, kind=Ids.EXAMPLE),
            "limits": input_panel.rules(limits),
            "layouts": input_panel.layout_options(catalog.layouts),
            "layout_help": input_panel.layout_help(catalog.layouts),
            "cell_types": import_panel.cell_type_options(catalog.cell_types),
            "max_bytes": [str(sizes.get(place, limits.bytes)) for place in Uploader],
            "error": None,
        }


def asked_for(search: str) -> str | None:
    """Read from the address which checkpoint to begin with: a job that has trained one links here."""
    return parse_qs(search.removeprefix("?")).get("checkpoint", [None])[0]


def _register_file(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.FILE, "data"),
        Output(Ids.FILE_ERROR, "children"),
        Input(Uploader.BINS.arrived, "data"),
        Input(Ids.FILE_REMOVE, "n_clicks"),
        Input({"type": Ids.EXAMPLE.value, "name": ALL}, "n_clicks"),
        Input(Ids.MATRIX_ANALYSE, "n_clicks"),
        State(Ids.MATRIX, "data"),
        prevent_initial_call=True,
    )
    async def choose_file(
        arrived: Any, _removals: int | None, examples: list[int | None], _analyse: int | None, matrix: Any
    ) -> tuple[Any, Any]:
        trigger = ctx.triggered_id
        if trigger == Ids.FILE_REMOVE:
            return None, None
        if trigger == Ids.MATRIX_ANALYSE and matrix:
            return {"upload": matrix["upload"], "bin_size_bp": matrix["bin_size_bp"]}, None
        if trigger == Uploader.BINS.arrived and arrived:
            return {"upload": arrived["uploads"][-1], "bin_size_bp": None}, None
        if not isinstance(trigger, dict) or not any(examples):  # the buttons have just been drawn
            raise PreventUpdate
        try:
            upload = await client.chromatin_example(trigger["name"])
        except BackendError as error:
            return no_update, report(error)
        return {"upload": upload.model_dump(mode="json"), "bin_size_bp": None}, None

    @app.callback(Output(Ids.FILE_LABEL, "children"), Output(Ids.FILE_CHIP, "style"), Input(Ids.FILE, "data"))
    async def show_file(file: dict[str, Any] | None) -> tuple[Any, ...]:
        if file is None:
            return "", HIDDEN
        return f"{file['upload']['name']}, {size_words(file['upload']['n_bytes'])}", {}


def _register_check(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    @app.callback(
        output=CHECK_OUTPUTS,
        inputs={
            "file": Input(Ids.FILE, "data"),
            "catalog": Input(Ids.CATALOG, "data"),
            "last": State(Ids.CHECK, "data"),
            "layout": Input(Ids.LAYOUT, "value"),
            "bin_size": Input(Ids.BIN_SIZE, "value"),
            "columns": Input({"type": Ids.COLUMN.value, "index": ALL}, "value"),
        },
        running=[(Output(Ids.FEEDBACK_BUSY, "visible"), True, False)],
        prevent_initial_call=True,
    )
    async def check(*, file: Any, catalog: Any, last: Any, **reading: Any) -> dict[str, Any]:
        unchanged = dict.fromkeys(CHECK_OUTPUTS, no_update)
        if file is None or catalog is None:
            return unchanged | {"check": {"state": "empty"}, "feedback": None, "columns": None, "reading": HIDDEN}
        reference = _reference(file, last, **reading)
        try:
            result = await client.check_histone_file(reference)
            marks = (await catalogs.get()).marks
        except BackendProblem as error:
            shown = notices.problem_alert(error.problem)
            if is_about_asker(error):
                return unchanged | {"check": {"state": "unknown"}, "feedback": shown}
            return unchanged | {"check": {"state": "invalid"}, "feedback": shown, "columns": None, "reading": HIDDEN}
        except BackendError as error:
            report(error)
            return unchanged | {"check": {"state": "unknown"}, "feedback": None}
        return {
            "check": _checked(result, reference, file["upload"]["name"]),
            "feedback": check_feedback.check_feedback(result),
            "columns": input_panel.column_selects(result.signals, marks=marks) if result.signals else None,
            "reading": SHOWN,
            "layout": reference.layout or input_panel.DETECT,
            "bin_size": str(reference.bin_size_bp),
        }


def _reference(file: Any, last: Any, *, layout: str, bin_size: str, columns: list[str]) -> HistoneFileReference:
    """Say how the file is to be read: a new file as detected, a known one as corrected."""
    upload = file["upload"]["id"]
    same_file = bool(last) and last.get("reference", {}).get("upload") == upload
    if not same_file:
        return HistoneFileReference(upload=upload, bin_size_bp=file["bin_size_bp"] or DEFAULT_BIN_SIZE)
    before = HistoneFileReference.model_validate(last["reference"])
    signals = before.signals
    if isinstance(ctx.triggered_id, dict):
        if columns == last["signals"]:  # the selects have just been drawn
            raise PreventUpdate
        signals = swapped(last["signals"], columns)
    chosen = None if layout == input_panel.DETECT else layout
    if chosen != before.layout:
        signals = None  # another layout has its own order
    return HistoneFileReference.model_validate(
        {"upload": upload, "layout": chosen, "signals": signals, "bin_size_bp": int(bin_size)}
    )


def swapped(before: list[str], after: list[str]) -> list[str]:
    """Give the column that held the newly chosen mark the mark that was replaced, so that none appears twice."""
    changed = next((i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new), None)
    if changed is None:
        return after
    return [before[changed] if i != changed and name == after[changed] else name for i, name in enumerate(after)]


def _checked(result: HistoneCheck, reference: HistoneFileReference, name: str) -> dict[str, Any]:
    return {
        "state": "invalid" if result.errors else "valid",
        "reference": reference.model_dump(),
        "name": name,
        "signals": result.signals,
        "n_bins": result.n_bins,
    }


def _register_checkpoints(app: Dash, catalogs: CatalogCache) -> None:
    @app.callback(
        Output(Ids.CHECKPOINTS, "data"),
        Output(Ids.CHECKPOINTS, "value"),
        Input(Ids.CATALOG, "data"),
        Input(Ids.CHECK, "data"),
        State(Ids.CHECKPOINTS, "value"),
        prevent_initial_call=True,
    )
    async def offer(catalog: Any, check: Any, chosen: list[str]) -> tuple[Any, Any]:
        if catalog is None:
            raise PreventUpdate
        try:
            known = await catalogs.get()
        except BackendError as error:
            report(error)
            return no_update
        cards, valid = known.checkpoints, bool(check) and check["state"] == "valid"
        bin_size = check["reference"]["bin_size_bp"] if valid else DEFAULT_BIN_SIZE
        n_bins = check["n_bins"] if valid else None
        fitting = {card.name for card in cards if fits(card, bin_size_bp=bin_size, n_bins=n_bins)}
        added = catalog["added"] if ctx.triggered_id == Ids.CATALOG else None
        kept = [name for name in [*chosen, added] if name in fitting]
        return (
            models_panel.grouped_options(cards, unavailable=known.unavailable),
            list(dict.fromkeys(kept)) or default_checkpoints(cards, bin_size_bp=bin_size, n_bins=n_bins),
        )
