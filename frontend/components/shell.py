"""The frame around every page: skip link, navigation, light and dark."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import dcc, html

from frontend.components.user_menu import menu_to_come
from frontend.ids import Shell

THEME = {
    "primaryColor": "indigo",
    "fontFamily": "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
    "defaultRadius": "md",
    "cursorType": "pointer",
    "focusRing": "auto",
}


class NavigationItem(NamedTuple):
    """One entry of the navigation."""

    path: str
    title: str


def shell(items: Sequence[NavigationItem]) -> Any:
    """Frame the pages."""
    return dmc.MantineProvider(
        theme=THEME,
        defaultColorScheme="auto",
        children=[
            html.A("Skip to the page", href="#main", className="skip-link"),
            dcc.Location(id=Shell.URL, refresh="callback-nav"),
            dcc.Store(id=Shell.PAPER),  # "light" or "dark", written by assets/regulens.js
            dmc.AppShell(
                header={"height": 56},
                padding="md",
                children=[
                    dmc.AppShellHeader(_header(items)),
                    dmc.AppShellMain(
                        [
                            html.Div(id=Shell.SIGNED_OUT, role="alert"),
                            html.Div(id=Shell.FAILURE, role="alert"),
                            html.Div(id=Shell.CONTENT),
                            _foot(),
                        ],
                        id="main",
                        tabIndex=-1,
                    ),
                ],
            ),
        ],
    )


def _header(items: Sequence[NavigationItem]) -> Any:
    links = html.Nav(
        [
            dmc.NavLink(
                label=item.title,
                href=item.path,
                active="exact" if item.path == "/" else "partial",
                className="nav-link",
            )
            for item in items
        ],
        className="navigation",
        **{"aria-label": "Pages"},
    )
    brand = dmc.Group(
        [
            html.Img(src="/assets/favicon.svg", alt="", width=26, height=26),
            dmc.Text("Regulens", fw=700, size="lg", className="brand-name"),
            dmc.Text("Look inside deep models of gene regulation", size="sm", c="dimmed", visibleFrom="lg"),
        ],
        gap="xs",
        wrap="nowrap",
    )
    right = html.Div([_color_scheme(), html.Div(menu_to_come(), id=Shell.USER)], className="header-right")
    return dmc.Group([brand, links, right], h="100%", px="md", gap="xl", wrap="nowrap", className="header")


def _foot() -> Any:
    return html.Footer(
        dmc.Anchor("Status of the service", href="/status", size="sm", c="dimmed"), className="page-foot"
    )


def _color_scheme() -> Any:
    return dmc.ColorSchemeToggle(
        id=Shell.COLOR_SCHEME,
        lightIcon=html.Span("☀", **{"aria-hidden": "true"}),
        darkIcon=html.Span("☾", **{"aria-hidden": "true"}),
        variant="default",
        size="lg",
        **{"aria-label": "Switch between light and dark"},
    )
