"""Edit and watch: change bases and see what every network makes of it."""

from typing import Any

from dash import Dash

from frontend.client import BackendClient
from frontend.pages.construct import browser, downloads, form, live, motifs
from frontend.pages.construct.layout import layout

__all__ = ["layout", "register_callbacks"]


def register_callbacks(app: Dash, client: BackendClient, **_others: Any) -> None:
    """Bring the page to life."""
    live.register(app.server, client)
    form.register(app, client)
    motifs.register(app, client)
    downloads.register(app)
    browser.register(app)
