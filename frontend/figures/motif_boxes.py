"""Motifs on the attributions: a rectangle around each seqlet, named where it resembles a known motif."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from frontend.figures.palettes import Palette
from frontend.figures.rows import Box
from frontend.figures.theme import theme_of

LANE_PX: Final = 14
N_LANES: Final = 2
ROOM_PX: Final = LANE_PX * N_LANES
_BASES_PER_LETTER: Final = 1.2  # of a name at 11 px in the narrowest column: names of a row never touch
_SPACE: Final = 1.0


def add_boxes(
    figure: go.Figure,
    boxes: Sequence[Box],
    *,
    axis: str,
    span: tuple[float, float],
    top: float,
    palette: Palette,
    dark: bool,
) -> None:
    """Draw the boxes of one row; `top` is its upper edge in shares of the paper."""
    negative, positive = palette.signs(dark=dark)
    for box in boxes:
        low, high = (0.0, span[1]) if box.sign > 0 else (span[0], 0.0)
        line = {
            "color": positive if box.sign > 0 else negative,
            "width": 1.5 if box.name else 1,
            "dash": "solid" if box.sign > 0 else "dash",
        }
        figure.add_shape(type="rect", xref="x", yref=axis, x0=box.start, x1=box.stop, y0=low, y1=high, line=line)
    for box, lane in zip(boxes, name_lanes(boxes), strict=True):
        if lane is not None:
            _add_name(figure, box, y=top, yshift=1 + lane * LANE_PX, dark=dark)


def name_lanes(boxes: Sequence[Box]) -> list[int | None]:
    """Return the line above the row in which each name stands; None where it has none or there is no room.

    Names are written from left to right; hover and the table have those that find no room.
    """
    ends = [float("-inf")] * N_LANES
    lanes: list[int | None] = [None] * len(boxes)
    for at in sorted(range(len(boxes)), key=lambda i: boxes[i].start):
        left, right = _extent(boxes[at])
        free = [lane for lane in range(N_LANES) if ends[lane] + _SPACE <= left]
        if boxes[at].name and free:
            lanes[at] = free[0]
            ends[free[0]] = right
    return lanes


def _extent(box: Box) -> tuple[float, float]:
    """Return where a name centred over its box begins and ends, in bases."""
    middle, half = (box.start + box.stop) / 2, len(_written(box)) * _BASES_PER_LETTER / 2
    return middle - half, middle + half


def _written(box: Box) -> str:
    return box.name if box.sign > 0 else f"\N{MINUS SIGN}{box.name}"


def _add_name(figure: go.Figure, box: Box, *, y: float, yshift: int, dark: bool) -> None:
    figure.add_annotation(
        text=f"<b>{_written(box)}</b>",
        x=(box.start + box.stop) / 2,
        xref="x",
        y=y,
        yref="paper",
        yanchor="bottom",
        yshift=yshift,
        showarrow=False,
        borderpad=0,
        font={"size": 11, "color": theme_of(dark=dark).ink},
    )
