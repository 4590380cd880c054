"""Callbacks that run in the browser (assets/regulens.js): no round trip, no flicker."""

from dash import ClientsideFunction, Dash, Input, Output, State

from frontend.ids import Sequence as Ids


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction("regulens", name)


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    _register_progress(app)
    _register_views(app)
    _register_form(app)
    _register_table(app)


def _register_progress(app: Dash) -> None:
    app.clientside_callback(
        _function("merge"),
        Output(Ids.ANALYSES, "data"),
        Output(Ids.TABLE, "rowData"),
        Output(Ids.TABLE, "selectedRows"),
        Output(Ids.PROGRESS, "data"),
        Input(Ids.SLICE, "data"),
        State(Ids.ANALYSES, "data"),
        State(Ids.TABLE, "rowData"),
        State(Ids.PROGRESS, "data"),
        State(Ids.NEXT_SLICE, "id"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("cancel"),
        Output(Ids.PROGRESS, "data", allow_duplicate=True),
        Input(Ids.CANCEL, "n_clicks"),
        State(Ids.PROGRESS, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("progressBox"),
        Output(Ids.PROGRESS_BOX, "style"),
        Output(Ids.PROGRESS_LABEL, "children"),
        Output(Ids.PROGRESS_BAR, "value"),
        Output(Ids.CANCEL, "disabled"),
        Input(Ids.PROGRESS, "data"),
    )


def _register_views(app: Dash) -> None:
    app.clientside_callback(
        _function("busyView"),
        Output(Ids.VIEW, "data", allow_duplicate=True),
        Input(Ids.ANALYSE, "n_clicks"),
        State(Ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("showView"),
        *(Output(box, "style") for box in (Ids.EMPTY, Ids.BUSY, Ids.RESULT, Ids.RANKING_BOX)),
        Input(Ids.VIEW, "data"),
    )


def _register_form(app: Dash) -> None:
    app.clientside_callback(
        _function("submitState"),
        Output(Ids.ANALYSE, "disabled"),
        Output(Ids.REASON, "children"),
        *(Input(store, "data") for store in (Ids.CATALOG, Ids.CHECK)),
        *(Input(field, "value") for field in (Ids.FACTOR, Ids.MODE)),
        Input(Ids.PROGRESS, "data"),
    )
    app.clientside_callback(
        _function("modeFields"),
        Output(Ids.RECORD_BOX, "style"),
        Output(Ids.FACTOR, "wrapperProps"),
        Output(Ids.RECORD, "max"),
        Input(Ids.MODE, "value"),
        Input(Ids.CHECK, "data"),
    )


def _register_table(app: Dash) -> None:
    for control, name in ((Ids.ORDER, "order"), (Ids.STRAND, "strand")):
        app.clientside_callback(
            _function(name),
            Output(control, "data-applied"),
            Input(control, "value"),
            State(Ids.TABLE, "id"),
            prevent_initial_call=True,
        )
    app.clientside_callback(
        _function("savePicture"),
        Output(Ids.PICTURE_PNG, "data-saved"),
        Input(Ids.PICTURE_SVG, "n_clicks"),
        Input(Ids.PICTURE_PNG, "n_clicks"),
        State(Ids.DASHBOARD, "id"),
        prevent_initial_call=True,
    )
