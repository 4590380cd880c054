"""Buttons that fill a form; what is synthetic says so."""

from collections.abc import Sequence
from typing import Any, Protocol

import dash_mantine_components as dmc
from dash import html


class Example(Protocol):
    """What an example of either page says about itself."""

    name: str
    title: str
    description: str
    synthetic: bool


def example_buttons(examples: Sequence[Example], *, kind: str) -> list[Any]:
    """Offer examples; each button's id is {type: kind, name: the example's}."""
    return [
        dmc.Tooltip(
            dmc.Button(
                _label(example),
                id={"type": str(kind), "name": example.name},
                size="compact-sm",
                variant="light",
                maw="100%",
            ),
            label=example.description,
            multiline=True,
            w=320,
            withArrow=True,
            events={"hover": True, "focus": True, "touch": True},
        )
        for example in examples
    ]


def _label(example: Example) -> list[Any]:
    badge = dmc.Badge("synthetic", size="xs", variant="light", color="gray", ml=6, style={"flexShrink": 0})
    return [html.Span(example.title, className="example-title"), *([badge] if example.synthetic else [])]
