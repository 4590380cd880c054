"""The button that asks for an analysis, and the reason why it cannot be pressed yet."""

from typing import Any

import dash_mantine_components as dmc
from dash import html


def submit(button: str, reason: str, *, first: str) -> Any:
    """Offer to analyse; `first` is what to do before."""
    return html.Div(
        [
            dmc.Button("Analyse", id=button, fullWidth=True, disabled=True, size="md"),
            dmc.Text(first, id=reason, size="sm", c="dimmed", mt=4, mih=22),
        ]
    )
