"""The model panel: accuracy and cards of the chosen factor."""

from typing import Any

from dash import Dash, Input, Output, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog
from frontend.client import BackendError
from frontend.components.model_panel import card_items, unavailable_items
from frontend.figures import GRAPH_CONFIG, card
from frontend.figures.palettes import PALETTES
from frontend.ids import Sequence as Ids
from frontend.ids import Shell
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.failures import report
from frontend.pages.sequence.pictures import checkpoint_names


def register(app: Dash, cards: CardCache) -> None:
    """Show the models of the chosen factor."""

    @app.callback(
        Output(Ids.MODEL_TITLE, "children"),
        Output(Ids.ACCURACY, "figure"),
        Output(Ids.CARDS, "children"),
        Input(Ids.FACTOR, "value"),
        Input(Ids.CATALOG, "data"),
        Input(Ids.PALETTE, "value"),
        Input(Shell.PAPER, "data"),
    )
    async def show(factor: str | None, catalog: Any, palette_name: str, paper: str | None) -> tuple[Any, ...]:
        if factor is None or catalog is None or paper is None:
            raise PreventUpdate
        known = Catalog.model_validate(catalog)
        try:
            shown = await cards.get(checkpoint_names(known, factor))
        except BackendError as error:
            report(error)
            return no_update
        palette, dark = PALETTES[palette_name], paper == "dark"
        accuracy = card.accuracy_figure({c.name: c.metrics for c in shown}, palette=palette, dark=dark)
        curves = [card.reliability_figure(c.metrics.reliability, palette=palette, dark=dark) for c in shown]
        return (
            _title(known, factor),
            accuracy,
            [
                *card_items(shown, curves, graph_config=GRAPH_CONFIG, help_text=card.HOW_TO_READ_RELIABILITY),
                *unavailable_items(unavailable_for(known, factor)),
            ],
        )


def unavailable_for(catalog: Catalog, factor: str) -> dict[str, str]:
    """Return the reasons of this factor's models that cannot be used, and of those that no listed factor has."""
    others = tuple(f"{f.name}-" for f in catalog.factors if f.name != factor)
    return {name: why for name, why in catalog.unavailable.items() if not name.startswith(others)}


def _title(catalog: Catalog, factor: str) -> str:
    found = next(f for f in catalog.factors if f.name == factor)
    return f"{found.title}: measured on sequences that training never saw"
