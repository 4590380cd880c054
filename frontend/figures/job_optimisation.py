"""Class optimisation: the logo or the map as it stood after a step, above the curve of its score."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.job_live import CurvePoint, MatrixFrame, OptimisationLive
from frontend.figures.chromatin_frame import Bins, add_tss, bp_axis, cell_texts, heat_trace, matrix_of
from frontend.figures.chromatin_patterns import add_legend, stepped
from frontend.figures.logo import BASES, hover_trace, information_heights, logo_traces
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, names_axis, plain, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "Gradient descent changes a random input until the network is as sure of the class as it can be; drag the slider "
    "to see it take shape. Above: what the input looks like after the step, for DNA as a logo in bits (2 bits: one "
    "base alone), for histone marks divided by its greatest value. Below: P(class), which usually settles long "
    "before the input stops changing, because the penalty on large values goes on. It is no sequence and no gene that "
    "exists, and not the only answer: another start ends elsewhere, so believe what several restarts share."
)
MATRIX_PX, CURVE_PX = 170, 120
_MARK_PX, _GAP_PX = 34, 84
_MARGIN: Final = {"l": 72, "r": 28, "t": 92, "b": 52}


def optimisation_figure(
    live: OptimisationLive, frame: int | None = None, *, palette: Palette, dark: bool = False
) -> go.Figure:
    """Draw frame number `frame`, the latest by default, above the curve; the axes are those of all frames."""
    is_dna = live.bin_size_bp is None
    height = MATRIX_PX if is_dna else _MARK_PX * len(live.rows)
    domains = stacked_domains([(0, height), (_GAP_PX, CURVE_PX)])
    shown = _chosen(live.frames, frame)
    layout = base_layout(
        dark=dark,
        height=height + _GAP_PX + CURVE_PX + _MARGIN["t"] + _MARGIN["b"],
        title=f"Class optimisation · {plain(live.checkpoint_title)} · {plain(live.target)}",
        subtitle=_subtitle(live, shown),
    )
    figure = go.Figure(layout=layout | {"margin": _MARGIN, "hovermode": "closest", "uirevision": live.checkpoint})
    if shown is None:
        return figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    if is_dna:
        _draw_logo(figure, shown, domain=domains[0], palette=palette, dark=dark)
    else:
        _draw_map(figure, live, shown, domain=domains[0], palette=palette, dark=dark)
    _draw_curve(figure, live, shown, domain=domains[1], palette=palette, dark=dark)
    return figure


def _chosen(frames: Sequence[MatrixFrame], frame: int | None) -> MatrixFrame | None:
    """Return the frame asked for, or the nearest one that there is."""
    if not frames:
        return None
    return frames[-1] if frame is None else frames[min(max(frame, 0), len(frames) - 1)]


def _subtitle(live: OptimisationLive, shown: MatrixFrame | None) -> str:
    if shown is None:
        return "waiting for the first step"
    n_restarts = len(live.restart_scores)
    restarts = (
        "" if n_restarts < 2 else f" · restart {live.best_restart + 1} of {n_restarts}, the one with the least loss"
    )
    point = _at(live.curve, shown.step)
    score = "" if point is None else f" · P({plain(live.target)}) {point.score:.3f}"
    return f"step {shown.step:,} of {live.n_steps:,}{score}{restarts}"


def _at(curve: Sequence[CurvePoint], step: int) -> CurvePoint | None:
    return next((point for point in curve if point.step == step), None)


def _draw_logo(
    figure: go.Figure,
    shown: MatrixFrame,
    *,
    domain: tuple[float, float],
    palette: Palette,
    dark: bool,
) -> None:
    """Draw the frame's columns as letters in bits, from 0 to 2 in every frame."""
    frequencies = np.array(shown.values, dtype=float)
    heights = information_heights(frequencies)
    texts = [", ".join(f"{BASES[b]} {column[b]:.2f}" for b in np.argsort(-column)) for column in frequencies.T]
    length = frequencies.shape[1]
    figure.add_traces(logo_traces(heights, palette=palette, x0=1, dark=dark))
    figure.add_trace(hover_trace(texts, x0=1, y=1, name=f"step {shown.step:,}"))
    title = {"text": "model position, counted from 1", "standoff": 6}
    limits = {"range": [0.5, length + 0.5], "minallowed": 0.5, "maxallowed": length + 0.5}
    bits = axis(dark=dark, domain=list(domain), range=[0, 2], tickvals=[0, 1, 2], title="bits", fixedrange=True)
    figure.update_layout(xaxis=axis(dark=dark, title=title, anchor="y", showgrid=False, **limits), yaxis=bits)


