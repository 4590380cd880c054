"""P(bound) along a record that is longer than the window."""

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.sequence_analyses import WindowExplanation
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, half_line, in_reading_order, plain, series_of, theme_of

HOW_TO_READ: Final = (
    "The record is longer than the networks' window, so it was cut into overlapping tiles and each tile scored. "
    "A point stands at the middle of its tile; hover shows where the tile starts and ends. The shaded tile has the "
    "highest mean P(bound) of the three networks: it is the one explained in the dashboard."
)


def scan_figure(window: WindowExplanation, *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw each checkpoint's P(bound) per tile across the whole record and mark the best tile."""
    width = len(window.sequence) + window.padding
    title = f"Scan of {plain(window.name)} · {window.strand} strand"
    subtitle = f"P(bound) of every tile of {width} bases over {window.record_length} bases"
    layout = base_layout(dark=dark, height=300, title=title, subtitle=subtitle)
    figure = go.Figure(layout=layout | _scan_layout(window, dark=dark))
    if window.scan is None:
        return figure.add_annotation(text="The record fits one window.", showarrow=False, x=0.5, xref="paper", y=0.5)
    starts = np.array(window.scan.starts)
    for checkpoint in in_reading_order(list(window.scan.probability)):
        values = np.array(window.scan.probability[checkpoint], dtype=np.float32)
        figure.add_trace(_line(checkpoint, starts, values=values, width=width, palette=palette, dark=dark))
    _mark_best(figure, window, width=width, dark=dark)
    return figure


def _line(
    checkpoint: str, starts: np.ndarray, *, values: np.ndarray, width: int, palette: Palette, dark: bool
) -> go.Scatter:
    """Draw one checkpoint's tiles."""
    look = series_of(checkpoint, palette=palette, dark=dark)
    many = starts.size > 60
    return go.Scatter(
        x=(starts + (width - 1) / 2).astype(np.float32),
        y=values,
        name=look.title,
        mode="lines" if many else "lines+markers",
        line={"color": look.color, "dash": look.dash, "width": 2},
        marker={"symbol": look.symbol, "size": 8, "line": {"color": look.color, "width": 1.5}},
        cliponaxis=False,
        text=[f"tile {start} to {start + width - 1}" for start in starts.tolist()],
        hovertemplate=f"{look.title}: P(bound) %{{y:.3f}} · %{{text}}<extra></extra>",
    )


def _scan_layout(window: WindowExplanation, *, dark: bool) -> dict[str, Any]:
    """Return axes over the whole record and from 0 to 1."""
    last = window.record_length - 0.5
    title = {"text": f"position in the record, 0-based, {window.strand} strand 5' to 3'", "standoff": 8}
    return {
        "margin": {"l": 64, "r": 24, "t": 92, "b": 50},
        "hovermode": "x unified",
        "uirevision": f"scan/{window.record}/{window.strand}",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": axis(dark=dark, range=[-0.5, last], minallowed=-0.5, maxallowed=last, title=title, showgrid=False),
        "yaxis": axis(
            dark=dark,
            range=[-0.14, 1.04],
            tickvals=[0, 0.25, 0.5, 0.75, 1],
            title="P(bound)",
            fixedrange=True,
            showgrid=False,
        ),
        "shapes": [half_line(dark=dark, horizontal=True)],
    }


def _mark_best(figure: go.Figure, window: WindowExplanation, *, width: int, dark: bool) -> None:
    """Shade the tile that the dashboard explains."""
    first, last = window.window_start, window.window_start + width - 1
    theme = theme_of(dark=dark)
    figure.add_vrect(
        x0=first - 0.5,
        x1=last + 0.5,
        fillcolor=theme.padding,
        opacity=0.22,
        line_width=0,
        layer="below",
        annotation={
            "text": f"best window, {first} to {last}",
            "font": {"color": theme.ink, "size": 12},
            "yshift": -2,
        },
        annotation_position="inside bottom",
    )
