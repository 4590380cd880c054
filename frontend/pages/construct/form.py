"""What can be edited and by whom it is read: factors, the example, and motifs to paste."""

from typing import Any

from dash import Dash, Input, Output, no_update

from frontend.client import BackendClient, BackendError
from frontend.components.input_panel import factor_options
from frontend.ids import Construct as Ids
from frontend.pages.failures import banner_style

HIDDEN = {"display": "none"}


def register(app: Dash, client: BackendClient) -> None:
    """Ask for the catalog until it comes."""

    @app.callback(
        Output(Ids.CATALOG, "data"),
        Output(Ids.BACKEND_DOWN, "style"),
        Output(Ids.CATALOG_POLL, "disabled"),
        Output(Ids.FACTOR, "data"),
        Output(Ids.MOTIF, "data"),
        Input(Ids.CATALOG_POLL, "n_intervals"),
        Input(Ids.RETRY, "n_clicks"),
    )
    async def load_catalog(_polls: int | None, _retries: int | None) -> tuple[Any, ...]:
        try:
            catalog, library = await client.catalog(), await client.motif_library()
        except BackendError as error:
            return no_update, banner_style(error), False, no_update, no_update
        kept = {
            "factors": [{"name": factor.name} for factor in catalog.factors],
            "examples": [e.model_dump(include={"name", "factor", "sequences"}) for e in catalog.examples],
        }
        motifs = [{"value": motif.id, "label": f"{motif.name} ({motif.id})"} for motif in library.motifs]
        return kept, HIDDEN, True, factor_options(catalog.factors), motifs
