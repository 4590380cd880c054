"""From an explained row to figures; a change of colours or view never asks the API."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog, CheckpointCard
from backend.schemas.sequence_analyses import SequenceAnalysis
from frontend.components import dashboard_card
from frontend.components.delimited import file_name
from frontend.components.ranking_panel import ranking_title
from frontend.components.rows import ranking_rows
from frontend.figures.dashboard import dashboard_figure
from frontend.figures.palettes import PALETTES
from frontend.figures.ranking import ranking_figure
from frontend.figures.scan import scan_figure
from frontend.ids import Sequence as Ids
from frontend.ids import Shell
from frontend.pages.sequence.cards import CardCache


class Look(NamedTuple):
    """How figures are drawn."""

    saliency: Literal["saliency", "corrected_saliency"]
    palette: str
    dark: bool


LOOK = {
    "saliency": (Ids.SALIENCY, "value"),
    "palette": (Ids.PALETTE, "value"),
    "paper": (Shell.PAPER, "data"),
}
LOOK_INPUTS = {name: Input(*place) for name, place in LOOK.items()}
LOOK_STATES = {name: State(*place) for name, place in LOOK.items()}


def look_of(values: Mapping[str, Any]) -> Look:
    """Read the look from the values of its controls."""
    return Look(values["saliency"], values["palette"], values["paper"] == "dark")


def picture_outputs() -> dict[str, Output]:
    """List the places of the dashboard card that a picture fills."""
    return {
        "dashboard": Output(Ids.DASHBOARD, "figure", allow_duplicate=True),
        "scan": Output(Ids.SCAN, "figure", allow_duplicate=True),
        "scan_style": Output(Ids.SCAN_BOX, "style", allow_duplicate=True),
        "title": Output(Ids.DASHBOARD_TITLE, "children", allow_duplicate=True),
        "notes": Output(Ids.DASHBOARD_NOTES, "children", allow_duplicate=True),
        "conventions": Output(Ids.CONVENTIONS, "children", allow_duplicate=True),
    }


def ranking_outputs() -> dict[str, Output]:
    """List the places of the ranking panel."""
    return {
        "figure": Output(Ids.RANKING_FIGURE, "figure", allow_duplicate=True),
        "title": Output(Ids.RANKING_TITLE, "children", allow_duplicate=True),
        "rows": Output(Ids.RANKING_TABLE, "rowData", allow_duplicate=True),
    }


def picture(
    explained: SequenceAnalysis, *, look: Look, cards: list[CheckpointCard], catalog: Catalog
) -> dict[str, Any]:
    """Draw the one explained row."""
    window = explained.explanations[0]
    titled = window.model_copy(update={"factor": factor_titles(catalog)[window.factor]})
    palette = PALETTES[look.palette]
    matrices = {card.architecture: card.class_optimization for card in cards}
    has_scan = window.scan is not None
    return {
        "dashboard": dashboard_figure(
            titled, class_optimization=matrices, saliency=look.saliency, palette=palette, dark=look.dark
        ).update_layout(meta=file_name(window.factor, window.name, window.strand)),
        "scan": scan_figure(window, palette=palette, dark=look.dark) if has_scan else {},
        "scan_style": {"display": "block" if has_scan else "none"},
        "title": dashboard_card.dashboard_title(window, factor_title=titled.factor),
        "notes": dashboard_card.dashboard_notes(explained.rows.warnings[0]),
        "conventions": dashboard_card.conventions(
            explained.conventions, quantities={t.name: t.quantity for t in window.tracks}, refused=window.refused
        ),
    }


def ranking_picture(analysis: SequenceAnalysis, *, look: Look, catalog: Catalog) -> dict[str, Any]:
    """Draw one sequence against every factor, best first."""
    titles = factor_titles(catalog)
    rows = [
        {**row, "id": row["factor"], "title": titles[row["factor"]]}
        for row in ranking_rows(analysis, architectures=catalog.architectures)
    ]
    probabilities = {a.name: [row.get(a.name) for row in rows] for a in catalog.architectures}
    return {
        "figure": ranking_figure(
            [row["title"] for row in rows], probabilities, palette=PALETTES[look.palette], dark=look.dark
        ),
        "title": ranking_title(
            analysis.rows.name[0],
            record=analysis.rows.record[0],
            n_records=analysis.n_records,
            n_factors=len(analysis.factors),
        ),
        "rows": rows,
    }


def factor_titles(catalog: Catalog) -> dict[str, str]:
    """Map each factor to the name that a person reads."""
    return {factor.name: factor.title for factor in catalog.factors}


def checkpoint_names(catalog: Catalog, factor: str) -> list[str]:
    """List the weights that answer for a factor."""
    return next(f.checkpoints for f in catalog.factors if f.name == factor)


def register(app: Dash, cards: CardCache) -> None:
    """Redraw when the look changes."""

    @app.callback(
        output=picture_outputs(),
        inputs={
            "values": LOOK_INPUTS,
            "explanation": State(Ids.EXPLANATION, "data"),
            "catalog": State(Ids.CATALOG, "data"),
        },
        prevent_initial_call=True,
    )
    async def redraw(values: dict[str, Any], explanation: dict[str, Any] | None, catalog: Any) -> dict[str, Any]:
        if explanation is None:
            raise PreventUpdate
        known = Catalog.model_validate(catalog)
        explained = SequenceAnalysis.model_validate(explanation["analysis"])
        factor_cards = await cards.get(checkpoint_names(known, explained.factors[0].factor))
        return picture(explained, look=look_of(values), cards=factor_cards, catalog=known)

    @app.callback(
        output=ranking_outputs(),
        inputs={
            "values": LOOK_INPUTS,
            "ranking": State(Ids.RANKING, "data"),
            "catalog": State(Ids.CATALOG, "data"),
        },
        prevent_initial_call=True,
    )
    async def redraw_ranking(values: dict[str, Any], ranking: dict[str, Any] | None, catalog: Any) -> dict[str, Any]:
        if ranking is None:
            raise PreventUpdate
        analysis = SequenceAnalysis.model_validate(ranking)
        return ranking_picture(analysis, look=look_of(values), catalog=Catalog.model_validate(catalog))
