"""How each checkpoint spreads its P(ON) over the genes of a file."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.chromatin_analyses import ChromatinCheckpointReference, GenePrediction
from frontend.figures.chromatin_frame import whole
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, half_line, names_axis, plain, theme_of

HOW_TO_READ: Final = (
    "One strip per model: the darker a step, the more of the file's genes have this P(ON). Two dark ends are a model "
    "that is sure of most genes, a dark middle one that is not. The number on the right is the share of genes called "
    "ON (P(ON) of at least 0.5); every strip has its own scale."
)

N_STEPS: Final = 25


def distribution_figure(
    predictions: Sequence[GenePrediction],
    checkpoints: Sequence[ChromatinCheckpointReference],
    *,
    palette: Palette,
    dark: bool = False,
) -> go.Figure:
    """Draw one strip of P(ON) per checkpoint, as shares of its genes."""
    titles = {reference.name: reference.title for reference in checkpoints}
    shown = [(titles.get(p.checkpoint, p.checkpoint), np.array(p.probability, dtype=float)) for p in predictions]
    figure = go.Figure(layout=base_layout(dark=dark, height=92 + 34 * max(len(shown), 1)))
    for row, (title, values) in enumerate(shown):
        figure.add_trace(_strip(title, values, row, palette=palette, dark=dark))
        on = float((values >= 0.5).mean()) if values.size else 0.0
        place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 10, "y": row}
        font = {"color": theme_of(dark=dark).ink}
        figure.add_annotation(text=f"{on:.0%} ON", showarrow=False, font=font, **place)
    headings = ["<br>".join(map(plain, wrap(title, 30)[:2])) for title, _ in shown]
    return figure.update_layout(
        margin={"l": 20, "r": 72, "t": 14, "b": 52},
        shapes=[half_line(dark=dark, horizontal=False) | {"layer": "above"}],
        xaxis=axis(dark=dark, range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], fixedrange=True, title="P(ON)"),
        yaxis=names_axis(headings, dark=dark, showgrid=False, tickfont={"size": 12, "color": theme_of(dark=dark).ink}),
    )


def _strip(title: str, values: np.ndarray, row: int, *, palette: Palette, dark: bool) -> go.Heatmap:
    counts, edges = np.histogram(values, bins=N_STEPS, range=(0.0, 1.0))
    texts = [
        f"<b>{plain(title)}</b><br>P(ON) {low:.2f} to {high:.2f}<br>{whole(int(n))} of {whole(values.size)} genes"
        for n, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
    ]
    return go.Heatmap(
        z=[counts.tolist()],
        x0=0.5 / N_STEPS,
        dx=1 / N_STEPS,
        y0=row,
        dy=0.74,
        zmin=0,
        zmax=max(1, int(counts.max())),
        colorscale=chromatin_colors(palette, dark=dark).attention,
        showscale=False,
        xgap=1,
        text=[texts],
        hovertemplate="%{text}<extra></extra>",
    )
