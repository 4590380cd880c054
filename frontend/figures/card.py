"""How well a checkpoint does, and whether its probabilities mean what they say."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.catalog import Estimate, Metrics, ReliabilityBin
from frontend.figures.palettes import Palette
from frontend.figures.theme import Series, axis, base_layout, in_reading_order, names_axis, series_of, theme_of

HOW_TO_READ_RELIABILITY: Final = (
    "Test sequences are grouped by predicted P(bound). A point on the diagonal means that the probability is honest: "
    "of the sequences given 0.8, 80 % are bound. Below the diagonal the model is too sure of binding, above it not "
    "sure enough. A larger point stands for more sequences; small points are uncertain."
)
HOW_TO_READ_ACCURACY: Final = (
    "AUROC on the test file: the chance that a bound sequence scores higher than an unbound one; 0.5 is guessing, 1 is "
    "perfect. Whiskers are 95 % bootstrap confidence intervals: where they overlap widely, the models cannot be told "
    "apart. The 6-mer logistic regression is the baseline that a network has to beat."
)


def reliability_figure(bins: Sequence[ReliabilityBin], *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw the observed share of bound sequences against the predicted probability."""
    theme = theme_of(dark=dark)
    figure = go.Figure(layout=base_layout(dark=dark, height=340))
    diagonal = {"color": theme.muted, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=diagonal, layer="below")
    filled = sorted((b for b in bins if b.n), key=lambda b: b.predicted)
    counts = np.array([b.n for b in filled], dtype=float)
    figure.add_trace(
        go.Scatter(
            x=[b.predicted for b in filled],
            y=[b.observed for b in filled],
            customdata=[b.n for b in filled],
            mode="lines+markers",
            cliponaxis=False,
            line={"color": palette.letters(dark=dark)["C"], "width": 2},
            marker={"size": 6 + 14 * np.sqrt(counts / counts.max(initial=1)), "opacity": 1},
            hovertemplate="predicted %{x:.2f}<br>observed %{y:.2f}<br>%{customdata} sequences<extra></extra>",
            showlegend=False,
        )
    )
    ticks = {"range": [-0.04, 1.04], "tickvals": [0, 0.25, 0.5, 0.75, 1], "constrain": "domain"}
    return figure.update_layout(
        margin={"l": 64, "r": 20, "t": 20, "b": 52},
        xaxis=axis(dark=dark, title={"text": "predicted P(bound)", "standoff": 8}, **ticks),
        yaxis=axis(dark=dark, title={"text": "share that is bound", "standoff": 8}, scaleanchor="x", **ticks),
    )


def accuracy_figure(metrics: Mapping[str, Metrics], *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw AUROC with its confidence interval, one row per model (checkpoint or architecture to metrics)."""
    names = in_reading_order(list(metrics))
    looks = [series_of(name, palette=palette, dark=dark) for name in names]
    figure = go.Figure(layout=base_layout(dark=dark, height=84 + 36 * max(len(names), 1)))
    for row, (name, look) in enumerate(zip(names, looks, strict=True)):
        auroc = metrics[name].auroc
        figure.add_trace(_auroc_mark(auroc, row, look=look))
        figure.add_annotation(
            text=f"{auroc.value:.3f}", x=1, xref="paper", xanchor="left", xshift=10, y=row, showarrow=False
        )
    lowest = min((m.auroc.low for m in metrics.values()), default=0.5)
    left = min(0.95, float(np.floor(lowest * 20)) / 20)
    title = {"text": "AUROC on the test file", "standoff": 8}
    return figure.update_layout(
        margin={"l": 20, "r": 64, "t": 16, "b": 52},
        xaxis=axis(dark=dark, range=[left, 1.0], nticks=4, tickangle=0, title=title),
        yaxis=names_axis([look.title for look in looks], dark=dark, showgrid=False),
    )


def _auroc_mark(auroc: Estimate, row: int, *, look: Series) -> go.Scatter:
    whiskers = {"array": [auroc.high - auroc.value], "arrayminus": [auroc.value - auroc.low]}
    text = f"{look.title}<br>AUROC {auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"
    return go.Scatter(
        x=[auroc.value],
        y=[row],
        name=look.title,
        mode="markers",
        cliponaxis=False,
        marker={"symbol": look.symbol, "size": 11, "color": look.color, "line": {"color": look.color, "width": 2}},
        error_x={"symmetric": False, "color": look.color, "thickness": 2, "width": 6} | whiskers,
        hovertemplate=f"{text}<extra></extra>",
        showlegend=False,
    )
