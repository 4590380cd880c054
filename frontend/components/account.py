"""Who one is and for how long, and the tokens of one's scripts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.access import NewToken, Scope, Session, TokenInfo
from frontend.components.notices import note
from frontend.components.reading import definitions
from frontend.components.user_menu import BROWSER
from frontend.ids import Account as Ids

SCOPE_WORDS = {
    Scope.READ: "Read: catalog, own jobs and files",
    Scope.ANALYSE: "Analyse: predict and explain, upload files",
    Scope.JOBS: "Jobs: submit, cancel and delete them",
    Scope.MODELS: "Models: import and remove weights",
}
DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "366": "a year"}
KINDS = {"open": "Everybody at this computer, without sign-in", "password": "Name and password",
         "proxy": "The server in front of this one"}  # fmt: skip
NO_TOKENS = (
    "There are no tokens here, because none are needed: this Regulens answers only programs on this computer and "
    "asks none of them for a name. Where REGULENS_ACCESS is password or proxy, scripts sign in with tokens made here."
)


def moment(at: datetime) -> str:
    """Write a moment to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def who(session: Session) -> Any:
    """Say who one is, how the service knows it and until when."""
    until = moment(session.expires) if session.expires else "as long as the server in front of this one says so"
    facts = {
        "Name": "a random one, kept by this browser" if session.visitor else session.user,
        "Known by": KINDS[session.access],
        "Until": until,
    }
    return html.Div([definitions(facts), note(BROWSER) if session.access == "open" else None], className="account-who")


def token_table(tokens: Sequence[TokenInfo]) -> Any:
    """List tokens, each with a button that asks before it revokes."""
    if not tokens:
        return note("No tokens yet.")
    heads = ("Title", "May", "Made", "Expires", "Last used", "")
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody([_row(token) for token in tokens]),
            ],
            className="jobs-table",
            **{"aria-label": "Tokens"},
        ),
        className="scroll-x",
    )


def _row(token: TokenInfo) -> Any:
    cells = [
        token.title,
        ", ".join(token.scopes),
        moment(token.created),
        moment(token.expires),
        moment(token.last_used) if token.last_used else "never",
        dcc.ConfirmDialogProvider(
            dmc.Button("Revoke", size="compact-sm", color="red", variant="subtle",
                       **{"aria-label": f"Revoke {token.title}"}),
            id={"type": Ids.REVOKE.value, "name": token.id},
            message=f"Revoke the token '{token.title}'? Scripts that use it stop working at once.",
        ),
    ]  # fmt: skip
    return html.Tr([html.Td(cell) for cell in cells], id=f"token-row-{token.id}")


def made(token: NewToken) -> Any:
    """Show a secret, this once."""
    field = dmc.TextInput(value=token.secret, readOnly=True, flex=1, **{"aria-label": "The new token"})
    copy = dcc.Clipboard(content=token.secret, className="button-link", title="Copy the token")
    return dmc.Alert(
        [
            dmc.Text("Copy it now: it is not kept in readable form and is not shown again.", size="sm", mb="xs"),
            dmc.Group([field, copy], gap="xs"),
            dmc.Text(["In Python: ", html.Code("BackendClient(address, token=...)"), ", or as a header: ",
                      html.Code("Authorization: Bearer ...")], size="sm", mt="xs"),
        ],
        title=f"The token '{token.title}'",
        color="green",
    )  # fmt: skip


def token_form() -> Any:
    """Lay out what a new token needs."""
    scopes = [dmc.Checkbox(label=words, value=scope.value) for scope, words in SCOPE_WORDS.items()]
    return html.Div(
        dmc.Stack(
            [
                dmc.TextInput(id=Ids.TITLE, label="What it is for", placeholder="nightly scoring"),
                dmc.CheckboxGroup(
                    dmc.Stack(scopes, gap=6, mt=4), id=Ids.SCOPES, label="What it may do", value=[Scope.READ.value]
                ),
                dmc.Select(
                    id=Ids.DAYS, label="How long", value="90", allowDeselect=False, w=160,
                    data=[{"value": days, "label": words} for days, words in DAYS.items()],
                ),
                html.Div(id=Ids.MAKE_ERROR, className="field-errors", role="alert"),
                dmc.Button("Make a token", id=Ids.MAKE, w="fit-content"),
            ],
            gap="sm",
        ),
    )  # fmt: skip
