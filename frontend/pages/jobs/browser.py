"""Callbacks that run in the browser (assets/jobs.js)."""

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from frontend.ids import Jobs as Ids


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction("jobs", name)


def _all(kind: Ids) -> dict[str, object]:
    return {"type": kind.value, "name": ALL}


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    for poll, tick, seen in ((Ids.POLL, Ids.TICK, Ids.SEEN), (Ids.DETAIL_POLL, Ids.DETAIL_TICK, Ids.DETAIL_SEEN)):
        app.clientside_callback(
            _function("tick"),
            Output(tick, "data"),
            Input(poll, "n_intervals"),
            State(seen, "data"),
            State(tick, "data"),
        )
    app.clientside_callback(
        _function("askAgain"),
        Output(Ids.RETRY, "data-asked"),
        Input(Ids.RETRY, "n_clicks"),
        Input(Ids.NUDGE, "data"),
        prevent_initial_call=True,
    )
    _register_form(app)
    _register_player(app)


def _register_form(app: Dash) -> None:
    values = [
        Input(_all(Ids.FIELD), "value"),
        Input(_all(Ids.CHECKPOINT), "value"),
        Input(_all(Ids.SWITCH), "checked"),
        Input(_all(Ids.ARRIVED), "data"),
    ]
    app.clientside_callback(
        _function("collect"),
        Output(Ids.REQUEST, "data"),
        Output(_all(Ids.FIELD_BOX), "style"),
        *values,
        Input(Ids.TITLE, "value"),
        Input(Ids.SPEC, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("offerCheckpoints"),
        Output(_all(Ids.CHECKPOINT), "data"),
        Input(_all(Ids.FIELD), "value"),
        State(Ids.SPEC, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("submitState"),
        Output(Ids.SUBMIT, "disabled"),
        Output(Ids.REASON, "children"),
        Input(Ids.REQUEST, "data"),
        Input(Ids.ESTIMATED, "data"),
    )


def _register_player(app: Dash) -> None:
    app.clientside_callback(
        _function("player"),
        Output(Ids.PLAYER, "style"),
        Output(Ids.FRAME_LABEL, "children"),
        Output(Ids.LIVE_BOX, "style"),
        Input(Ids.LIVE, "data"),
        Input(Ids.FRAME, "value"),
        Input(Ids.FOLLOW, "checked"),
        Input(Ids.PLAY, "n_clicks"),
        Input(Ids.DRAWN, "data"),
        State(Ids.SHOWN, "data"),
    )
