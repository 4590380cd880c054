"""Sequence design: start and design as letters, the edits between them, and what both networks say."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.job_live import DesignFrame, DesignLive
from frontend.figures.logo import hover_trace, logo_traces
from frontend.figures.palettes import Palette
from frontend.figures.rows import one_hot
from frontend.figures.theme import axis, base_layout, half_line, plain, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "Upper row: the sequence that the design starts from; lower row: the designed one after the step, its edits "
    "framed and joined to the base they replace. The curves show P(class) by the network that the sequence is made "
    "for (solid) and by the judge, a network of another architecture that never influences the design (dashed). A "
    "high score alone may be a trick on one network: believe a design that both rate highly, and test it."
)
LETTERS_PX, CURVE_PX = 30, 170
_EDIT_PX, _GAP_PX = 26, 84
_MARGIN: Final = {"l": 72, "r": 28, "t": 84, "b": 52}


def design_figure(live: DesignLive, frame: int | None = None, *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw frame number `frame`, the latest by default, above the curves of all; the axes stay where they are."""
    rows = [(0, LETTERS_PX), (0, _EDIT_PX), (0, LETTERS_PX), (_GAP_PX, CURVE_PX)]
    shown = live.frames[-1 if frame is None else min(max(frame, 0), len(live.frames) - 1)] if live.frames else None
    layout = base_layout(
        dark=dark,
        height=sum(sum(row) for row in rows) + _MARGIN["t"] + _MARGIN["b"],
        title=f"Sequence design · {plain(live.checkpoint)} · {plain(live.target)}",
        subtitle=_subtitle(live, shown),
    )
    figure = go.Figure(layout=layout | {"margin": _MARGIN, "hovermode": "closest", "uirevision": live.checkpoint})
    domains = stacked_domains(rows)
    _draw_sequences(figure, live.start, shown, domain=(domains[2][0], domains[0][1]), palette=palette, dark=dark)
    _draw_curves(figure, live, shown, domain=domains[3], palette=palette, dark=dark)
    return figure


def _subtitle(live: DesignLive, shown: DesignFrame | None) -> str:
    if shown is None:
        return "waiting for the first step"
    edits = "1 edit" if shown.n_edits == 1 else f"{shown.n_edits} edits"
    judge = "no judge" if shown.judge_score is None else f"{plain(live.judge or 'judge')} {shown.judge_score:.3f}"
    score = f"P({plain(live.target)}) {shown.score:.3f}"
    return f"{plain(live.method)}, step {shown.step:,} · {edits} · {score} · judge: {judge}"


def _draw_sequences(
    figure: go.Figure,
    start: str,
    shown: DesignFrame | None,
    *,
    domain: tuple[float, float],
    palette: Palette,
    dark: bool,
) -> None:
    """Draw the start above the design, in units of a letter's height."""
    theme = theme_of(dark=dark)
    design = shown.sequence if shown else ""
    between = _EDIT_PX / LETTERS_PX
    lifts = {"start": (start, 1 + between), "design": (design, 0.0)}
    for name, (sequence, lift) in lifts.items():
        for trace in logo_traces(one_hot(sequence), palette=palette, x0=1, dark=dark) if sequence else []:
            figure.add_trace(trace.update(y=np.asarray(trace.y) + np.float32(lift)))
        figure.add_trace(hover_trace([f"base {base}" for base in sequence], x0=1, y=lift + 0.5, name=name))
    edited = [i for i, pair in enumerate(zip(start, design, strict=False), start=1) if pair[0] != pair[1]]
    line = {"color": theme.landmark, "width": 1.5}
    for at in edited:
        frame = {"type": "rect", "x0": at - 0.5, "x1": at + 0.5, "y0": -0.06, "y1": 1.06, "line": line}
        figure.add_shape(xref="x", yref="y", **frame)
        figure.add_shape(type="line", x0=at, x1=at, y0=1.06, y1=0.94 + between, xref="x", yref="y", line=line)
    last = len(start) + 0.5
    title = {"text": "position, counted from 1", "standoff": 6}
    ticks = {"tickvals": [0.5, 1.5 + between], "ticktext": ["design", "start"], "ticks": "", "showgrid": False}
    figure.update_layout(
        xaxis=axis(dark=dark, range=[0.5, last], minallowed=0.5, maxallowed=last, title=title, showgrid=False),
        yaxis=axis(
            dark=dark, domain=list(domain), range=[-0.1, 2.1 + between], fixedrange=True, showline=False, **ticks
        ),
    )


def _draw_curves(
    figure: go.Figure,
    live: DesignLive,
    shown: DesignFrame | None,
    *,
    domain: tuple[float, float],
    palette: Palette,
    dark: bool,
) -> None:
    """Draw both networks' scores over the steps."""
    letters, steps = palette.letters(dark=dark), [frame.step for frame in live.frames]
    looks: list[tuple[str, Sequence[float | None], str, str, str]] = []
    looks.append(
        ("made for " + plain(live.checkpoint), [f.score for f in live.frames], letters["C"], "solid", "circle")
    )
    if live.judge:
        judged = [f.judge_score for f in live.frames]
        looks.append(("judge " + plain(live.judge), judged, letters["T"], "dash", "square"))
    for name, values, color, dash, symbol in looks:
        figure.add_trace(_curve(steps, values, name=name, color=color, dash=dash, symbol=symbol))
    theme, name = theme_of(dark=dark), plain(live.target)
    if shown:
        line = {"color": theme.landmark, "width": 1.5, "dash": "dot"}
        figure.add_shape(type="line", xref="x2", yref="y2", x0=shown.step, x1=shown.step, y0=0, y1=1, line=line)
    figure.add_shape(half_line(dark=dark, horizontal=True) | {"xref": "x2 domain", "yref": "y2"})
    score = {
        "domain": list(domain),
        "range": [-0.03, 1.03],
        "tickvals": [0, 0.5, 1],
        "anchor": "x2",
        "fixedrange": True,
    }
    figure.update_layout(
        xaxis2=axis(dark=dark, range=[0, live.n_steps], anchor="y2", title={"text": "step", "standoff": 6}, nticks=8,
                    tickformat=",d", showgrid=False),
        yaxis2=axis(dark=dark, title=f"P({name})", **score),
        legend={"orientation": "h", "x": 0, "y": domain[1], "yanchor": "bottom"},
    )  # fmt: skip


def _curve(steps: Sequence[int], values: Sequence[float | None], **look: Any) -> go.Scatter:
    return go.Scatter(
        x=list(steps),
        y=list(values),
        name=look["name"],
        mode="lines+markers",
        xaxis="x2",
        yaxis="y2",
        cliponaxis=False,
        line={"color": look["color"], "dash": look["dash"], "width": 2},
        marker={"symbol": look["symbol"], "size": 6, "color": look["color"]},
        hovertemplate=f"step %{{x:,}}<br>{look['name']}: %{{y:.3f}}<extra></extra>",
    )
