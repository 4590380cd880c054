"""Sequence logos: one filled trace per base, whatever the length, so that zoom, hover and SVG export stay native."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from frontend.figures.glyphs import TOLERANCE, outline
from frontend.figures.palettes import Palette

BASES: Final = "ACGT"
LETTER_WIDTH: Final = 0.94
# Coordinates are rounded to binary fractions, below a pixel at the sizes drawn: the payload then compresses well.
_X_STEPS: Final = 128
_Y_STEPS: Final = 256
# As shares of the axis: lower letters are under half a pixel and not drawn; low ones need few points to look right.
_SMALLEST: Final = 0.01
_LOW: Final = 0.25
_LOW_TOLERANCE: Final = 0.04


def information_heights(matrix: np.ndarray) -> np.ndarray:
    """Return frequency x information content in bits for a (4, L) matrix, against a uniform background."""
    counts = np.asarray(matrix, dtype=float)
    total = counts.sum(axis=0, keepdims=True)
    frequency = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    log = np.log2(frequency, out=np.zeros_like(frequency), where=frequency > 0)
    information = np.where(total > 0, 2.0 + (frequency * log).sum(axis=0, keepdims=True), 0.0)
    heights: np.ndarray = frequency * information
    return heights


def stack(heights: np.ndarray) -> np.ndarray:
    """Return where each letter of a (4, L) stack starts: outwards from zero, smallest first, either sign apart."""
    order = np.argsort(np.abs(heights), axis=0, kind="stable")
    sorted_heights = np.take_along_axis(heights, order, axis=0)
    up, down = np.maximum(sorted_heights, 0), np.minimum(sorted_heights, 0)
    starts = np.where(sorted_heights >= 0, up.cumsum(axis=0) - up, down.cumsum(axis=0) - down)
    bottoms: np.ndarray = np.empty_like(starts)
    np.put_along_axis(bottoms, order, starts, axis=0)
    return bottoms


def extent(heights: np.ndarray) -> tuple[float, float]:
    """Return the lowest and the highest point of the stacks, zero included."""
    if not heights.size:
        return 0.0, 0.0
    return float(np.minimum(heights, 0).sum(axis=0).min()), float(np.maximum(heights, 0).sum(axis=0).max())


def letter_trace(
    letter: str, centers: np.ndarray, *, bottoms: np.ndarray, heights: np.ndarray, color: str, scale: float = 1.0
) -> go.Scatter:
    """Draw one letter at many places; a negative height hangs it upside down; scale is the height of the axis."""
    low = np.abs(heights) < _LOW * scale
    parts = [
        _place(outline(letter, tolerance=tolerance), centers[some], bottoms[some], heights[some])
        for some, tolerance in ((~low, TOLERANCE), (low, _LOW_TOLERANCE))
    ]
    x, y = np.concatenate(parts, axis=1)
    y_steps = 2.0 ** np.ceil(np.log2(_Y_STEPS / scale))
    return go.Scatter(
        x=(np.round(x * _X_STEPS) / _X_STEPS).astype(np.float32),
        y=(np.round(y * y_steps) / y_steps).astype(np.float32),
        mode="lines",
        line={"width": 0, "simplify": False},
        fill="toself",
        fillcolor=color,
        hoverinfo="skip",
        showlegend=False,
        name=letter,
    )


def _place(glyph: np.ndarray, centers: np.ndarray, bottoms: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Return the glyph's outline at every place, as (2, places * points)."""
    x = centers[:, None] + (glyph[:, 0] - 0.5) * LETTER_WIDTH
    y = bottoms[:, None] + heights[:, None] * glyph[:, 1]
    return np.stack([x.ravel(), y.ravel()])


def logo_traces(heights: np.ndarray, *, palette: Palette, x0: float = 0, dark: bool = False) -> list[go.Scatter]:
    """Draw a (4, L) matrix of heights as stacked letters, column i at x0 + i; letters that are absent cost nothing."""
    heights = np.asarray(heights, dtype=float)
    bottoms = stack(heights)
    low, high = extent(heights)
    scale = (high - low) or 1.0
    traces = []
    for row, base in enumerate(BASES):
        at = np.flatnonzero(np.abs(heights[row]) > _SMALLEST * scale)
        if at.size:
            color = palette.letters(dark=dark)[base]
            traces.append(
                letter_trace(
                    base, x0 + at, bottoms=bottoms[row, at], heights=heights[row, at], color=color, scale=scale
                )
            )
    return traces


def hover_trace(labels: Sequence[str], *, x0: float = 0, y: float = 0.5, name: str = "") -> go.Scatter:
    """Draw nothing, but say on hover what stands at each position."""
    n = len(labels)
    return go.Scatter(
        x=(x0 + np.arange(n)).astype(np.float32),
        y=np.full(n, y, dtype=np.float32),
        text=list(labels),
        mode="markers",
        marker={"opacity": 0, "size": 1},
        hovertemplate=f"<b>{name}</b><br>position %{{x}}<br>%{{text}}<extra></extra>",
        showlegend=False,
        name=name,
    )
