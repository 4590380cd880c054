"""Published checkpoints: bring one, see it listed at once, remove it again."""

import uuid
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_catalog import CheckpointImportRequest
from frontend.client import BackendClient, BackendError
from frontend.components.chromatin import import_panel
from frontend.ids import Chromatin as Ids
from frontend.ids import Uploader
from frontend.pages.chromatin.catalogs import CatalogCache
from frontend.pages.chromatin.failures import report


def register(app: Dash, client: BackendClient, catalogs: CatalogCache) -> None:
    """Register import and removal."""
    _register_list(app, catalogs)

    @app.callback(
        Output(Ids.CATALOG, "data", allow_duplicate=True),
        Output(Ids.IMPORT_ERROR, "children"),
        Input(Ids.IMPORT, "n_clicks"),
        State(Uploader.WEIGHTS.arrived, "data"),
        State(Ids.IMPORT_CELL_TYPE, "value"),
        running=[(Output(Ids.IMPORT, "loading"), True, False)],
        prevent_initial_call=True,
    )
    async def bring(_clicks: int, arrived: Any, cell_type: str | None) -> tuple[Any, Any]:
        request = CheckpointImportRequest(upload=arrived["uploads"][-1]["id"], cell_type=cell_type or None)
        try:
            card = await client.import_checkpoint(request)
            await catalogs.refresh()
        except BackendError as error:
            return no_update, report(error)
        return {"version": uuid.uuid4().hex, "added": card.name}, None

    @app.callback(
        Output(Ids.CATALOG, "data", allow_duplicate=True),
        Output(Ids.IMPORT_ERROR, "children", allow_duplicate=True),
        Input({"type": Ids.REMOVE_CHECKPOINT.value, "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def remove(clicks: list[int | None]) -> tuple[Any, Any]:
        if not any(clicks):  # the list has just been drawn
            raise PreventUpdate
        try:
            await client.delete_checkpoint(ctx.triggered_id["name"])
            await catalogs.refresh()
        except BackendError as error:
            return no_update, report(error)
        return {"version": uuid.uuid4().hex, "added": None}, None


def _register_list(app: Dash, catalogs: CatalogCache) -> None:
    @app.callback(
        Output(Ids.IMPORT_CHIP, "children"),
        Output(Ids.IMPORT, "disabled"),
        Input(Uploader.WEIGHTS.arrived, "data"),
        prevent_initial_call=True,
    )
    async def show_weights(arrived: Any) -> tuple[Any, Any]:
        if not arrived:  # the page has just been drawn
            raise PreventUpdate
        upload = arrived["uploads"][-1]
        return import_panel.chip(upload["name"], upload["n_bytes"]), False

    @app.callback(Output(Ids.IMPORTED, "children"), Input(Ids.CATALOG, "data"), prevent_initial_call=True)
    async def show_imported(catalog: Any) -> Any:
        if catalog is None:
            raise PreventUpdate
        return import_panel.imported_list((await catalogs.get()).checkpoints)
