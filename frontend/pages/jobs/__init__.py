"""Background work: the list of jobs, the form for a new one, and one job live."""

from typing import Any

from dash import Dash

from frontend.client import BackendClient
from frontend.pages.jobs import actions, browser, detail, form, listing, live
from frontend.pages.jobs.layout import detail_layout, form_layout, list_layout

__all__ = ["detail_layout", "form_layout", "list_layout", "register_callbacks"]


def register_callbacks(app: Dash, client: BackendClient, **_others: Any) -> None:
    """Bring the pages to life."""
    lives = live.LiveCache(client)
    listing.register(app, client)
    form.register(app, client)
    detail.register(app, client, lives)
    live.register(app, lives)
    actions.register(app, client)
    browser.register(app)
