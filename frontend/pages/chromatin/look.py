"""How figures are drawn: palette and paper."""

from typing import Any, NamedTuple

from dash import Input

from frontend.figures.palettes import PALETTES, Palette
from frontend.ids import Chromatin as Ids
from frontend.ids import Shell

LOOK_INPUTS = {"palette": Input(Ids.PALETTE, "value"), "paper": Input(Shell.PAPER, "data")}


class Look(NamedTuple):
    """What every figure takes."""

    palette: Palette
    dark: bool


def look_of(values: dict[str, Any]) -> Look:
    """Read the look from the values of its controls."""
    return Look(PALETTES[values["palette"]], values["paper"] == "dark")


def drawn(figure: Any, file_name: str) -> Any:
    """Tell a figure how its file is called (assets/regulens.js saves it)."""
    return figure.update_layout(meta=file_name)
