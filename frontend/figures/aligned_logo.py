"""A seqlet and the motif that it resembles, one above the other."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.motifs import MotifMatch, Seqlet
from backend.schemas.sequence_analyses import WindowExplanation
from frontend.figures.logo import BASES, extent, hover_trace, information_heights, logo_traces
from frontend.figures.palettes import Palette
from frontend.figures.rows import number, one_hot
from frontend.figures.theme import axis, base_layout, plain, theme_of

HOW_TO_READ: Final = (
    "Top: the seqlet as the network weighs it, with its neighbours; shaded is the seqlet itself. Bottom: the known "
    "motif in bits, on the strand and at the offset at which it fits best. Tall letters that stand under each other "
    "are what the name rests on."
)
HEIGHT_PX: Final = 270
_FLANK: Final = 3


def aligned_figure(
    window: WindowExplanation, seqlet: Seqlet, *, values: Sequence[float], network: str, palette: Palette, dark: bool
) -> go.Figure:
    """Draw the attribution of a seqlet over its best match."""
    match = seqlet.matches[0] if seqlet.matches else None
    first, last = _range(seqlet, match, n=len(window.sequence))
    layout = base_layout(
        dark=dark, height=HEIGHT_PX, title=_title(match, network), subtitle=_subtitle(window, seqlet, match)
    )
    figure = go.Figure(layout=layout | {"margin": {"l": 58, "r": 16, "t": 66, "b": 44}, "showlegend": False})
    heights = one_hot(window.sequence) * np.array(values[: len(window.sequence)], dtype=float)
    _add_attribution(figure, window, seqlet, heights=heights, shown=(first, last), palette=palette, dark=dark)
    _add_motif(figure, window, match, palette=palette, dark=dark)
    x = axis(
        dark=dark,
        anchor="y2",
        range=[window.window_start + first - 0.5, window.window_start + last + 0.5],
        fixedrange=True,
        nticks=8,
        title={"text": f"position, 0-based, {window.strand} strand", "standoff": 6},
        showgrid=False,
    )
    return figure.update_layout(xaxis=x, hovermode="closest", hoverdistance=-1)


def _range(seqlet: Seqlet, match: MotifMatch | None, *, n: int) -> tuple[int, int]:
    """Return the first and last position shown: the seqlet, its motif, and a few bases around them."""
    start, stop = seqlet.start, seqlet.stop
    if match:
        start, stop = min(start, match.start), max(stop, match.start + len(match.matrix[0]))
    return max(start - _FLANK, min(0, start)), min(stop - 1 + _FLANK, max(n, stop) - 1)


def _title(match: MotifMatch | None, network: str) -> str:
    return f"{plain(match.name)} ({plain(match.id)}) in {network}" if match else f"No known motif in {network}"


def _subtitle(window: WindowExplanation, seqlet: Seqlet, match: MotifMatch | None) -> str:
    place = f"bases {window.window_start + seqlet.start} to {window.window_start + seqlet.stop - 1}"
    return f"{place}, motif {match.strand}, q {_small(match.q_value)}" if match else place


def _small(value: float) -> str:
    return f"{value:.1e}".replace("-", "\N{MINUS SIGN}")


def _add_attribution(
    figure: go.Figure, window: WindowExplanation, seqlet: Seqlet, *, heights: np.ndarray, shown: tuple[int, int],
    palette: Palette, dark: bool,
) -> None:  # fmt: skip
    first, last = shown
    low, high = extent(heights[:, max(0, first) : last + 1])
    size = (high - low) or 1.0
    texts = [
        f"base {base}<br>attribution {number(value, digits=3)}"
        for base, value in zip(window.sequence, heights.sum(axis=0), strict=True)
    ]
    hover = hover_trace(texts, x0=window.window_start, y=(low + high) / 2, name="Attribution, logit of bound")
    _add(figure, [*logo_traces(heights, palette=palette, x0=window.window_start, dark=dark), hover], axis_name="y")
    ticks = {low: number(low), high: number(high)}
    span = (low - 0.06 * size, high + 0.06 * size)
    figure.update_layout(yaxis=_row_axis(span, (0.53, 1.0), ticks=ticks, title="logit", dark=dark))
    left, right = (window.window_start + edge - 0.5 for edge in (seqlet.start, seqlet.stop))
    figure.add_shape(
        type="rect", xref="x", yref="y domain", x0=left, x1=right, y0=0, y1=1, layer="below", line={"width": 0},
        fillcolor=theme_of(dark=dark).padding, opacity=0.2,
    )  # fmt: skip


def _add_motif(
    figure: go.Figure, window: WindowExplanation, match: MotifMatch | None, *, palette: Palette, dark: bool
) -> None:
    figure.update_layout(
        yaxis2=_row_axis((0, 2.05), (0.0, 0.47), ticks={0: "0", 2: "2"}, title="bits" if match else "", dark=dark)
    )
    if match is None:
        note = "<i>no motif resembles it significantly</i>"
        place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.23, "showarrow": False}
        _add(figure, [hover_trace([note], x0=window.window_start)], axis_name="y2")  # without a trace there is no axis
        figure.add_annotation(text=note, font={"color": theme_of(dark=dark).muted}, **place)
        return
    x0, heights = window.window_start + match.start, information_heights(np.array(match.matrix, dtype=float))
    texts = [", ".join(f"{BASES[b]} {column[b]:.2f}" for b in np.argsort(-column)) + " bits" for column in heights.T]
    hover = hover_trace(texts, x0=x0, y=1.0, name=plain(match.name))
    _add(figure, [*logo_traces(heights, palette=palette, x0=x0, dark=dark), hover], axis_name="y2")


def _add(figure: go.Figure, traces: Sequence[Any], *, axis_name: str) -> None:
    for trace in traces:
        trace.update(xaxis="x", yaxis=axis_name)
        figure.add_trace(trace)


def _row_axis(
    span: tuple[float, float], domain: tuple[float, float], *, ticks: dict[float, str], title: str, dark: bool
) -> dict[str, Any]:
    return axis(
        dark=dark, anchor="x", domain=list(domain), range=list(span), fixedrange=True, showgrid=False, showline=False,
        zeroline=True, zerolinecolor=theme_of(dark=dark).padding, tickvals=list(ticks), ticktext=list(ticks.values()),
        title={"text": title, "standoff": 4},
    )  # fmt: skip
