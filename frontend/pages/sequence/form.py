"""The form's callbacks: what can be asked, files, examples, live validation."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from frontend.client import BackendClient, BackendError, BackendProblem, UnreadableFileError, decode_sequence_file
from frontend.components import input_panel, notices
from frontend.components.examples import example_buttons
from frontend.components.uploader import size_words
from frontend.ids import Sequence as Ids
from frontend.ids import Shell
from frontend.pages.failures import banner_style, is_about_asker
from frontend.pages.sequence.failures import report

HIDDEN, SHOWN = {"display": "none"}, {"display": "block"}
DEFAULT_FILE_BYTES = 10_000_000


def register(app: Dash, client: BackendClient) -> None:
    """Register the form's callbacks."""
    _register_catalog(app, client)
    _register_file(app)
    _register_examples(app)
    _register_check(app, client)


def _register_catalog(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.CATALOG, "data"),
        Output(Ids.BACKEND_DOWN, "style"),
        Output(Ids.CATALOG_POLL, "disabled"),
        Output(Ids.EXAMPLES, "children"),
        Output(Ids.LIMITS, "children"),
        Output(Ids.FACTOR, "data"),
        Output(Ids.FACTOR, "value"),
        Output(Ids.ERROR, "children"),
        Input(Ids.CATALOG_POLL, "n_intervals"),
        Input(Ids.RETRY, "n_clicks"),
        State(Ids.FACTOR, "value"),
        State(Shell.URL, "search"),
    )
    async def load_catalog(
        _polls: int | None, _retries: int | None, factor: str | None, search: str | None
    ) -> tuple[Any, ...]:
        try:
            catalog = await client.catalog()
        except BackendError as error:
            return no_update, banner_style(error), False, *[no_update] * 5
        known = {f.name for f in catalog.factors}
        asked = parse_qs((search or "").removeprefix("?")).get("factor", [""])[
            0
        ]  # a job that has trained one links here
        return (
            catalog.model_dump(),
            HIDDEN,
            True,
            example_buttons(catalog.examples, kind=Ids.EXAMPLE),
            input_panel.rules(catalog.limits),
            input_panel.factor_options(catalog.factors),
            no_update if factor in known else asked if asked in known else input_panel.default_factor(catalog),
            None,
        )


def _register_file(app: Dash) -> None:
    @app.callback(
        Output(Ids.FILE, "data"),
        Output(Ids.FILE_ERROR, "children"),
        Output(Ids.UPLOAD, "contents"),
        Input(Ids.UPLOAD, "contents"),
        Input(Ids.FILE_REMOVE, "n_clicks"),
        State(Ids.UPLOAD, "filename"),
        State(Ids.CATALOG, "data"),
        prevent_initial_call=True,
    )
    async def choose_file(
        contents: str | None, _removals: int | None, name: str | None, catalog: dict[str, Any] | None
    ) -> tuple[Any, ...]:
        if ctx.triggered_id == Ids.FILE_REMOVE:
            return None, None, None
        if not contents:  # the reset of the drop zone below, which lets the same file be chosen again
            raise PreventUpdate
        limit = catalog["limits"]["bytes"] if catalog else DEFAULT_FILE_BYTES
        try:
            data = base64.b64decode(contents.partition(",")[2], validate=True)
            text = decode_sequence_file(data, max_bytes=limit)
        except (UnreadableFileError, binascii.Error) as error:
            return no_update, f"{name}: {error}", None
        return {"name": name, "bytes": len(data), "text": text}, None, None

    @app.callback(
        Output(Ids.FILE_LABEL, "children"),
        Output(Ids.FILE_CHIP, "style"),
        Output(Ids.TEXT_BOX, "style"),
        Input(Ids.FILE, "data"),
    )
    async def show_file(file: dict[str, Any] | None) -> tuple[Any, ...]:
        if file is None:
            return "", HIDDEN, SHOWN
        return f"{file['name']}, {size_words(file['bytes'])}. It replaces the text until removed.", {}, HIDDEN


def _register_examples(app: Dash) -> None:
    @app.callback(
        Output(Ids.TEXT, "value"),
        Output(Ids.FACTOR, "value", allow_duplicate=True),
        Output(Ids.FILE, "data", allow_duplicate=True),
        Input({"type": Ids.EXAMPLE.value, "name": ALL}, "n_clicks"),
        State(Ids.CATALOG, "data"),
        prevent_initial_call=True,
    )
    async def fill(clicks: list[int | None], catalog: dict[str, Any]) -> tuple[Any, ...]:
        if not any(clicks):  # the buttons have just been drawn
            raise PreventUpdate
        examples = {e.name: e for e in Catalog.model_validate(catalog).examples}
        example = examples[ctx.triggered_id["name"]]
        return example.sequences, example.factor, None


def _register_check(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.CHECK, "data"),
        Output(Ids.FEEDBACK, "children"),
        Output(Ids.TEXT, "error"),
        Input(Ids.TEXT, "value"),
        Input(Ids.FILE, "data"),
        Input(Ids.CATALOG, "data"),
    )
    async def check(text: str | None, file: dict[str, Any] | None, catalog: dict[str, Any] | None) -> tuple[Any, ...]:
        sequences = input_text(text, file)
        if not sequences.strip() or catalog is None:
            return {"state": "empty"}, None, None
        try:
            result = await client.check_sequences(sequences)
        except BackendProblem as error:
            concerns_text = not is_about_asker(error)
            state = "invalid" if concerns_text else "unknown"
            return {"state": state}, notices.problem_alert(error.problem), concerns_text
        except BackendError as error:
            report(error)
            return {"state": "unknown"}, None, None
        limits = catalog["limits"]
        feedback = notices.check_feedback(result, window_length=limits["window_length"], tile_step=limits["tile_step"])
        state = "invalid" if result.errors else "valid"
        return {"state": state, "n_records": result.n_records}, feedback, bool(result.errors)


def input_text(text: str | None, file: dict[str, Any] | None) -> str:
    """Return the chosen file's text, or what was typed."""
    return file["text"] if file else text or ""
