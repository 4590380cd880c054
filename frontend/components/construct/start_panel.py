"""The sequence that is edited and the factor whose networks read it."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from frontend.ids import Construct as Ids

RULES = (
    "Up to 101 bases A, C, G, T and N; shorter sequences are padded with zeros on the right. The forward strand as "
    "given is read. Deletions pad on the right; insertions push bases out at the right (3') end of a full window. "
    "At most 500 edits; no file is kept."
)


def start_panel() -> Any:
    """Lay out the form in one line."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=[
            html.Div([_text(), _factor(), _buttons()], className="construct-start"),
            html.Div(id=Ids.TEXT_ERROR, role="alert", className="field-errors"),
            dmc.Text(RULES, size="xs", c="dimmed", mt=4),
        ],
    )


def _text() -> Any:
    return dmc.TextInput(
        id=Ids.TEXT,
        label="Sequence to edit",
        placeholder="up to 101 bases, 5' to 3'",
        classNames={"input": "construct-input"},
        **{"aria-describedby": Ids.TEXT_ERROR.value},
    )


def _factor() -> Any:
    return dmc.Select(
        id=Ids.FACTOR,
        label="Factor",
        data=[],
        searchable=True,
        allowDeselect=False,
        nothingFoundMessage="No factor of that name",
        comboboxProps={"shadow": "md"},
    )


def _buttons() -> Any:
    return dmc.Group(
        [
            dmc.Button("Edit", id=Ids.START),
            dmc.Button("Example: CTCF site in random DNA", id=Ids.EXAMPLE, variant="light"),
        ],
        gap="xs",
        wrap="nowrap",
    )
