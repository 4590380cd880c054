"""The sequence page: paste DNA, see what the networks say and why."""

from dash import Dash

from frontend.client import BackendClient
from frontend.pages.sequence import analysis, browser, downloads, form, models, pictures
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.layout import layout

__all__ = ["layout", "register_callbacks"]


def register_callbacks(app: Dash, client: BackendClient, *, slice_records: int) -> None:
    """Bring the page to life."""
    cards = CardCache(client)
    form.register(app, client)
    analysis.register(app, client, cards, slice_records=slice_records)
    pictures.register(app, cards)
    models.register(app, cards)
    downloads.register(app)
    browser.register(app)
