"""Callbacks that run in the browser (assets/regulens.js): no round trip, no flicker."""

from dash import ClientsideFunction, Dash, Input, Output, State

from frontend.ids import Sequence as Ids
from frontend.pages.sequence.pictures import picture_outputs


def _function(name: str, namespace: str = "regulens") -> ClientsideFunction:
    return ClientsideFunction(namespace, name)


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    _register_progress(app)
    _register_views(app)
    _register_form(app)
    _register_table(app)
    _register_pictures(app)
    _register_follow_ups(app)
    _register_hits(app)


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


def _register_pictures(app: Dash) -> None:
    """Show what comes unless it is about something else by now."""
    pictures = list(picture_outputs().values())
    app.clientside_callback(
        _function("showRow", "explanations"),
        Output(Ids.EXPLANATION, "data", allow_duplicate=True),
        *pictures,
        Input(Ids.ROW_ANSWER, "data"),
        State(Ids.RUN, "data"),
        State(Ids.TABLE, "selectedRows"),
        State(Ids.METHOD, "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("showRedrawn", "explanations"),
        *pictures,
        Input(Ids.REDRAWN, "data"),
        State(Ids.EXPLANATION, "data"),
        prevent_initial_call=True,
    )


def _register_follow_ups(app: Dash) -> None:
    """Ask for trust and motifs once a row stays, and keep the answers that are still wanted."""
    app.clientside_callback(
        _function("followUp", "explanations"),
        Output(Ids.BADGES, "data-key"),
        Input(Ids.EXPLANATION, "data"),
        State(Ids.TRUST_ASKED, "id"),
        State(Ids.MOTIFS_ASKED, "id"),
        prevent_initial_call=True,
    )
    for answer, kept, asked in (
        (Ids.TRUST_ANSWER, Ids.TRUST, Ids.TRUST_ASKED),
        (Ids.MOTIFS_ANSWER, Ids.MOTIFS, Ids.MOTIFS_ASKED),
    ):
        app.clientside_callback(
            _function("keep", "explanations"),
            Output(answer, "clear_data"),
            Input(answer, "data"),
            State(Ids.EXPLANATION, "data"),
            State(kept, "id"),
            State(asked, "id"),
            prevent_initial_call=True,
        )
    app.clientside_callback(
        _function("offerFiles", "explanations"),
        Output(Ids.TRUST_CSV, "disabled"),
        Output(Ids.MOTIFS_CSV, "disabled"),
        *(Input(store, "data") for store in (Ids.EXPLANATION, Ids.TRUST, Ids.MOTIFS)),
    )


def _register_hits(app: Dash) -> None:
    """Choose a seqlet by pointing at its box; rows of the table are listened to in assets/explanations.js."""
    app.clientside_callback(
        _function("pointAtBox", "explanations"),
        Output(Ids.HIT, "data"),
        Input(Ids.DASHBOARD, "hoverData"),
        Input(Ids.DASHBOARD, "clickData"),
        State(Ids.HIT, "data"),
        State(Ids.EXPLANATION, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("showHit", "explanations"),
        Output(Ids.HIT_LOGO, "figure"),
        Output(Ids.HIT_BOX, "style"),
        Input(Ids.HIT_ANSWER, "data"),
        Input(Ids.EXPLANATION, "data"),
        prevent_initial_call=True,
    )
