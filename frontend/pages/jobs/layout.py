"""Where everything of the three jobs pages stands."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend.components.jobs.buttons import link_button
from frontend.components.jobs.form_panel import form_panel
from frontend.components.jobs.player import live_panel
from frontend.components.notices import backend_down
from frontend.components.reading import palette_select
from frontend.figures import GRAPH_CONFIG
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.ids import Jobs as Ids
from frontend.pages.jobs.filters import STATE_FILTERS, filter_options

POLL_MS = 1000


def _frame(children: list[Any], *, stores: tuple[Ids, ...], class_name: str = "") -> Any:
    """Frame a page of jobs with what all three have: the banner, the place of errors, what was asked for by a click."""
    return html.Div(
        [
            *(dcc.Store(id=store) for store in (Ids.ASKED, Ids.NUDGE, *stores)),
            backend_down(Ids.BACKEND_DOWN, retry=Ids.RETRY),
            html.Div(id=Ids.ERROR, role="alert", className="error-slot"),
            *children,
        ],
        className=f"column jobs-page {class_name}",
    )


def list_layout() -> Any:
    """Lay out the list with its filters."""
    head = dmc.Group(
        [
            dmc.Title("Jobs", order=1, size="h2"),
            dmc.Text(id=Ids.LIST_SUMMARY, size="sm", c="dimmed"),
            html.Div(link_button("New job", "/jobs/new", main=True), style={"marginLeft": "auto"}),
        ],
        mb="sm",
    )
    controls = dmc.Group(
        [
            dmc.SegmentedControl(
                id=Ids.LIST_STATE, data=filter_options({}), value=next(iter(STATE_FILTERS)), size="xs",
                **{"aria-label": "State"},
            ),
            dmc.TextInput(
                id=Ids.LIST_SEARCH, placeholder="Search titles", size="xs", w=200, debounce=300,
                **{"aria-label": "Search titles"},
            ),
        ],
        mb="sm",
    )  # fmt: skip
    pages = html.Div(
        dmc.Pagination(id=Ids.LIST_PAGE, total=1, value=1, size="sm", mt="sm"), id=Ids.LIST_PAGE_BOX,
        style={"display": "none"},
    )  # fmt: skip
    table = dmc.Paper([head, controls, html.Div(id=Ids.LIST, className="scroll-x"), pages], withBorder=True, p="md")
    return _frame(
        [dcc.Interval(id=Ids.POLL, interval=POLL_MS), table], stores=(Ids.TICK, Ids.SEEN), class_name="jobs-narrow"
    )


def form_layout() -> Any:
    """Lay out the kinds of job on the left and the form on the right."""
    kinds = dmc.Paper(
        [dmc.Title("New job", order=1, size="h3", mb="xs"), html.Div(id=Ids.KINDS)], withBorder=True, p="md"
    )
    columns = html.Div(
        [html.Div(kinds, className="column"), html.Div(form_panel(), className="column")], className="two-columns"
    )
    return _frame([columns], stores=(Ids.FORM_TICK, Ids.SPEC, Ids.REQUEST, Ids.ESTIMATED))


def detail_layout() -> Any:
    """Lay out one job: head and picture first, then files, facts and log."""
    palettes = [{"value": p.name, "label": p.title} for p in PALETTES.values()]
    palette = palette_select(Ids.PALETTE, palettes=palettes, palette=DEFAULT_PALETTE)
    head = dmc.Paper(
        [html.Div(id=Ids.HEAD), html.Div(id=Ids.ACTIONS, className="job-actions")], withBorder=True, p="md"
    )
    return _frame(
        [
            dcc.Interval(id=Ids.DETAIL_POLL, interval=POLL_MS),
            html.Div(id=Ids.SAID, className="visually-hidden", **{"aria-live": "polite"}),
            head,
            html.Div(
                [
                    html.Div(
                        [html.Div(id=Ids.OUTCOME), live_panel(graph_config=GRAPH_CONFIG, palette=palette)],
                        className="column",
                    ),
                    html.Div(
                        [html.Div(id=place) for place in (Ids.FILE_LIST, Ids.RESULT, Ids.LOG, Ids.FACTS)],
                        className="column",
                    ),
                ],
                className="job-columns",
            ),
        ],
        stores=(Ids.DETAIL_TICK, Ids.DETAIL_SEEN, Ids.LIVE, Ids.SHOWN, Ids.DRAWN),
    )
