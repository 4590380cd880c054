"""From an explained row to figures; a change of colours, a badge or a motif never asks for the row again."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from backend.schemas.catalog import Catalog, CheckpointCard
from backend.schemas.motifs import MotifScan
from backend.schemas.sequence_analyses import SequenceAnalysis, WindowExplanation
from frontend.components import dashboard_card
from frontend.components.delimited import file_name
from frontend.components.method_select import UNSIGNED, UNSIGNED_TITLE
from frontend.components.motif_hits import motif_hits
from frontend.components.ranking_panel import ranking_title
from frontend.components.rows import ranking_rows
from frontend.components.trust_badges import Badge, trust_badges
from frontend.figures.attribution_rows import Explained
from frontend.figures.dashboard import dashboard_figure
from frontend.figures.palettes import PALETTES
from frontend.figures.ranking import ranking_figure
from frontend.figures.scan import scan_figure
from frontend.figures.theme import NETWORKS, architecture_of
from frontend.ids import Sequence as Ids
from frontend.ids import Shell
from frontend.pages.sequence.cards import CardCache
from frontend.pages.sequence.shown import LOOKING, PENDING, Data, Found, Shown, read_found, read_shown
from frontend.verdicts import COMPUTING, NOT_CHECKED, NOT_VALID

UNSIGNED_NOTE = "no sign, no badge"


class Look(NamedTuple):
    """How figures are drawn."""

    palette: str
    dark: bool


LOOK = {"palette": (Ids.PALETTE, "value"), "paper": (Shell.PAPER, "data")}
LOOK_INPUTS = {name: Input(*place) for name, place in LOOK.items()}
LOOK_STATES = {name: State(*place) for name, place in LOOK.items()}


def look_of(values: Mapping[str, Any]) -> Look:
    """Read the look from the values of its controls."""
    return Look(values["palette"], values["paper"] == "dark")


def picture_outputs() -> dict[str, Output]:
    """List the places of the dashboard card that a picture fills."""
    return {
        "dashboard": Output(Ids.DASHBOARD, "figure", allow_duplicate=True),
        "scan": Output(Ids.SCAN, "figure", allow_duplicate=True),
        "scan_style": Output(Ids.SCAN_BOX, "style", allow_duplicate=True),
        "title": Output(Ids.DASHBOARD_TITLE, "children", allow_duplicate=True),
        "notes": Output(Ids.DASHBOARD_NOTES, "children", allow_duplicate=True),
        "conventions": Output(Ids.CONVENTIONS, "children", allow_duplicate=True),
        "badges": Output(Ids.BADGES, "children", allow_duplicate=True),
        "hits": Output(Ids.HITS, "children", allow_duplicate=True),
        "edit": Output(Ids.EDIT, "href", allow_duplicate=True),
        "compare": Output(Ids.COMPARE, "href", allow_duplicate=True),
    }


def ranking_outputs() -> dict[str, Output]:
    """List the places of the ranking panel."""
    return {
        "figure": Output(Ids.RANKING_FIGURE, "figure", allow_duplicate=True),
        "title": Output(Ids.RANKING_TITLE, "children", allow_duplicate=True),
        "rows": Output(Ids.RANKING_TABLE, "rowData", allow_duplicate=True),
    }


def picture(shown: Shown, *, found: Found, look: Look, cards: list[CheckpointCard], catalog: Catalog) -> dict[str, Any]:
    """Draw the one explained row, with what has been found out about it so far."""
    window = shown.window
    titled = window.model_copy(update={"factor": factor_titles(catalog)[window.factor]})
    palette = PALETTES[look.palette]
    explained = _explained(shown, found, catalog)
    has_scan = window.scan is not None
    return {
        "dashboard": dashboard_figure(
            titled,
            class_optimization={card.architecture: card.class_optimization for card in cards},
            explained=explained,
            scan=_scan(found),
            palette=palette,
            dark=look.dark,
        ).update_layout(meta=file_name(window.factor, window.name, window.strand)),
        "scan": scan_figure(window, palette=palette, dark=look.dark) if has_scan else {},
        "scan_style": {"display": "block" if has_scan else "none"},
        "title": dashboard_card.dashboard_title(window, factor_title=titled.factor),
        "notes": dashboard_card.dashboard_notes(shown.analysis.rows.warnings[0]),
        "conventions": dashboard_card.conventions(
            shown.analysis.conventions,
            quantities={t.name: t.quantity for t in window.tracks},
            numbers=window.numbers,
            refused=window.refused,
        ),
        "badges": trust_badges(
            [
                Badge(NETWORKS[name], how.title, how.trust, how.badge, _why_none(shown, found, name))
                for name, how in explained.items()
            ]
        ),
        "hits": motif_hits(
            found.motifs,
            note=found.motifs_note,
            key=shown.key,
            window_start=window.window_start,
            networks=NETWORKS,
        ),
        **{place: _link(place, window) for place in ("edit", "compare")},
    }


def _explained(shown: Shown, found: Found, catalog: Catalog) -> dict[str, Explained]:
    """Say of each network how it is explained and what was found out about it."""
    titles = {m.name: m.title for m in catalog.explanations} | {UNSIGNED: UNSIGNED_TITLE}
    signed = {m.name for m in catalog.explanations if m.attributes}
    trusts = {t.checkpoint: t for t in found.trust.trusts} if found.trust else {}
    seqlets = {c.checkpoint: c.seqlets for c in found.motifs.checkpoints} if found.motifs else {}
    return {
        architecture_of(checkpoint): Explained(
            method,
            titles.get(method, method),
            trusts.get(checkpoint),
            _no_verdict(shown, found, checkpoint) if method in signed else UNSIGNED_NOTE,
            seqlets.get(checkpoint, ()),
        )
        for checkpoint, method in shown.methods.items()
    }


def _no_verdict(shown: Shown, found: Found, checkpoint: str) -> str:
    """Say in few words what stands where there is no verdict (yet)."""
    if shown.choice == PENDING:
        return COMPUTING
    if _refusals(shown, found).get(checkpoint):
        return NOT_VALID
    return NOT_CHECKED if found.trust else found.trust_note


def _why_none(shown: Shown, found: Found, architecture: str) -> str:
    """Say why there is no verdict on a network's explanation, where there is a reason."""
    reasons = {architecture_of(name): reason for name, reason in _refusals(shown, found).items()}
    return reasons.get(architecture, found.trust_detail)


