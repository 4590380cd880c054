"""What the networks of the chosen factor look for: motifs by three routes, and the first layer's filters."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.motifs import MotifSummary, Route
from frontend.components.reading import definitions, how_to_read
from frontend.ids import Sequence as Ids

FOLD: Final = "motifs"
FEW: Final = 12


def filters_panel(*, graph_config: Mapping[str, Any], routes_help: str, filters_help: str) -> Any:
    """Lay out the panel, folded; it is filled when it is opened."""
    content = [*_routes(graph_config, routes_help), *_filters(graph_config, filters_help)]
    content.append(dmc.Text(id=Ids.LEARNT_METHOD, size="xs", c="dimmed", mt="sm"))
    return dmc.Accordion(
        id=Ids.LEARNT,
        mt="md",
        variant="separated",
        chevronPosition="left",
        children=dmc.AccordionItem(
            [
                dmc.AccordionControl(
                    [
                        dmc.Text("What the networks look for", size="sm", fw=600),
                        dmc.Text("Filters as logos, and motifs by three routes", size="xs", c="dimmed"),
                    ]
                ),
                dmc.AccordionPanel(content),
            ],
            value=FOLD,
        ),
    )


def _routes(graph_config: Mapping[str, Any], help_text: str) -> list[Any]:
    return [
        dmc.SegmentedControl(id=Ids.LEARNT_NETWORK, data=[], size="xs", fullWidth=True, mb="xs"),
        html.Div(dmc.Text(id=Ids.LEARNT_NOTE, size="sm"), role="status"),
        html.Div(
            [
                dmc.Title("Motifs by three routes", order=3, size="h5", mt="sm"),
                html.Div(id=Ids.LEARNT_ROUTES_TABLE),
                dcc.Graph(id=Ids.LEARNT_ROUTES, config={**graph_config, "displayModeBar": False}),
                how_to_read(help_text),
            ],
            id=Ids.LEARNT_BOX,
            style={"display": "none"},
        ),
    ]


def _filters(graph_config: Mapping[str, Any], help_text: str) -> list[Any]:
    switch = dmc.Switch(id=Ids.LEARNT_ALL, label="Show all", size="xs", checked=False, ml="auto")
    return [
        html.Div(
            [
                dmc.Group([dmc.Title("Filters of the first layer", order=3, size="h5"), switch], mt="md"),
                dcc.Graph(id=Ids.LEARNT_FILTERS, config={**graph_config, "displayModeBar": False}),
                how_to_read(help_text),
            ],
            id=Ids.LEARNT_FILTERS_BOX,
            style={"display": "none"},
        )
    ]


def summary_line(summary: MotifSummary, *, factor: str) -> str:
    """Say in a sentence over what the summary is, and how much of it has a name."""
    over = f"Over {summary.data}."
    if not summary.filters:
        return f"{over} This network has no convolution, so there are no filters to draw."
    known = {motif.id for motif in summary.factor_motifs}
    matches = [each.match for each in summary.filters if each.match]
    own = sum(match.id in known for match in matches)
    about = f"{own} of them a motif of {factor}" if known else f"the library has no motif named {factor}"
    return f"{over} {len(matches)} of {len(summary.filters)} filters resemble a known motif, {about}."


def routes_list(routes: Sequence[Route]) -> Any:
    """List the routes with their best match and how often a sequence's own window matches a motif of the factor."""
    notes = sorted({route.note for route in routes if route.note and route.finds_factor is not None})
    return html.Div([definitions({route.title: _said(route) for route in routes}), *map(how_to_read, notes)])


def _said(route: Route) -> Any:
    if route.matrix is None:
        return route.note
    if route.finds_factor is None:
        return _best(route)
    share = f"; the windows of {route.finds_factor:.1%} of {route.n_sequences:,} sequences match the factor"
    return [*_best(route), share]


def _best(route: Route) -> list[Any]:
    if not route.matches:
        return ["no known motif"]
    best, *others = route.matches
    link = html.A(best.id, href=best.url, target="_blank", rel="noopener") if best.url else best.id
    also = "Also: " + ", ".join(f"{match.name} ({match.id})" for match in others) if others else None
    certainty = f", q {best.q_value:.0e}".replace("-", "\N{MINUS SIGN}")
    return [html.Strong(best.name, title=also), " ", link, certainty]
