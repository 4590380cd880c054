"""The sequence page: paste DNA, see what the networks say and why."""

from dash import Dash

from frontend.client import BackendClient
from frontend.pages.sequence import (
    analysis,
    browser,
    downloads,
    explained_rows,
    follow_ups,
    form,
    hits,
    learnt,
    methods,
    models,
    pictures,
)
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.layout import layout

__all__ = ["layout", "register_callbacks"]


def register_callbacks(app: Dash, client: BackendClient, *, slice_records: int) -> None:
    """Bring the page to life."""
    cards = CardCache(client)
    form.register(app, client)
    analysis.register(app, client, cards, slice_records=slice_records)
    explained_rows.register(app, client, cards)
    methods.register(app)
    pictures.register(app, cards)
    follow_ups.register(app, client)
    hits.register(app)
    models.register(app, cards)
    learnt.register(app, client)
    downloads.register(app)
    browser.register(app)
