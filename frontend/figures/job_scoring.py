"""How batch scores are spread so far: one histogram per model, on one axis."""

from typing import Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.job_live import ScoringLive
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, half_line, plain, series_of, theme_of

HOW_TO_READ: Final = (
    "One row per model; a bar is the share of what has been scored so far whose probability lies in that interval of "
    "0.05. Right of the dashed line a model calls the sequence bound, or the gene ON. Bars at both ends are a model "
    "that is sure, bars in the middle one that is not. All rows have one scale."
)

_ROW_PX: Final = 92
_BAR_SHARE: Final = 0.72  # of a row; the rest is for the name of the model
_COLUMN_END: Final = ".probability"


def scoring_figure(live: ScoringLive, *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw one histogram per score column, stacked, as shares of the rows that have a score."""
    shares = {name: _shares(counts) for name, counts in live.histograms.items()}
    highest = max((float(values.max(initial=0.0)) for values in shares.values()), default=0.0) or 1.0
    figure = go.Figure(layout=base_layout(dark=dark, height=86 + _ROW_PX * max(len(shares), 1)))
    edges = np.array(live.histogram_edges, dtype=float)
    for row, (name, values) in enumerate(reversed(shares.items())):
        counts = live.histograms[name]
        figure.add_trace(_bars(name, values / highest * _BAR_SHARE, counts, edges, row=row, palette=palette, dark=dark))
        figure.add_annotation(
            text=plain(name.removesuffix(_COLUMN_END)),
            x=0,
            xref="paper",
            xanchor="left",
            y=row + 0.98,
            yanchor="top",
            showarrow=False,
            font={"color": theme_of(dark=dark).ink, "size": 12},
        )
    return figure.update_layout(
        margin={"l": 20, "r": 20, "t": 24, "b": 52},
        bargap=0.04,
        barmode="overlay",
        showlegend=False,
        uirevision="scoring",
        shapes=[half_line(dark=dark, horizontal=False)],
        xaxis=axis(dark=dark, range=[0, 1], title={"text": "Probability", "standoff": 8}, showgrid=False),
        yaxis=axis(
            dark=dark,
            range=[0, max(len(shares), 1) + 0.2],
            showticklabels=False,
            showgrid=False,
            ticks="",
            fixedrange=True,
        ),
    )


def _shares(counts: list[int]) -> np.ndarray:
    values = np.array(counts, dtype=float)
    return values / max(float(values.sum()), 1.0)


def _bars(
    name: str, heights: np.ndarray, counts: list[int], edges: np.ndarray, *, row: int, palette: Palette, dark: bool
) -> go.Bar:
    look = series_of(name.removesuffix(_COLUMN_END), palette=palette, dark=dark)
    total = max(sum(counts), 1)
    heading = f"<b>{plain(name.removesuffix(_COLUMN_END))}</b>"
    texts = [
        f"{heading}<br>{low:.2f} to {high:.2f}<br>{n:,} of {total:,} ({n / total:.1%})"
        for n, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
    ]
    return go.Bar(
        x=((edges[:-1] + edges[1:]) / 2).tolist(),
        y=heights.tolist(),
        base=row,
        width=np.diff(edges).tolist(),
        marker={"color": look.color},
        text=texts,
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
        name=look.title,
    )