def _draw_map(
    figure: go.Figure,
    live: OptimisationLive,
    shown: MatrixFrame,
    *,
    domain: tuple[float, float],
    palette: Palette,
    dark: bool,
) -> None:
    """Draw the frame as marks x bins in DeepChrome's four classes."""
    n_bins, size = len(shown.values[0]), live.bin_size_bp or 1
    bins = Bins([(i - n_bins // 2) * size for i in range(n_bins)], size)
    values = matrix_of(shown.values, live.rows, n_bins=n_bins)
    texts = cell_texts(
        [[f"{value:.2f} of the greatest value" for value in row] for row in values.tolist()], live.rows, bins=bins
    )
    scale = stepped(chromatin_colors(palette, dark=dark).pattern)
    figure.add_trace(heat_trace(values, texts, bins=bins, zmin=0, zmax=1, colorscale=scale, showscale=False))
    marks = names_axis([plain(row) for row in live.rows], dark=dark, domain=list(domain), showgrid=False)
    figure.update_layout(xaxis=bp_axis(bins, dark=dark, anchor="y"), yaxis=marks)
    add_legend(figure, palette=palette, dark=dark)
    above_tss = 1 + 20 / (_MARK_PX * len(live.rows) + _GAP_PX + CURVE_PX)
    legend = {"orientation": "h", "x": 0, "y": above_tss, "yanchor": "bottom"}
    legend |= {"itemclick": False, "itemdoubleclick": False}
    figure.update_layout(legend=legend)
    add_tss(figure, [domain], dark=dark, halo=True)


def _draw_curve(
    figure: go.Figure,
    live: OptimisationLive,
    shown: MatrixFrame,
    *,
    domain: tuple[float, float],
    palette: Palette,
    dark: bool,
) -> None:
    """Draw P(class) over all steps, a dot and a line where the frame is."""
    theme, name = theme_of(dark=dark), plain(live.target)
    color = palette.letters(dark=dark)["C"]
    place = {"xaxis": "x2", "yaxis": "y2", "showlegend": False}
    figure.add_trace(
        go.Scatter(
            x=[point.step for point in live.curve],
            y=[point.score for point in live.curve],
            customdata=[point.loss for point in live.curve],
            mode="lines",
            line={"color": color, "width": 2},
            hovertemplate=f"step %{{x:,}}<br>P({name}) %{{y:.4f}}<br>loss %{{customdata:.4g}}<extra></extra>",
            name="score",
            **place,
        )
    )
    point = _at(live.curve, shown.step)
    marker = {"symbol": "diamond", "size": 11, "color": theme.landmark, "line": {"color": theme.card, "width": 1}}
    at: dict[str, Any] = {"x": [point.step], "y": [point.score]} if point else {"x": [], "y": []}
    figure.add_trace(
        go.Scatter(**at, mode="markers", marker=marker, hoverinfo="skip", cliponaxis=False, name="frame", **place)
    )
    line = {"color": theme.landmark, "width": 1, "dash": "dot"}
    figure.add_shape(type="line", xref="x2", yref="y2", x0=shown.step, x1=shown.step, y0=0, y1=1, line=line)
    _curve_axes(figure, live, domain=domain, dark=dark)


def _curve_axes(figure: go.Figure, live: OptimisationLive, *, domain: tuple[float, float], dark: bool) -> None:
    """Fix both axes, so that nothing moves while the curve grows."""
    steps = {"range": [0, live.n_steps], "anchor": "y2", "showgrid": False, "tickformat": ",d"}
    score = {
        "domain": list(domain),
        "range": [-0.03, 1.03],
        "tickvals": [0, 0.5, 1],
        "anchor": "x2",
        "fixedrange": True,
    }
    figure.update_layout(
        xaxis2=axis(dark=dark, title={"text": "step", "standoff": 6}, **steps),
        yaxis2=axis(dark=dark, title=f"P({plain(live.target)})", **score),
    )
