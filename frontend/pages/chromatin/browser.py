"""Callbacks that run in the browser (assets/chromatin.js): no round trip, no flicker."""

from dash import ClientsideFunction, Dash, Input, Output, State

from frontend.ids import Chromatin as Ids
from frontend.ids import Picture, Uploader


def _function(name: str, *, namespace: str = "chromatin") -> ClientsideFunction:
    return ClientsideFunction(namespace, name)


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    _register_views(app)
    _register_table(app)
    _register_form(app)
    _register_wizard(app)
    for picture in Picture:
        app.clientside_callback(
            _function("figureBox"),
            Output(picture.box, "style"),
            Output(picture.menu, "style"),
            Input(picture, "figure"),
        )
        app.clientside_callback(
            _function("savePicture", namespace="regulens"),
            Output(picture.png, "data-saved"),
            Input(picture.svg, "n_clicks"),
            Input(picture.png, "n_clicks"),
            State(picture, "id"),
            prevent_initial_call=True,
        )


def _register_views(app: Dash) -> None:
    app.clientside_callback(
        _function("busyView", namespace="regulens"),
        Output(Ids.VIEW, "data", allow_duplicate=True),
        Input(Ids.ANALYSE, "n_clicks"),
        State(Ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("showChromatin", namespace="regulens"),
        *(Output(box, "style") for box in (Ids.EMPTY, Ids.BUSY, Ids.RESULT)),
        Input(Ids.VIEW, "data"),
    )
    app.clientside_callback(
        _function("listBox"), Output(Ids.AVERAGE_LIST_BOX, "style"), Input(Ids.AVERAGE_SET, "value")
    )


def _register_table(app: Dash) -> None:
    app.clientside_callback(
        _function("geneRows"),
        Output(Ids.TABLE, "rowData"),
        Output(Ids.TABLE, "selectedRows"),
        Output(Ids.SEARCH, "value"),
        Output(Ids.CALLS, "value"),
        Input(Ids.ANALYSIS, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("search"),
        Output(Ids.SEARCH, "data-applied"),
        Input(Ids.SEARCH, "value"),
        State(Ids.TABLE, "id"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("calls"),
        Output(Ids.CALLS, "data-applied"),
        Input(Ids.CALLS, "value"),
        State(Ids.TABLE, "id"),
        State(Ids.RUN, "data"),
        prevent_initial_call=True,
    )


def _register_form(app: Dash) -> None:
    app.clientside_callback(
        _function("submitState"),
        Output(Ids.ANALYSE, "disabled"),
        Output(Ids.REASON, "children"),
        Input(Ids.CATALOG, "data"),
        Input(Ids.FILE, "data"),
        Input(Ids.CHECK, "data"),
        Input(Ids.CHECKPOINTS, "value"),
    )


def _register_wizard(app: Dash) -> None:
    app.clientside_callback(
        _function("startBoxes"),
        Output(Ids.START_FILE_BOX, "style"),
        Output(Ids.GENE_SEARCH_BOX, "style"),
        Input(Ids.START_KIND, "value"),
    )
    app.clientside_callback(
        _function("buildState"),
        Output(Ids.BUILD, "disabled"),
        Output(Ids.BUILD_REASON, "children"),
        Input(Ids.CATALOG, "data"),
        Input(Ids.BIGWIGS, "data"),
        Input(Ids.ASSEMBLY, "value"),
        Input(Ids.UNIT, "value"),
        Input(Ids.START_KIND, "value"),
        Input(Uploader.STARTS.arrived, "data"),
        Input(Ids.GENE_SEARCH, "value"),
    )
