"""The page process: one Dash application, asynchronous throughout, over one API client."""

import logging

from dash import ClientsideFunction, Dash, Input, Output, set_props
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from frontend.client import BackendClient
from frontend.components.notices import page_failure
from frontend.components.shell import NavigationItem, shell
from frontend.ids import Shell
from frontend.pages import PAGES, not_found, page_at
from frontend.settings import FrontendSettings
from frontend.upload_routes import register_download_routes, register_upload_routes
from frontend.visitors import VisitorCookie

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>{%config%}{%scripts%}{%renderer%}</footer>
  </body>
</html>
"""
log = logging.getLogger(__name__)


def create_app() -> FastAPI:
    """Build the page server from the environment; `uvicorn frontend.app:create_app --factory` runs it."""
    settings = FrontendSettings()
    client = BackendClient(settings.api_url, timeout_s=settings.api_timeout_s)
    return create_dash(client, slice_records=settings.slice_records).server


def create_dash(client: BackendClient, *, slice_records: int = 500) -> Dash:
    """Build the Dash application over a client."""
    app = Dash(
        "frontend",
        backend="fastapi",
        title="Regulens",
        update_title=None,
        index_string=INDEX,
        assets_folder="assets",
        serve_locally=True,
        suppress_callback_exceptions=True,  # pages come and go
        health_endpoint="health/live",
        on_error=_log_failure,
    )
    app.server.add_middleware(VisitorCookie)
    app.server.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=3)
    app.backend.websocket_capability = False  # unused here; else every page load opens a socket in vain
    app.layout = shell([NavigationItem(page.path, page.title) for page in PAGES if page.title])
    register_upload_routes(app.server, client)
    register_download_routes(app.server, client)
    _register_routes(app)
    for register_callbacks in dict.fromkeys(page.register_callbacks for page in PAGES):
        register_callbacks(app, client, slice_records=slice_records)
    app._setup_server()  # Dash does it at the first request for "/": until then any other address has no assets
    return app


def _log_failure(error: Exception) -> None:
    log.error("callback failed", exc_info=error)  # plain: a traceback with values would log sequences
    set_props(Shell.FAILURE, {"children": page_failure()})


def _register_routes(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("regulens", "watchPaper"), Output(Shell.PAPER, "data"), Input(Shell.PAPER, "id")
    )

    @app.callback(Output(Shell.CONTENT, "children"), Input(Shell.URL, "pathname"))
    async def show_page(path: str | None) -> object:
        page = page_at(path or "/")
        return page.layout() if page else not_found.layout(path or "/")