def _refusals(shown: Shown, found: Found) -> dict[str, str]:
    """Map checkpoints to the reason why their method is not valid for them."""
    refused = shown.window.refused
    own = {name: refused[f"{how}/{name}"] for name, how in shown.methods.items() if f"{how}/{name}" in refused}
    return (found.trust.refused if found.trust else {}) | own


def _scan(found: Found) -> MotifScan | str:
    if found.motifs is None:
        return "looking for motifs…" if found.motifs_note == LOOKING else "no scan: see Motifs, below"
    return found.motifs.scan or "no scan was made"


def _link(page: str, window: WindowExplanation) -> str:
    """Hand the window to another page behind a #: that part of an address never leaves the browser."""
    return f"/{page}#{urlencode({'factor': window.factor, 'sequence': window.sequence})}"


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
    """Redraw when the look changes or something has been found out; the browser drops what comes too late."""

    @app.callback(
        output=Output(Ids.REDRAWN, "data"),
        inputs={
            "values": LOOK_INPUTS,
            "trust": Input(Ids.TRUST, "data"),
            "motifs": Input(Ids.MOTIFS, "data"),
            "explanation": State(Ids.EXPLANATION, "data"),
            "catalog": State(Ids.CATALOG, "data"),
        },
        prevent_initial_call=True,
    )
    async def redraw(
        *, values: Data, trust: Data | None, motifs: Data | None, explanation: Data | None, catalog: Any
    ) -> Data:
        if explanation is None:
            raise PreventUpdate
        known, shown = Catalog.model_validate(catalog), read_shown(explanation)
        found = read_found(shown.key, trust=trust, motifs=motifs)
        factor_cards = await cards.get(checkpoint_names(known, shown.window.factor))
        drawn = picture(shown, found=found, look=look_of(values), cards=factor_cards, catalog=known)
        return {"key": shown.key, "picture": list(drawn.values())}

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
