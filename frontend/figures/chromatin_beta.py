"""Mark attention (beta) of one gene, one column per checkpoint or upload."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from frontend.figures.chromatin_frame import matrix_of, share_scale
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, names_axis, plain, quiet, scale_place, theme_of

HOW_TO_READ: Final = (
    "Each column is one answer about the same gene: another checkpoint or another cell type's file. The numbers are "
    "the shares of attention that the network gives to the marks (beta); a column's sum is 1, and without any "
    "preference every mark would get the same. Above a column stands whether the gene is ON there, and whether that "
    "is the file's label or the network's prediction. Look for marks whose share changes with the state. A high share "
    "says that the mark counts, not in which direction: knock-out in the gene figure says that."
)

_TILE_PX: Final = 40
_COLUMNS: Final = 6  # more are narrower, with upright headings
_LINE_CHARACTERS: Final = 15
_UPRIGHT_CHARACTERS: Final = 34
_CHARACTER_PX: Final = 7.2
_SMALL_PX: Final = 6.2


class BetaColumn(NamedTuple):
    """One answer: where it comes from, the gene's state there and who says so, and beta per mark."""

    title: str
    on: bool
    said_by: str
    beta: Sequence[float]


def beta_figure(
    gene: str, columns: Sequence[BetaColumn], *, marks: Sequence[str], palette: Palette, dark: bool = False
) -> go.Figure:
    """Draw one tile per mark and column with its beta; `said_by` is shown below the state, as "label" or "P 0.93"."""
    values = matrix_of([column.beta for column in columns], [c.title for c in columns], n_bins=len(marks)).T
    upright = len(columns) > _COLUMNS
    headings, below = _headings(columns, upright=upright)
    said = max((len(column.said_by) for column in columns), default=0) * _SMALL_PX if upright else 16.0
    margin = {"l": 92, "r": 70, "t": 98 + said, "b": 18 + below}
    layout = base_layout(
        dark=dark,
        height=round(_TILE_PX * len(marks) + margin["t"] + margin["b"]),
        title=f"Mark attention (beta) · {plain(gene)}",
        subtitle="Each column's sum is 1; above it the gene's state and who says so.",
    )
    figure = go.Figure(layout=layout | {"margin": margin, "showlegend": False})
    width = min(1.0, max(len(columns), 1) / _COLUMNS)
    tiles = _tiles(values, columns, marks=marks, palette=palette, dark=dark)
    tiles.colorbar.update(scale_place((0, 1), title="beta", dark=dark, x=width))
    figure.add_trace(tiles)
    for at, column in enumerate(columns):
        _add_state(figure, column, at, lift=said, upright=upright, dark=dark)
    font = {"size": 12, "color": theme_of(dark=dark).ink}
    ticks = {"tickvals": list(range(len(columns))), "ticktext": headings, "tickfont": font}
    own = {"ticks": "", "showline": False, "showgrid": False, "fixedrange": True, "tickangle": -90 if upright else 0}
    return figure.update_layout(
        xaxis=axis(dark=dark, domain=[0, width], range=[-0.5, len(columns) - 0.5], **(ticks | own)),
        yaxis=names_axis([plain(mark, limit=16) for mark in marks], dark=dark, showgrid=False, automargin=False),
    )


def _headings(columns: Sequence[BetaColumn], *, upright: bool) -> tuple[list[str], float]:
    """Return the titles, broken into lines where they lie, and the pixels that they need."""
    if upright:
        shown = [plain(column.title, limit=_UPRIGHT_CHARACTERS) for column in columns]
        return shown, _CHARACTER_PX * max(min(len(column.title), _UPRIGHT_CHARACTERS) for column in columns)
    lines = [wrap(column.title, _LINE_CHARACTERS)[:4] for column in columns]
    return ["<br>".join(map(plain, parts)) for parts in lines], 16.0 * max(map(len, lines), default=1)


def _tiles(
    values: np.ndarray, columns: Sequence[BetaColumn], *, marks: Sequence[str], palette: Palette, dark: bool
) -> go.Heatmap:
    """Draw beta from 0 to 1, each value written in its tile, in black or white as the tile asks."""
    even = 1 / len(marks)
    texts = [
        [
            f"<b>{plain(mark)}</b><br>{plain(column.title)}<br>beta {value:.3f} · {value / even:.2f} x even"
            for column, value in zip(columns, row, strict=True)
        ]
        for mark, row in zip(marks, values.tolist(), strict=True)
    ]
    return go.Heatmap(
        z=values.astype(np.float32),
        xgap=2,
        ygap=2,
        texttemplate="%{z:.2f}",
        textfont={"size": 13},
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
        colorscale=chromatin_colors(palette, dark=dark).attention,
        **share_scale(1.0, uniform=even, height=_TILE_PX * len(marks)),
    )


def _add_state(figure: go.Figure, column: BetaColumn, at: int, *, lift: float, upright: bool, dark: bool) -> None:
    """Write ON or OFF above a column, and below it who says so."""
    place: dict[str, Any] = {"x": at, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
    said = quiet(plain(column.said_by, limit=24), dark=dark)
    figure.add_annotation(text=said, yshift=2, textangle=-90 if upright else 0, **place)
    font = {"size": 13, "color": theme_of(dark=dark).ink}
    figure.add_annotation(text=f"<b>{'ON' if column.on else 'OFF'}</b>", yshift=lift + 2, font=font, **place)
