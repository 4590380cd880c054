"""The histone-mark page: upload signals around start sites, see which positions and which marks decide."""

from typing import Any

from dash import Dash

from frontend.client import BackendClient
from frontend.pages.chromatin import (
    analysis,
    browser,
    downloads,
    edits,
    evaluation,
    form,
    gene,
    gene_set,
    imports,
    live,
    models,
    tiles,
    wizard,
)
from frontend.pages.chromatin.catalogs import CatalogCache
from frontend.pages.chromatin.layout import layout

__all__ = ["layout", "register_callbacks"]


def register_callbacks(app: Dash, client: BackendClient, **_others: Any) -> None:
    """Bring the page to life."""
    catalogs = CatalogCache(client)
    form.register(app, client, catalogs)
    wizard.register(app, client, catalogs)
    imports.register(app, client, catalogs)
    analysis.register(app, client, catalogs)
    gene.register(app, client)
    edits.register(app, client)
    live.register(app.server, client)
    gene_set.register(app, client, catalogs)
    tiles.register(app, client, catalogs)
    evaluation.register(app)
    models.register(app, catalogs)
    downloads.register(app, catalogs)
    browser.register(app)
