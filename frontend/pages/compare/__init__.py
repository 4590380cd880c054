"""The page that holds models against each other on one sequence."""

from typing import Any

from dash import Dash

from frontend.client import BackendClient
from frontend.pages.compare import answer, form
from frontend.pages.compare.layout import layout

__all__ = ["layout", "register_callbacks"]


def register_callbacks(app: Dash, client: BackendClient, **_others: Any) -> None:
    """Bring the page to life."""
    form.register(app, client)
    answer.register(app, client)
