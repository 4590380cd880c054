"""What the networks of the chosen factor look for; asked for when the panel is opened."""

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from backend.schemas.motifs import MotifSummary
from frontend.client import BackendClient, BackendError, BackendProblem
from frontend.components.filters_panel import FEW, FOLD, routes_list, summary_line
from frontend.figures.motif_logos import filters_figure, in_order, routes_figure
from frontend.figures.palettes import PALETTES
from frontend.ids import Sequence as Ids
from frontend.ids import Shell
from frontend.pages.sequence.failures import report
from frontend.pages.sequence.pictures import checkpoint_names

SHOWN, HIDDEN = {"display": "block"}, {"display": "none"}
COLUMNS = 2


def register(app: Dash, client: BackendClient) -> None:
    """Fill the panel."""
    _offer_networks(app)
    _fill(app, client)


def _offer_networks(app: Dash) -> None:

    @app.callback(
        Output(Ids.LEARNT_NETWORK, "data"),
        Output(Ids.LEARNT_NETWORK, "value"),
        Input(Ids.FACTOR, "value"),
        Input(Ids.CATALOG, "data"),
        State(Ids.LEARNT_NETWORK, "value"),
    )
    async def offer(factor: str | None, catalog: Any, chosen: str | None) -> tuple[Any, Any]:
        """Offer the factor's networks, and keep the architecture that was looked at."""
        if factor is None or catalog is None:
            raise PreventUpdate
        offered = _networks(Catalog.model_validate(catalog), factor)
        kept = _architecture(chosen)
        values = [entry["value"] for entry in offered]
        return offered, next((value for value in values if _architecture(value) == kept), next(iter(values), None))


def _fill(app: Dash, client: BackendClient) -> None:
    @app.callback(
        Output(Ids.LEARNT_NOTE, "children"),
        Output(Ids.LEARNT_ROUTES_TABLE, "children"),
        Output(Ids.LEARNT_ROUTES, "figure"),
        Output(Ids.LEARNT_BOX, "style"),
        Output(Ids.LEARNT_FILTERS, "figure"),
        Output(Ids.LEARNT_FILTERS_BOX, "style"),
        Output(Ids.LEARNT_METHOD, "children"),
        Input(Ids.LEARNT, "value"),
        Input(Ids.LEARNT_NETWORK, "value"),
        Input(Ids.LEARNT_ALL, "checked"),
        Input(Ids.PALETTE, "value"),
        Input(Shell.PAPER, "data"),
        State(Ids.FACTOR, "value"),
        State(Ids.CATALOG, "data"),
    )
    async def show(  # noqa: PLR0917 - Dash passes them by place
        opened: Any, name: str | None, whole: bool, palette: str, paper: str | None, factor: str, catalog: Any
    ) -> tuple[Any, ...]:
        if opened != FOLD or name is None or paper is None:
            raise PreventUpdate
        try:
            summary = await client.motif_summary(name)
        except BackendProblem as error:
            return error.problem.detail, None, no_update, HIDDEN, no_update, HIDDEN, None
        except BackendError as error:
            report(error)
            return no_update
        look = {"palette": PALETTES[palette], "dark": paper == "dark"}
        return _filled(summary, whole=whole, look=look, factor=_protein(Catalog.model_validate(catalog), factor))


def _filled(summary: MotifSummary, *, whole: bool, look: dict[str, Any], factor: str) -> tuple[Any, ...]:
    ordered = in_order(summary.filters)
    return (
        summary_line(summary, factor=factor),
        routes_list(summary.routes),
        routes_figure(summary.routes, **look),
        SHOWN,
        filters_figure(ordered if whole else ordered[:FEW], columns=COLUMNS, **look),
        SHOWN if ordered else HIDDEN,
        f"{summary.method} Library: {summary.library}.",
    )


def _networks(catalog: Catalog, factor: str) -> list[dict[str, str]]:
    titles = {each.name: each.title for each in catalog.architectures if each.kind == "network"}
    names = checkpoint_names(catalog, factor)
    return [{"value": name, "label": titles[_architecture(name)]} for name in names if _architecture(name) in titles]


def _architecture(checkpoint: str | None) -> str:
    return (checkpoint or "").rsplit("-", 1)[-1]


def _protein(catalog: Catalog, factor: str) -> str:
    return next((each.title for each in catalog.factors if each.name == factor), factor).split(" in ", maxsplit=1)[0]
