"""Texts beside a figure: how to read it, what its numbers are, how sure they are."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.catalog import Estimate


def how_to_read(text: str) -> Any:
    """Say how a figure is read, quietly, below it; a figure of many rows takes a line for each kind."""
    first, *lines = text.split("\n")
    more = html.Ul([html.Li(line) for line in lines]) if lines else None
    return dmc.Text([first, more], size="sm", c="dimmed", className="how-to-read")


def definitions(entries: Mapping[str, Any]) -> Any:
    """List names with what they mean."""
    return html.Dl(
        [part for name, text in entries.items() for part in (html.Dt(name), html.Dd(text, className="break-anywhere"))],
        className="definitions",
    )


def folded(title: str, content: Any) -> Any:
    """Fold details away under a heading."""
    return dmc.Accordion(
        mt="md",
        variant="separated",
        children=dmc.AccordionItem([dmc.AccordionControl(title), dmc.AccordionPanel(content)], value="folded"),
    )


def estimate(value: Estimate) -> str:
    """Write a measured value with its confidence interval."""
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"


def palette_select(place: str, *, palettes: list[dict[str, str]], palette: str) -> Any:
    """Offer the palettes."""
    return dmc.Select(
        id=place, data=palettes, value=palette, allowDeselect=False, size="xs", w=170, **{"aria-label": "Palette"}
    )
