"""The model panel: card, scores beside baselines, and the patterns that each checkpoint likes best."""

from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from backend.schemas.chromatin_catalog import ChromatinCard
from frontend.client import BackendError
from frontend.components.chromatin import answers, models_panel
from frontend.components.delimited import file_name
from frontend.figures.chromatin_evaluation import card_scores, scores_figure
from frontend.figures.chromatin_frame import Bins
from frontend.figures.chromatin_patterns import pattern_figure
from frontend.ids import Chromatin as Ids
from frontend.ids import Picture
from frontend.pages.chromatin.catalogs import CatalogCache, default_checkpoints
from frontend.pages.chromatin.failures import report
from frontend.pages.chromatin.form import DEFAULT_BIN_SIZE
from frontend.pages.chromatin.look import LOOK_INPUTS, Look, drawn, look_of


def register(app: Dash, catalogs: CatalogCache) -> None:
    """Show the chosen checkpoint."""
    _register_choice(app, catalogs)

    @app.callback(
        output={
            "scores": Output(Picture.CARD, "figure"),
            "facts": Output(Ids.CARDS, "children"),
            "pattern": Output(Picture.PATTERN, "figure"),
            "notes": Output(Ids.PATTERN_NOTES, "children"),
        },
        inputs={
            "name": Input(Ids.CARD_CHECKPOINT, "value"),
            "space": Input(Ids.PATTERN_SPACE, "value"),
            "look": LOOK_INPUTS,
        },
        prevent_initial_call=True,
    )
    async def show(*, name: str | None, space: str, look: Any) -> dict[str, Any]:
        if name is None or look["paper"] is None:
            raise PreventUpdate
        try:
            card = (await catalogs.cards([name]))[name]
        except (BackendError, KeyError):
            return no_update
        shown = look_of(look)
        scores = scores_figure(card_scores(card), prevalence=_prevalence(card), palette=shown.palette, dark=shown.dark)
        return {
            "scores": drawn(scores, file_name("scores", name)) if card.metrics else {},
            "facts": models_panel.card_facts(card),
            **pattern(card, space, look=shown),
        }


def pattern(card: ChromatinCard, space: str, *, look: Look) -> dict[str, Any]:
    """Draw the pattern maps of one space, or say why there are none."""
    maps = [m for m in card.pattern_maps if m.space == space]
    if not maps:
        reason = (
            f"No pattern maps are stored for {card.title}. They are made in training: checkpoints that were imported, "
            "and baselines, have none."
        )
        return {"pattern": {}, "notes": answers.warnings([reason])}
    n_bins = len(maps[0].values[0])
    bins = Bins([(i - n_bins // 2) * card.bin_size_bp for i in range(n_bins)], card.bin_size_bp)
    figure = pattern_figure(maps, bins, marks=card.marks, title=card.title, palette=look.palette, dark=look.dark)
    return {"pattern": drawn(figure, file_name("pattern", card.name, space)), "notes": None}


def _prevalence(card: ChromatinCard) -> float | None:
    metrics = card.metrics
    return metrics.n_positive / (metrics.n_positive + metrics.n_negative) if metrics else None


def _register_choice(app: Dash, catalogs: CatalogCache) -> None:
    @app.callback(
        Output(Ids.CARD_CHECKPOINT, "data"),
        Output(Ids.CARD_CHECKPOINT, "value"),
        Input(Ids.CATALOG, "data"),
        State(Ids.CARD_CHECKPOINT, "value"),
        prevent_initial_call=True,
    )
    async def offer(catalog: Any, chosen: str | None) -> tuple[Any, Any]:
        if catalog is None:
            raise PreventUpdate
        try:
            known = await catalogs.get()
        except BackendError as error:
            report(error)
            return no_update
        cards = known.checkpoints
        names = [card.name for card in cards]
        first = [n for n in default_checkpoints(cards, bin_size_bp=DEFAULT_BIN_SIZE, n_bins=None) if n in names]
        shown = catalog["added"] or chosen
        options = models_panel.grouped_options(cards, unavailable=known.unavailable)
        return options, shown if shown in names else next(iter([*first, *names]), None)
