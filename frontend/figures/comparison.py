"""Several models on one sequence: their maps on one scale, what they share, and where they differ."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.schemas.comparisons import Comparison
from frontend.figures.logo import extent, hover_trace, logo_traces
from frontend.figures.palettes import Palette
from frontend.figures.rows import number, one_hot
from frontend.figures.theme import axis, base_layout, plain, quiet, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "All rows share one axis: drag to zoom, double-click to go back. Where models agree they may still be wrong "
    "together; where they disagree, not all of them can be right.\n"
    "Models: the contributions of each, divided by their sum without signs, so a letter's height is the share of the "
    "model's whole explanation that rests on this base, on one scale for all models. Letters above the line speak for "
    "binding, letters below against.\n"
    "Consensus: the mean share where all models have the same sign, nothing elsewhere.\n"
    "Disagreement: the greatest minus the least share; the numbered bands are where its sum is largest, each spelt out "
    "below.\n"
    "Average: the mean of the contributions as they are, in units of the logit."
)

_MARGIN: Final = {"l": 232, "r": 76, "t": 74, "b": 50}
_LETTERS_PX, _VALUES_PX = 26, 74


class _Row(NamedTuple):
    label: str
    detail: str
    height: int
    gap: int
    traces: list[Any]
    span: tuple[float, float] = (0.0, 1.0)
    ticks: Mapping[float, str] = {}
    baseline: bool = False


def comparison_figure(comparison: Comparison, *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw the models' shares on one scale, consensus, disagreement, and the average model."""
    rows = _rows(comparison, palette=palette, dark=dark)
    domains = stacked_domains([(row.gap, row.height) for row in rows])
    height = sum(row.height + row.gap for row in rows) + _MARGIN["t"] + _MARGIN["b"]
    n = len(comparison.models)
    title = f"{n} models on one sequence of {len(comparison.sequence)} bases"
    subtitle = "Forward as given, 5' to 3'; positions count from 0. Letters above the line speak for bound."
    layout = base_layout(dark=dark, height=height, title=title, subtitle=subtitle)
    figure = go.Figure(layout=layout | _shared(comparison, n_rows=len(rows), dark=dark))
    for index, (row, domain) in enumerate(zip(rows, domains, strict=True), start=1):
        _add_row(figure, row, index=index, domain=domain, dark=dark)
    _add_bands(figure, comparison, dark=dark)
    return figure


def _rows(comparison: Comparison, *, palette: Palette, dark: bool) -> list[_Row]:
    options: dict[str, Any] = {"palette": palette, "dark": dark}
    shares = [np.array(model.shares) for model in comparison.models]
    lows, highs = zip(*(extent(_heights(comparison, row)) for row in shares), strict=True)
    limits = (min(lows), max(highs))
    models = [
        _letters(
            comparison, row, plain(model.title, limit=28), f"P(bound) {model.probability:.3f}",
            gap=10 if i else 16, limits=limits, unit="%", **options,
        )
        for i, (model, row) in enumerate(zip(comparison.models, shares, strict=True))
    ]  # fmt: skip
    n = len(comparison.sequence)
    agreed = f"same sign at {comparison.n_agreeing} of {n} bases"
    mean = np.array(comparison.average.contributions)
    return [
        _sequence(comparison, **options),
        *models,
        _letters(comparison, np.array(comparison.consensus), "<b>Consensus</b>", agreed, gap=18, limits=limits,
                 unit="%", **options),
        _spread(comparison, dark=dark),
        _letters(comparison, mean, "<b>Average model</b>", f"mean P(bound) {comparison.average.probability:.3f}, logit",
                 gap=18, limits=extent(_heights(comparison, mean)), unit="logit", **options),
    ]  # fmt: skip


def _heights(comparison: Comparison, values: np.ndarray) -> np.ndarray:
    heights: np.ndarray = one_hot(comparison.sequence) * values
    return heights


def _sequence(comparison: Comparison, *, palette: Palette, dark: bool) -> _Row:
    traces = logo_traces(one_hot(comparison.sequence), palette=palette, dark=dark)
    hover = hover_trace([f"base {base}" for base in comparison.sequence], name="Sequence")
    return _Row("Sequence", "", _LETTERS_PX, 0, [*traces, hover])


def _letters(
    comparison: Comparison, values: np.ndarray, label: str, detail: str, *, gap: int, limits: tuple[float, float],
    unit: str, palette: Palette, dark: bool,
) -> _Row:  # fmt: skip
    """Draw signed values as letters on the given scale."""
    low, high = limits
    size = (high - low) or 1.0
    texts = [
        f"base {base}<br>{_amount(value, unit)}<br><i>{_meaning(value)}</i>"
        for base, value in zip(comparison.sequence, values.tolist(), strict=True)
    ]
    ticks = {value: _amount(value, unit) for value in (low, high) if abs(value) > size / 8} | {0.0: "0"}
    hover = hover_trace(texts, y=(low + high) / 2, name=label)
    return _Row(
        label, detail, _VALUES_PX, gap,
        [*logo_traces(_heights(comparison, values), palette=palette, dark=dark), hover],
        span=(low - 0.06 * size, high + 0.06 * size), ticks=ticks, baseline=True,
    )  # fmt: skip


