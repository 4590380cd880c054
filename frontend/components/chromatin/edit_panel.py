"""Pull a mark down over some bins and watch the networks: controls and tracks; assets/chromatin_edits.js fills them."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from frontend.components.reading import how_to_read
from frontend.ids import Chromatin as Ids


def edit_panel(graph_config: Mapping[str, Any], *, help_text: str) -> Any:
    """Fold the editor away under a heading."""
    content = html.Div(
        [
            html.Div(
                [
                    dcc.Graph(
                        id=Ids.EDIT_FIGURE,
                        config={**graph_config, "displayModeBar": False},
                        style={"minHeight": 354},
                    ),
                    how_to_read(help_text),
                ]
            ),
            html.Div([_controls(), html.Div(id=Ids.EDIT_TABLE, **{"aria-live": "polite"})], className="edit-side"),
        ],
        className="edit-panel",
    )
    return dmc.Accordion(
        id=Ids.EDIT_OPEN,
        my="sm",
        variant="separated",
        className="edit-fold",
        children=dmc.AccordionItem(
            [dmc.AccordionControl("Edit the signal and watch the networks"), dmc.AccordionPanel(content)], value="edit"
        ),
    )


def _controls() -> Any:
    error = html.Div(id=Ids.EDIT_ERROR, role="alert", className="field-errors")
    return dmc.Stack(
        [_choice(), error, _slider(), _buttons(), html.Ol(id=Ids.EDIT_WORDS, className="edit-words")], gap="xs"
    )


def _choice() -> Any:
    number: dict[str, Any] = {
        "min": 1,
        "value": 1,
        "allowDecimal": False,
        "clampBehavior": "blur",
        "size": "xs",
        "w": 90,
    }
    return dmc.Group(
        [
            dmc.Select(id=Ids.EDIT_MARK, label="Mark", data=[], size="xs", w=130, allowDeselect=False),
            dmc.NumberInput(id=Ids.EDIT_FIRST, label="First bin", **number),
            dmc.NumberInput(id=Ids.EDIT_LAST, label="Last bin", **number),
        ],
        gap="xs",
        align="flex-start",
    )


def _slider() -> Any:
    slider = dmc.Slider(
        id=Ids.EDIT_FACTOR,
        min=0,
        max=2,
        step=0.05,
        value=1,
        mb="lg",
        label=None,
        marks=[{"value": v, "label": f"x {v:g}"} for v in (0, 0.5, 1, 1.5, 2)],
        thumbLabel="Times the signal in the chosen bins",
    )
    return html.Div([html.Div(id=Ids.EDIT_FACTOR_LABEL, className="edit-label"), slider], className="edit-slider")


def _buttons() -> Any:
    titles = {
        Ids.EDIT_UNDO: "Undo",
        Ids.EDIT_REDO: "Redo",
        Ids.EDIT_RESET: "Reset",
        Ids.EDIT_FILE: "Edited gene as CSV",
    }
    look: dict[str, Any] = {"size": "xs", "variant": "default"}
    usual = dmc.Button("Set to the usual", id=Ids.EDIT_USUAL, **look)
    others = [dmc.Button(title, id=place, disabled=True, **look) for place, title in titles.items()]
    return dmc.Group([usual, *others], gap="xs")
