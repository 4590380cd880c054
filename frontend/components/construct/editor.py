"""The editor: keys as buttons, how things are shown, and the stage on which the browser draws."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.components.reading import how_to_read
from frontend.ids import Construct as Ids
from frontend.ids.construct import KEYS

_KEY_WORDS = {
    "left": ("◀", "Move the cursor left (left arrow; with Shift: select)"),
    "right": ("▶", "Move the cursor right (right arrow; with Shift: select)"),
    "backspace": ("⌫", "Delete the base before the cursor (Backspace)"),
    "delete": ("Delete", "Delete the base at the cursor or what is selected (Delete)"),
}
TYPING = [{"value": "replace", "label": "Replace"}, {"value": "insert", "label": "Insert"}]
SHOW = [{"value": "now", "label": "As it is"}, {"value": "change", "label": "Minus the original"}]
SCALE = [{"value": "shared", "label": "One scale"}, {"value": "own", "label": "Scale per network"}]
KEYBOARD = (
    "Click the picture, then: arrows move (with Shift select), A C G T N type, Delete and Backspace delete, Insert "
    "switches between replacing and inserting, Ctrl+Z and Ctrl+Shift+Z undo and redo. A click on a cell of a map makes "
    "that mutation."
)
DIFFERENCE = (
    "Minus the original: each base is compared with the base that it was. Hatched: no counterpart (inserted bases; in "
    "the maps also bases that were changed), or an unknown base."
)
LIMITS = (
    "What a network says of a mutant is a prediction, not a measurement. Maps show one change at a time: bases that "
    "can replace each other look unimportant, and effects of several changes do not add up."
)


def editor_panel(*, help_text: str) -> Any:
    """Lay out the controls above the stage."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            _controls(),
            html.Div(id=Ids.STATUS, className="construct-status", role="status"),
            html.Div(id=Ids.ERROR, className="field-errors", role="alert", hidden=True),
            html.Div(
                id=Ids.STAGE,
                className="construct-stage",
                tabIndex=0,
                role="application",
                **{"aria-label": f"Sequence editor. {KEYBOARD}", "aria-describedby": Ids.STATUS.value},
            ),
            html.Div(id=Ids.NOTES, className="construct-notes"),
            how_to_read(help_text),
            how_to_read(f"{DIFFERENCE} {LIMITS}"),
        ],
    )


def _controls() -> Any:
    return dmc.Group(
        [
            html.Div([_key(name) for name in KEYS], className="construct-keys", role="group"),
            _choice(Ids.TYPING, TYPING, "Typing"),
            _choice(Ids.SHOW, SHOW, "Show"),
            _choice(Ids.SCALE, SCALE, "Colours and letters"),
            dmc.Text(KEYBOARD, size="xs", c="dimmed", flex=1, miw=320),
        ],
        gap="md",
        align="flex-end",
    )


def _key(name: str) -> Any:
    text, words = _KEY_WORDS.get(name, (name.upper(), f"Type {name.upper()} at the cursor"))
    return html.Button(text, id=KEYS[name], type="button", title=words, **{"aria-label": words})


def _choice(place: str, data: list[dict[str, str]], label: str) -> Any:
    return html.Div(
        [
            dmc.Text(label, size="xs", c="dimmed"),
            dmc.SegmentedControl(id=place, data=data, value=data[0]["value"], size="xs"),
        ]
    )