def _spread(comparison: Comparison, *, dark: bool) -> _Row:
    """Draw the disagreement as bars; those of the bands are dark."""
    values = np.array(comparison.disagreement)
    theme = theme_of(dark=dark)
    inside = {i for span in comparison.spans for i in range(span.start, span.stop)}
    colors = [theme.landmark if i in inside else theme.padding for i in range(len(values))]
    texts = [f"base {base}<br>{_lines(comparison, i)}" for i, base in enumerate(comparison.sequence)]
    top = float(values.max(initial=0)) or 1.0
    bars = go.Bar(
        x=np.arange(len(values)), y=values.astype(np.float32), width=0.8, marker={"color": colors},
        hovertext=texts, hovertemplate="<b>Disagreement</b><br>position %{x}<br>%{hovertext}<extra></extra>",
        showlegend=False,
    )  # fmt: skip
    return _Row(
        "<b>Disagreement</b>", "greatest minus least share", _VALUES_PX, 14, [bars], span=(0, 1.04 * top),
        ticks={0.0: "0", top: f"{top:.1%}".replace("%", " %")}, baseline=True,
    )  # fmt: skip


def _lines(comparison: Comparison, index: int) -> str:
    said = [f"{plain(m.title, limit=34)}: {_amount(m.shares[index], '%')}" for m in comparison.models]
    return "<br>".join([*said, f"spread {_amount(comparison.disagreement[index], '%').lstrip('+')}"])


def _amount(value: float, unit: str) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{abs(value) * 100:.1f} %" if unit == "%" else f"{sign}{number(abs(value), digits=2)}"


def _meaning(value: float) -> str:
    return "speaks for bound" if value > 0 else "speaks against bound" if value < 0 else "says nothing"


def _shared(comparison: Comparison, *, n_rows: int, dark: bool) -> dict[str, Any]:
    theme, n = theme_of(dark=dark), len(comparison.sequence)
    x = axis(
        dark=dark, anchor=f"y{n_rows}", range=[-0.5, n - 0.5], minallowed=-0.5, maxallowed=n - 0.5, nticks=14,
        showgrid=False, showline=False, showspikes=True, spikemode="across", spikesnap="hovered data",
        spikethickness=0 if dark else 1,  # as in the sequence dashboard
        spikedash="solid", spikecolor=theme.padding,
        title={"text": "position in the sequence, 0-based, 5' to 3'", "standoff": 8},
    )  # fmt: skip
    return {
        "margin": _MARGIN, "hovermode": "closest", "hoverdistance": -1, "dragmode": "zoom", "showlegend": False,
        "bargap": 0, "uirevision": comparison.sequence, "xaxis": x,
    }  # fmt: skip


def _add_row(figure: go.Figure, row: _Row, *, index: int, domain: tuple[float, float], dark: bool) -> None:
    theme = theme_of(dark=dark)
    for trace in row.traces:
        figure.add_trace(trace.update(xaxis="x", yaxis=f"y{index}"))
    y = axis(
        dark=dark, anchor="x", domain=list(domain), range=list(row.span), fixedrange=True, side="right", showgrid=False,
        showline=False, zeroline=row.baseline, zerolinecolor=theme.padding, zerolinewidth=1, tickvals=list(row.ticks),
        ticktext=list(row.ticks.values()), tickfont={"size": 11, "color": theme.muted},
    )  # fmt: skip
    figure.update_layout({f"yaxis{index}": y})
    detail = f"<br>{quiet(row.detail, dark=dark)}" if row.detail else ""
    figure.add_annotation(
        text=row.label + detail, x=0, xref="paper", xanchor="right", xshift=-12, y=sum(domain) / 2, yref="paper",
        yanchor="middle", align="right", showarrow=False, font={"size": 12, "color": theme.ink},
    )  # fmt: skip


def _add_bands(figure: go.Figure, comparison: Comparison, *, dark: bool) -> None:
    """Shade where the models disagree most, through all rows, each band with its number."""
    color = theme_of(dark=dark).landmark
    for place, span in enumerate(comparison.spans, start=1):
        across: dict[str, Any] = {"xref": "x", "x0": span.start - 0.5, "x1": span.stop - 0.5}
        figure.add_shape(
            type="rect", yref="paper", y0=0, y1=1, layer="below", fillcolor=color, opacity=0.09, line={"width": 0},
            **across,
        )  # fmt: skip
        figure.add_annotation(
            text=f"<b>{place}</b>", x=(span.start + span.stop - 1) / 2, xref="x", y=1, yref="paper", yanchor="bottom",
            showarrow=False, font={"size": 12, "color": color},
        )  # fmt: skip
