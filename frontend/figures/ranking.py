"""One sequence against every factor."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from frontend.figures.palettes import Palette
from frontend.figures.theme import (
    NETWORKS,
    architecture_of,
    axis,
    base_layout,
    half_line,
    in_reading_order,
    names_axis,
    plain,
    series_of,
    theme_of,
)

HOW_TO_READ: Final = (
    "One row per factor, the highest mean of the networks on top; one mark per model. Marks close together: the models "
    "agree; the bar spans from the lowest to the highest. Right of the dashed line a model calls the sequence bound. "
    "A ranking is a hint, not a test: each model learned to tell its own factor's peaks from unbound DNA, not from "
    "other factors' peaks, so a strong site often scores high for many factors."
)


def ranking_figure(
    names: Sequence[str], probabilities: Mapping[str, Sequence[float | None]], *, palette: Palette, dark: bool = False
) -> go.Figure:
    """Draw P(bound) of every model (architecture to one value per name), sorted by the mean of the networks.

    None stands where a factor has no model of an architecture.
    """
    order = ranking(names, probabilities)
    shown = [plain(names[i], limit=40) for i in order]
    rows = np.arange(len(order))
    values = {name: np.array(probabilities[name], dtype=float)[order] for name in in_reading_order(list(probabilities))}
    figure = go.Figure(layout=base_layout(dark=dark, height=104 + 32 * max(len(shown), 1)) | _layout(shown, dark=dark))
    if values and shown:
        figure.add_trace(_spread(np.array(list(values.values())), rows, dark=dark))
    for architecture, column in values.items():
        figure.add_trace(_dots(architecture, column, rows=rows, names=shown, palette=palette, dark=dark))
    return figure


def ranking(names: Sequence[str], probabilities: Mapping[str, Sequence[float | None]]) -> list[int]:
    """Return the order of the names by the mean of the networks, highest first; ties keep their order."""
    networks = {name: values for name, values in probabilities.items() if architecture_of(name) in NETWORKS}
    means = _means(networks, len(names))
    means = np.where(np.isnan(means), _means(probabilities, len(names)), means)
    order: list[int] = np.argsort(-means, kind="stable").tolist()
    return order


def _means(probabilities: Mapping[str, Sequence[float | None]], n: int) -> np.ndarray:
    """Average the models that there are; NaN where there is none."""
    values = np.array(list(probabilities.values()), dtype=float).reshape(len(probabilities), n)
    return np.ma.masked_invalid(values).mean(axis=0).filled(np.nan)


def _dots(
    architecture: str, values: np.ndarray, *, rows: np.ndarray, names: list[str], palette: Palette, dark: bool
) -> go.Scatter:
    """Draw one model's marks."""
    look = series_of(architecture, palette=palette, dark=dark)
    return go.Scatter(
        x=values.astype(np.float32),
        y=rows,
        text=names,
        name=look.title,
        mode="markers",
        cliponaxis=False,
        marker={"symbol": look.symbol, "size": 11, "color": look.color, "line": {"color": look.color, "width": 2}},
        hovertemplate=f"%{{text}}<br>{look.title}: P(bound) %{{x:.3f}}<extra></extra>",
    )


def _spread(values: np.ndarray, rows: np.ndarray, *, dark: bool) -> go.Scatter:
    """Draw a bar from the lowest to the highest model of each row."""
    gaps = np.full(rows.size, np.nan)
    return go.Scatter(
        x=np.stack([np.nanmin(values, axis=0), np.nanmax(values, axis=0), gaps], axis=1).ravel().astype(np.float32),
        y=np.stack([rows, rows, gaps], axis=1).ravel().astype(np.float32),
        mode="lines",
        line={"color": theme_of(dark=dark).grid, "width": 6},
        hoverinfo="skip",
        showlegend=False,
    )


def _layout(names: list[str], *, dark: bool) -> dict[str, Any]:
    """Return one line per factor and P(bound) from 0 to 1."""
    return {
        "margin": {"l": 20, "r": 24, "t": 44, "b": 52},
        "hovermode": "closest",
        "uirevision": "ranking",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "xaxis": axis(dark=dark, range=[-0.02, 1.02], title={"text": "P(bound)", "standoff": 8}, showgrid=False),
        "yaxis": names_axis(names, dark=dark),
        "shapes": [half_line(dark=dark, horizontal=False)],
    }
