"""Who one is here, and the tokens of one's scripts."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate
from pydantic import ValidationError

from backend.schemas.access import TokenRequest
from frontend.client import BackendClient, BackendError
from frontend.components import account
from frontend.components.notices import backend_down, note
from frontend.ids import Account as Ids
from frontend.pages.failures import Reporter, banner_style

POLL_MS = 5000
HIDDEN, SHOWN = {"display": "none"}, {"display": "block"}
report = Reporter(Ids.BACKEND_DOWN, Ids.POLL)


def layout() -> Any:
    """Lay out the page."""
    who = dmc.Paper(
        [dmc.Title("Account", order=1, size="h3", mb="xs"), html.Div(id=Ids.WHO, className="account-who-box")],
        withBorder=True, p="md",
    )  # fmt: skip
    return html.Div(
        [
            dcc.Interval(id=Ids.POLL, interval=POLL_MS, disabled=True),
            dcc.Store(id=Ids.CHANGED),
            backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
            html.Div(id=Ids.ERROR, role="alert", className="error-slot"),
            who,
            dmc.Paper(_tokens(), withBorder=True, p="md"),
        ],
        className="column narrow-page",
    )


def _tokens() -> list[Any]:
    form = html.Div(
        [dmc.Title("A new token", order=3, size="h5", mt="lg", mb="xs"), account.token_form()],
        id=Ids.TOKENS_BOX,
        style=HIDDEN,
    )
    return [
        dmc.Title("Tokens for scripts", order=2, size="h4", mb="xs"),
        html.Div(id=Ids.MADE),
        html.Div(id=Ids.TOKENS, className="account-tokens"),
        form,
    ]


def register_callbacks(app: Dash, client: BackendClient, **_others: Any) -> None:
    """Bring the page to life."""
    _register_list(app, client)
    _register_making(app, client)
    _register_revoking(app, client)


def _register_list(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.WHO, "children"),
        Output(Ids.TOKENS, "children"),
        Output(Ids.TOKENS_BOX, "style"),
        Output(Ids.BACKEND_DOWN, "style"),
        Output(Ids.POLL, "disabled"),
        Output(Ids.ERROR, "children"),
        Input(Ids.POLL, "n_intervals"),
        Input(Ids.RETRY, "n_clicks"),
        Input(Ids.CHANGED, "data"),
    )
    async def show(_polls: int | None, _retries: int | None, _changed: Any) -> tuple[Any, ...]:
        try:
            session = await client.session()
            tokens = None if session.access == "open" else await client.tokens()
        except BackendError as error:
            return no_update, no_update, no_update, banner_style(error), False, report(error)
        listed = note(account.NO_TOKENS) if tokens is None else account.token_table(tokens)
        return account.who(session), listed, HIDDEN if tokens is None else SHOWN, HIDDEN, True, None


def _register_making(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.MADE, "children"),
        Output(Ids.MAKE_ERROR, "children"),
        Output(Ids.CHANGED, "data"),
        Output(Ids.TITLE, "value"),
        Input(Ids.MAKE, "n_clicks"),
        State(Ids.TITLE, "value"),
        State(Ids.SCOPES, "value"),
        State(Ids.DAYS, "value"),
        running=[(Output(Ids.MAKE, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def make(clicks: int | None, title: str | None, scopes: list[str] | None, days: str) -> tuple[Any, ...]:
        if not clicks:
            raise PreventUpdate
        try:
            request = TokenRequest(title=(title or "").strip(), scopes=scopes or [], days=int(days))
        except ValidationError:
            missing = (
                "Say what the token is for." if not (title or "").strip() else "Choose at least one thing it may do."
            )
            return no_update, missing, no_update, no_update
        try:
            token = await client.make_token(request)
        except BackendError as error:
            return no_update, report(error), no_update, no_update
        return account.made(token), None, token.id, ""


def _register_revoking(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.CHANGED, "data", allow_duplicate=True),
        Output(Ids.ERROR, "children", allow_duplicate=True),
        Input({"type": Ids.REVOKE.value, "name": ALL}, "submit_n_clicks"),
        prevent_initial_call=True,
    )
    async def revoke(clicks: list[int | None]) -> tuple[Any, ...]:
        if not any(clicks) or not ctx.triggered_id:
            raise PreventUpdate
        token = ctx.triggered_id["name"]
        try:
            await client.revoke_token(token)
        except BackendError as error:
            return no_update, report(error)
        return f"{token} revoked", None
