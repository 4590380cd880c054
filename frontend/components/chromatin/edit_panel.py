"""Pull a mark down over some bins and watch the networks: controls, tracks, and what they answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation
from frontend.components.reading import how_to_read
from frontend.ids import Chromatin as Ids

HEADS = ("Network", "P(ON)", "Change of logit", "Most attention (beta)")
MINUS = "\N{MINUS SIGN}"


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
        updatemode="drag",
        mb="lg",
        label=None,
        marks=[{"value": v, "label": f"x {v:g}"} for v in (0, 0.5, 1, 1.5, 2)],
        thumbLabel="Times the signal in the chosen bins",
    )
    return html.Div([dmc.Text(id=Ids.EDIT_FACTOR_LABEL, size="sm", fw=500), slider], className="edit-slider")


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


def words(edits: Sequence[str]) -> list[Any]:
    """List the edits in words."""
    return [html.Li(edit) for edit in edits] or [html.Li("No edits yet.", className="edit-none")]


def watched(before: GeneExplanation, after: GeneExplanation, *, titles: Mapping[str, str]) -> Any:
    """Tell for every network what it said and what it says now."""
    old = {e.checkpoint: e for e in before.explanations}
    rows = [_row(titles[e.checkpoint], old[e.checkpoint], e, marks=after.marks) for e in after.explanations]
    head = html.Tr([html.Th(title, scope="col") for title in HEADS])
    table = html.Table(
        [html.Thead(head), html.Tbody(rows)], className="edit-table", **{"aria-label": "Before and after the edits"}
    )
    return html.Div(table, className="scroll-x")


def _row(title: str, old: CheckpointExplanation, new: CheckpointExplanation, *, marks: Sequence[str]) -> Any:
    flips = (old.probability >= 0.5) != (new.probability >= 0.5)
    call = f" now {'ON' if new.probability >= 0.5 else 'OFF'}" if flips else ""
    probability = [f"{old.probability:.3f} → ", html.Strong(f"{new.probability:.3f}{call}")]
    change = f"{new.logit - old.logit:+.2f}".replace("-", MINUS)
    cells = [title, probability, change, f"{_most(old, marks)} → {_most(new, marks)}" if new.mark_attention else "none"]
    return html.Tr([html.Td(cell) for cell in cells], className="edit-flipped" if flips else "")


def _most(explained: CheckpointExplanation, marks: Sequence[str]) -> str:
    beta = explained.mark_attention or []
    place = max(range(len(beta)), key=beta.__getitem__)
    return f"{marks[place]} {beta[place]:.2f}"
