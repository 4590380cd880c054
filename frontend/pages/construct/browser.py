"""Callbacks that run in the browser (assets/construct.js): the editor itself."""

from dash import ClientsideFunction, Dash, Input, Output, State

from frontend.ids import Construct as Ids
from frontend.ids import Shell
from frontend.ids.construct import EFFECT_FILES, EFFECT_PICTURE


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction("construct", name)


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    _register_start(app)
    _register_look(app)
    _register_motif(app)
    _register_turn(app)
    _register_files(app)


def _register_start(app: Dash) -> None:
    error = Output(Ids.TEXT_ERROR, "children", allow_duplicate=True)
    text, factor = Output(Ids.TEXT, "value", allow_duplicate=True), Output(Ids.FACTOR, "value", allow_duplicate=True)
    app.clientside_callback(
        _function("begin"),
        Output(Ids.TEXT, "value"),
        Output(Ids.FACTOR, "value"),
        Output(Ids.TEXT_ERROR, "children"),
        Input(Ids.KIT, "data"),
        Input(Ids.CATALOG, "data"),
        Input(Ids.BEGIN, "data"),
    )
    app.clientside_callback(
        _function("startFromForm"),
        error,
        Input(Ids.START, "n_clicks"),
        Input(Ids.TEXT, "n_submit"),
        State(Ids.TEXT, "value"),
        State(Ids.FACTOR, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("example"),
        text,
        factor,
        error,
        Input(Ids.EXAMPLE, "n_clicks"),
        State(Ids.CATALOG, "data"),
        prevent_initial_call=True,
    )


def _register_look(app: Dash) -> None:
    app.clientside_callback(
        _function("applyLook"),
        Output(Ids.APPLIED, "data"),
        *(Input(control, "value") for control in (Ids.TYPING, Ids.SHOW, Ids.SCALE)),
    )
    app.clientside_callback(
        _function("repaint"), Output(Ids.APPLIED, "data", allow_duplicate=True), Input(Shell.PAPER, "data"),
        prevent_initial_call=True,
    )  # fmt: skip


def _register_motif(app: Dash) -> None:
    app.clientside_callback(
        _function("pasteMotif"),
        Output(Ids.MOTIF_ERROR, "children"),
        Input(Ids.PASTE, "n_clicks"),
        State(Ids.MOTIF_BASES, "value"),
        State(Ids.MOTIF_CHOSEN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("askControl"),
        Output(Ids.ASK_CONTROL, "data"),
        Output(Ids.MOTIF_ERROR, "children", allow_duplicate=True),
        Input(Ids.CONTROL, "n_clicks"),
        State(Ids.MOTIF_BASES, "value"),
        prevent_initial_call=True,
    )


def _register_turn(app: Dash) -> None:
    app.clientside_callback(
        _function("turn"),
        Output(Ids.MOTIF_BASES, "value", allow_duplicate=True),
        Output(Ids.MOTIF_CHOSEN, "data", allow_duplicate=True),
        Input(Ids.TURN, "n_clicks"),
        State(Ids.MOTIF_BASES, "value"),
        State(Ids.MOTIF_CHOSEN, "data"),
        prevent_initial_call=True,
    )


def _register_files(app: Dash) -> None:
    app.clientside_callback(
        _function("take"),
        Output(Ids.TAKE, "data"),
        *(Input(item, "n_clicks") for item in (Ids.FASTA, Ids.MAPS_CSV, Ids.SVG, Ids.PNG)),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("regulens", "savePicture"),
        Output(EFFECT_FILES["png"], "data-saved"),
        Input(EFFECT_FILES["svg"], "n_clicks"),
        Input(EFFECT_FILES["png"], "n_clicks"),
        State(EFFECT_PICTURE, "id"),
        prevent_initial_call=True,
    )
