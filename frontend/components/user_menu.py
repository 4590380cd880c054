"""Who one is, at the right of the header."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.access import Session

BROWSER = (
    "No sign-in is needed. Regulens knows this browser by a random name in a cookie: jobs and files that are made here "
    "show up here only. Another browser, or a cleared cookie, begins anew."
)
MENU = "Account and status"


def user_menu(session: Session | None) -> Any:
    """Offer what concerns the user; without a session what concerns everybody."""
    return dmc.Menu(
        [
            dmc.MenuTarget(_button(_name(session), label=f"{MENU}: {_name(session)}")),
            dmc.MenuDropdown(
                [
                    dmc.MenuLabel(_about(session), className="user-about"),
                    dmc.MenuItem("Account", href="/account"),
                    dmc.MenuItem("Status of the service", href="/status"),
                    _sign_out() if session and session.access == "password" else None,
                ]
            ),
        ],
        position="bottom-end",
        shadow="md",
        width=300,
    )


def menu_to_come() -> Any:
    """Hold the menu's place until it is known who asks: a menu opened before would close by itself."""
    return _button("", label=MENU, disabled=True)


def _button(name: str, *, label: str, disabled: bool = False) -> Any:
    return dmc.Button(
        html.Span(name, className="user-name"),
        leftSection=html.Span("☰", **{"aria-hidden": "true"}),
        variant="default",
        disabled=disabled,
        className="user-button",
        **{"aria-label": label},
    )


def _name(session: Session | None) -> str:
    if session is None:
        return "Not signed in"
    return "This browser" if session.visitor else session.user


def _about(session: Session | None) -> str:
    if session is None:
        return "Who you are is not known just now."
    if session.access == "open":
        return BROWSER
    return f"Signed in as {session.user}" + (
        " by the server in front of this one." if session.access == "proxy" else "."
    )


def _sign_out() -> Any:
    """Make a plain form, so that it works by keyboard, and the browser itself goes on to the next page."""
    return html.Form(html.Button("Sign out", type="submit", className="menu-button"), action="/sign-out", method="POST")
