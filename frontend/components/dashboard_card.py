"""The dashboard of one row, with what is needed to read it."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.sequence_analyses import WindowExplanation
from frontend.components.method_select import method_select
from frontend.components.reading import definitions, folded, how_to_read, palette_select
from frontend.components.rows import STRAND_LABEL
from frontend.components.trust_badges import badge_place
from frontend.ids import Sequence as Ids


def dashboard_card(
    *, graph_config: Mapping[str, Any], palettes: Sequence[dict[str, str]], palette: str, downloads: Any,
    dashboard_help: str, scan_help: str, motifs: Any,
) -> Any:  # fmt: skip
    """Lay out the dashboard with its switches and badges, its motifs, the scan and the conventions."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        pos="relative",
        children=[
            dmc.LoadingOverlay(
                id=Ids.EXPLANATION_BUSY, visible=False, zIndex=5, overlayProps={"blur": 0, "backgroundOpacity": 0.5}
            ),
            html.Div(id=Ids.DASHBOARD_TITLE, style={"minHeight": 28}),
            _switches(palettes, palette, downloads),
            badge_place(),
            html.Div(id=Ids.DASHBOARD_NOTES),
            dcc.Graph(id=Ids.DASHBOARD, config=dict(graph_config), style={"minHeight": 860}, className="wide-figure"),
            how_to_read(dashboard_help),
            motifs,
            html.Div(
                [
                    dmc.Title("Scan along the record", order=3, size="h5", mt="md"),
                    dcc.Graph(id=Ids.SCAN, config=dict(graph_config), className="wide-figure"),
                    how_to_read(scan_help),
                ],
                id=Ids.SCAN_BOX,
                style={"display": "none"},
            ),
            folded("What exactly the numbers are", html.Div(id=Ids.CONVENTIONS)),
        ],
    )


def _switches(palettes: Sequence[dict[str, str]], palette: str, downloads: Any) -> Any:
    return dmc.Group(
        [
            method_select(),
            palette_select(Ids.PALETTE, palettes=list(palettes), palette=palette),
            dmc.Group(
                [
                    _link("Edit and watch", Ids.EDIT, href="/edit"),
                    _link("Compare models", Ids.COMPARE, href="/compare"),
                    downloads,
                ],
                gap="xs",
                ml="auto",
            ),
        ],
        my="xs",
        gap="sm",
    )


def _link(title: str, place: str, *, href: str) -> Any:
    return dmc.Anchor(title, id=place, href=href, className="button-link card-link", underline="never", refresh=True)


def dashboard_title(explanation: WindowExplanation, *, factor_title: str) -> Any:
    """Name what is drawn; the figure itself names strand and window, so that a saved picture does too."""
    return dmc.Title(
        f"Why: {factor_title}, {explanation.name}, {STRAND_LABEL[explanation.strand]}",
        order=2,
        size="h4",
        className="break-anywhere",
    )


def dashboard_notes(warnings: Sequence[str]) -> Any:
    """List what to keep in mind for this row."""
    return dmc.Alert([html.Div(note) for note in warnings], color="yellow", p="xs", mb="xs") if warnings else None


def conventions(
    texts: Mapping[str, str],
    *,
    quantities: Mapping[str, str],
    numbers: Mapping[str, float],
    refused: Mapping[str, str],
) -> Any:
    """Spell out class, sign, strand and unit of every number, and what was refused and why."""
    entries = {name.replace("_", " "): text for name, text in texts.items()}
    entries |= {f"track {name.replace('_', ' ')}": text for name, text in quantities.items()}
    entries |= {name.replace("_", " "): f"{value:.3g}" for name, value in numbers.items()}
    entries |= {f"not drawn: {name}": reason for name, reason in refused.items()}
    return definitions(entries)
