"""The rows of the sequence dashboard: each one subplot over the shared position axis."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.schemas.sequence_analyses import Track, WindowExplanation
from frontend.figures.logo import BASES, hover_trace, information_heights, letter_trace, logo_traces
from frontend.figures.palettes import Palette
from frontend.figures.theme import NETWORKS, theme_of

LOGO_PX, LETTERS_PX, VALUES_PX, STRIP_PX = 58, 26, 68, 24


class Box(NamedTuple):
    """A rectangle around positions of a row, on the side of its sign, and what is written above it."""

    start: float
    stop: float
    sign: int
    name: str


class Row(NamedTuple):
    """One subplot: what stands left of it, how high it is, what it draws."""

    label: str
    height: int
    gap: int
    traces: list[Any]
    span: tuple[float, float] = (0.0, 1.0)
    detail: str = ""
    ticks: Mapping[float, str] = {}
    baseline: bool = False
    frame: bool = False
    note: str = ""
    key: str = ""
    boxes: Sequence[Box] = ()


def number(value: float, *, digits: int = 2) -> str:
    """Write a value with a true minus sign."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def positions(window: WindowExplanation) -> list[str]:
    """Name what the window holds at each position: its base, or padding."""
    return [*window.sequence, *["padding"] * window.padding]


def one_hot(sequence: str) -> np.ndarray:
    """Return the sequence as (4, length), unknown bases all zero."""
    hot: np.ndarray = np.array(list(BASES))[:, None] == np.array(list(sequence), dtype="U1")
    return hot.astype(float)


def probability_of(window: WindowExplanation, architecture: str) -> float | None:
    """Return P(bound) by the checkpoint of this architecture."""
    return next((p for name, p in window.probability.items() if name.endswith(f"-{architecture}")), None)


def track_of(window: WindowExplanation, name: str, architecture: str) -> Track | None:
    """Return the track of this name by this network."""
    return next((t for t in window.tracks if t.name == name and t.architecture == architecture), None)


def why_missing(window: WindowExplanation, explanation: str, architecture: str) -> str:
    """Say why there is no track: the reason for a refusal, or that nobody asked."""
    reasons = (reason for key, reason in window.refused.items() if _is_about(key, explanation, architecture))
    return next(reasons, f"{explanation.replace('_', ' ')} was not computed for this network")


def _is_about(key: str, explanation: str, architecture: str) -> bool:
    method, _, checkpoint = key.partition("/")
    return method == explanation and checkpoint.endswith(f"-{architecture}")


def hatch(window: WindowExplanation, *, span: tuple[float, float], dark: bool) -> list[go.Scatter]:
    """Hatch the padding of one row."""
    if not window.padding:
        return []
    left = window.window_start + len(window.sequence) - 0.5
    right, (low, high) = left + window.padding, span
    color = theme_of(dark=dark).padding
    return [
        go.Scatter(
            x=[left, right, right, left],
            y=[low, low, high, high],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillpattern={"shape": "/", "fgcolor": color, "size": 6, "solidity": 0.12, "fgopacity": 0.8},
            hoverinfo="skip",
            showlegend=False,
            name="padding",
        )
    ]


def optimization_row(
    architecture: str,
    *,
    matrix: Sequence[Sequence[float]] | None,
    top: float,
    x0: int,
    gap: int,
    palette: Palette,
    dark: bool,
) -> Row:
    """Draw the sequence that the network likes best, as a logo in bits."""
    title = NETWORKS[architecture]
    label = f"{title} positive class maximisation"
    if matrix is None:
        return Row(label, LOGO_PX, gap, [], note="no class optimisation is stored for this network")
    heights = information_heights(np.array(matrix, dtype=float))
    texts = [
        f"model position {i}<br>" + ", ".join(f"{BASES[b]} {column[b]:.2f}" for b in np.argsort(-column)) + " bits"
        for i, column in enumerate(heights.T)
    ]
    hover = hover_trace(texts, x0=x0, y=top / 2, name=label)
    return Row(
        label,
        LOGO_PX,
        gap,
        [*logo_traces(heights, palette=palette, x0=x0, dark=dark), hover],
        span=(0, top * 1.04),
        detail=f"bits · model positions 0 to {heights.shape[1] - 1}",
        ticks={0: "0", top: number(top)},
        baseline=True,
    )


def letters_row(window: WindowExplanation, *, gap: int, palette: Palette, dark: bool) -> Row:
    """Write the sequence of the window in letters of equal height, padding as dots."""
    theme, x0 = theme_of(dark=dark), window.window_start
    traces = logo_traces(one_hot(window.sequence), palette=palette, x0=x0, dark=dark)
    unknown = np.array([i for i, base in enumerate(window.sequence) if base not in BASES])
    if unknown.size:
        ones = np.ones(unknown.size)
        traces.append(letter_trace("N", x0 + unknown, bottoms=0 * ones, heights=ones, color=theme.padding))
    if window.padding:
        at = x0 + len(window.sequence) + np.arange(window.padding)
        dots = {"size": 3, "color": theme.padding}
        traces.append(
            go.Scatter(
                x=at.astype(np.float32),
                y=np.full(at.size, 0.5, dtype=np.float32),
                mode="markers",
                marker=dots,
                hoverinfo="skip",
                showlegend=False,
                name="padding",
            )
        )
    hover = hover_trace([f"base {base}" for base in positions(window)], x0=x0, name="Test sequence")
    return Row("Test sequence", LETTERS_PX, gap, [*traces, hover])


def heat_trace(values: np.ndarray, *, x0: int) -> go.Heatmap:
    """Draw one value per position as a strip of the height of its row; hover is another trace's work."""
    return go.Heatmap(z=values.astype(np.float32)[None, :], x0=x0, dx=1, y0=0.5, dy=1, hoverinfo="skip")


def temporal_row(window: WindowExplanation, architecture: str, *, direction: str, gap: int, dark: bool) -> Row:
    """Draw P(bound) after every prefix (forward) or of every suffix (backward) as a strip from 0 to 1."""
    label = f"{NETWORKS[architecture]} {direction} temporal output"
    track = track_of(window, f"temporal_{direction}", architecture)
    if track is None:
        note = why_missing(window, "temporal_output", architecture)
        return Row(label, STRIP_PX, gap, [], note=note, frame=True, key="temporal")
    side = "before" if direction == "forward" else "after"
    texts = [
        f"base {base}<br>P(bound) {value:.3f}<br><i>having read this base and all {side} it</i>"
        for base, value in zip(positions(window), track.values, strict=True)
    ]
    strip = heat_trace(np.array(track.values), x0=window.window_start)
    strip.update(coloraxis="coloraxis")
    hover = hover_trace(texts, x0=window.window_start, name=label)
    return Row(label, STRIP_PX, gap, [strip, *hatch(window, span=(0, 1), dark=dark), hover], frame=True, key="temporal")
