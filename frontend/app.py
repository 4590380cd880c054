"""The page process: one Dash application, asynchronous throughout, over one API client."""

import logging
from contextlib import suppress
from functools import partial

from dash import ClientsideFunction, Dash, Input, Output, set_props
from dash.exceptions import MissingCallbackContextException
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from backend.schemas.access import Access
from frontend import session_routes
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.notices import page_failure, signed_out, too_often
from frontend.components.shell import NavigationItem, shell
from frontend.components.user_menu import user_menu
from frontend.guard import ANY_NAME, Limits, guard, limits_of
from frontend.ids import Shell
from frontend.pages import PAGES, not_found, page_at
from frontend.pages.failures import is_about_asker
from frontend.sessions import Sessions
from frontend.settings import FrontendSettings
from frontend.transport import UNAUTHORIZED, Refusal
from frontend.unknown_addresses import UnknownAddresses
from frontend.upload_routes import register_download_routes, register_upload_routes

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
    return create_dash(
        client, slice_records=settings.slice_records, access=settings.access, limits=limits_of(settings)
    ).server


def create_dash(
    client: BackendClient, *, slice_records: int = 500, access: Access = "open", limits: Limits = ANY_NAME
) -> Dash:
    """Build the Dash application over a client."""
    app = Dash(
        "frontend",
        server=FastAPI(openapi_url=None),
        title="Regulens",
        update_title=None,
        index_string=INDEX,
        assets_folder="assets",
        serve_locally=True,
        suppress_callback_exceptions=True,  # pages come and go
        health_endpoint="health/live",
        on_error=_log_failure,
    )
    app.server.add_middleware(UnknownAddresses)
    app.server.add_middleware(Sessions, client=client, access=access)
    app.server.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=3)
    app.backend.websocket_capability = False  # unused here; else every page load opens a socket in vain
    app.layout = shell([NavigationItem(page.path, page.title) for page in PAGES if page.title])
    client.when_refused(partial(_show_refusal, access=access))
    client.when_known(partial(_show, Shell.SIGNED_OUT, None))
    session_routes.register(app.server, client, access=access)
    register_upload_routes(app.server, client)
    register_download_routes(app.server, client)
    _register_routes(app, client)
    for register_callbacks in dict.fromkeys(page.register_callbacks for page in PAGES):
        register_callbacks(app, client, slice_records=slice_records)
    app._setup_server()  # Dash does it at the first request for "/": until then any other address has no assets
    guard(app, limits)
    return app


def _log_failure(error: Exception) -> None:
    if isinstance(error, BackendProblem) and is_about_asker(error):
        return  # said by `_show_refusal`
    log.error("callback failed", exc_info=error)  # plain: a traceback with values would log sequences
    set_props(Shell.FAILURE, {"children": page_failure()})


def _show_refusal(refusal: Refusal, *, access: Access) -> None:
    """Say it at the head of the page, whatever a callback makes of its failure; other routes say it in their answer."""
    if refusal.status == UNAUTHORIZED:
        _show(Shell.SIGNED_OUT, signed_out(access))
    else:
        _show(Shell.FAILURE, too_often(refusal.retry_after_s))


def _show(place: Shell, notice: object) -> None:
    with suppress(MissingCallbackContextException):
        set_props(place, {"children": notice})


def _register_routes(app: Dash, client: BackendClient) -> None:
    app.clientside_callback(
        ClientsideFunction("regulens", "watchPaper"), Output(Shell.PAPER, "data"), Input(Shell.PAPER, "id")
    )

    @app.callback(Output(Shell.CONTENT, "children"), Input(Shell.URL, "pathname"))
    async def show_page(path: str | None) -> object:
        page = page_at(path or "/")
        return page.layout() if page else not_found.layout()

    @app.callback(Output(Shell.USER, "children"), Input(Shell.USER, "id"))
    async def show_user(_loaded: str) -> object:
        try:
            return user_menu(await client.session())
        except BackendError:
            return user_menu(None)
