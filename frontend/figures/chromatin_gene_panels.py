"""The rows of the gene figure: each a map of marks x bins, some with bars per mark beside it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation, KnockOut, SignalContributions
from frontend.figures.chromatin_frame import (
    Bins,
    amount,
    cell_places,
    cell_texts,
    change_colors,
    change_scale,
    column,
    heat_trace,
    log_scale,
    matrix_of,
    share_scale,
    signed,
    vector_of,
)
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import Palette
from frontend.figures.theme import names_axis, plain, theme_of

MARK_PX, STRIP_PX = 18, 62
ALL_MARKS = "all marks"


class Side(NamedTuple):
    """Bars per mark, beside a map and on its rows; `line` is a dashed reference, `numbers` stand right of the bars."""

    title: str
    trace: go.Bar
    span: tuple[float, float]
    ticks: dict[float, str]
    numbers: list[str]
    line: float = 0.0


class Panel(NamedTuple):
    """One row of the gene figure."""

    key: str
    title: str
    detail: str
    height: int
    trace: go.Heatmap | go.Bar
    yaxis: dict[str, Any]
    scale_title: str = ""
    side: Side | None = None


def panels_of(gene: GeneExplanation, explained: CheckpointExplanation, *, palette: Palette, dark: bool) -> list[Panel]:
    """List the rows that this checkpoint has."""
    options: dict[str, Any] = {"palette": palette, "dark": dark}
    panels = [signal_panel(gene, **options)]
    if explained.bin_attention is not None:
        panels.append(alpha_panel(gene, explained, **options))
    if explained.combined_attention is not None:
        panels.append(combined_panel(gene, explained.combined_attention, **options))
    if explained.contributions is not None:
        panels.append(contributions_panel(gene, explained.contributions, **options))
    if explained.knock_out is not None:
        panels.append(knock_out_panel(gene, explained.knock_out, **options))
        panels.append(strip_panel(gene, explained.knock_out, **options))
    return panels


def bins_of(gene: GeneExplanation) -> Bins:
    """Return where the bins of a gene lie."""
    return Bins(gene.bin_starts_bp, gene.bin_size_bp)


def signal_panel(gene: GeneExplanation, *, palette: Palette, dark: bool) -> Panel:
    """Draw the signal on a scale of log(1 + value), in the file's units."""
    bins = bins_of(gene)
    values = matrix_of(gene.signal, gene.marks, n_bins=len(bins.starts))
    height = MARK_PX * len(gene.marks)
    trace = heat_trace(
        np.log1p(np.maximum(values, 0)),
        cell_places(gene.marks, bins=bins),
        bins=bins,
        name="signal",
        customdata=values,
        hovertemplate="%{text}<br>signal %{customdata:,.6~g}<extra></extra>",
        colorscale=chromatin_colors(palette, dark=dark).signal,
        **log_scale(float(values.max(initial=0)), height=height),
    )
    return Panel("signal", "Signal", "", height, trace, _mark_axis(gene.marks, dark=dark), "signal, log")


def alpha_panel(gene: GeneExplanation, explained: CheckpointExplanation, *, palette: Palette, dark: bool) -> Panel:
    """Draw alpha on one scale for all marks, and beta beside it; one row where the marks share alpha."""
    bins = bins_of(gene)
    shared = explained.shared_bin_attention
    values = matrix_of(explained.bin_attention or [], gene.marks, n_bins=len(bins.starts))[: 1 if shared else None]
    rows = [ALL_MARKS] if shared else gene.marks
    uniform = 1 / len(bins.starts)
    height = 2 * MARK_PX if shared else MARK_PX * len(rows)
    trace = heat_trace(
        values,
        cell_places(rows, bins=bins),
        bins=bins,
        name="alpha",
        colorscale=chromatin_colors(palette, dark=dark).attention,
        **_shares("alpha", values, uniform=uniform),
        **share_scale(float(values.max(initial=0)), uniform=uniform, height=height),
    )
    detail = "one for all marks; its sum is 1" if shared else "where the network looks; each row's sum is 1"
    beta = explained.mark_attention
    side = None if beta is None or shared else _beta_side(beta, gene.marks, palette=palette, dark=dark)
    return Panel(
        "alpha", "Bin attention (alpha)", detail, height, trace, _mark_axis(rows, dark=dark), "alpha", side
    )  # fmt: skip


def _beta_side(beta: Sequence[float], marks: Sequence[str], *, palette: Palette, dark: bool) -> Side:
    values, uniform = vector_of(beta, length=len(marks), what="marks"), 1 / len(marks)
    scale = chromatin_colors(palette, dark=dark).attention
    trace = _bars(values, [f"<b>{plain(mark)}</b>" for mark in marks], colors=[scale[3][1]] * len(marks), dark=dark)
    trace.update(
        name="beta",
        customdata=values / uniform,
        hovertemplate="%{hovertext}<br>beta %{x:.3f} · %{customdata:.2f} x even<extra></extra>",
    )
    ticks = {0.0: "0", uniform: f"{amount(uniform, digits=2)}<br>even", 1.0: "1"}
    numbers = [f"{value:.2f}" for value in values.tolist()]
    return Side("Mark attention (beta)", trace, (0, 1), ticks, numbers, line=uniform)


def _shares(name: str, values: np.ndarray, *, uniform: float) -> dict[str, Any]:
    """Say each share on hover, and how much more it is than an even one."""
    said = f"%{{text}}<br>{name} %{{z:.3~g}} · %{{customdata:.2f}} x even<extra></extra>"
    return {"customdata": values / uniform, "hovertemplate": said}


def combined_panel(
    gene: GeneExplanation, combined: Sequence[Sequence[float]], *, palette: Palette, dark: bool
) -> Panel:
    """Draw beta x alpha: how the network shares its attention out over all cells."""
    bins = bins_of(gene)
    values = matrix_of(combined, gene.marks, n_bins=len(bins.starts))
    uniform = 1 / values.size
    height = MARK_PX * len(gene.marks)
    trace = heat_trace(
        values,
        cell_places(gene.marks, bins=bins),
        bins=bins,
        name="rollout",
        colorscale=chromatin_colors(palette, dark=dark).attention,
        **_shares("beta x alpha", values, uniform=uniform),
        **share_scale(float(values.max(initial=0)), uniform=uniform, height=height),
    )
    return Panel(
        "combined", "Attention rollout (beta x alpha)", "the sum over the map is 1", height, trace,
        _mark_axis(gene.marks, dark=dark), "beta x alpha",
    )  # fmt: skip


def contributions_panel(
    gene: GeneExplanation, contributions: SignalContributions, *, palette: Palette, dark: bool
) -> Panel:
    """Draw what each cell adds to the logit of ON against the reference, and the sum of each mark beside it."""
    bins = bins_of(gene)
    values = matrix_of(contributions.cells, gene.marks, n_bins=len(bins.starts))
    texts = [[_contribution(value) for value in row] for row in values.tolist()]
    trace = heat_trace(
        values, cell_texts(texts, gene.marks, bins=bins), bins=bins,
        colorscale=chromatin_colors(palette, dark=dark).change, **change_scale(values),
    )  # fmt: skip
    sums = vector_of(contributions.marks, length=len(gene.marks), what="marks")
    said = [
        f"<b>{plain(mark)}</b> in all bins<br>{_contribution(value)}"
        for mark, value in zip(gene.marks, sums.tolist(), strict=True)
    ]
    side = _signed_side("Sum of the mark", sums, said, palette=palette, dark=dark)
    total = f"positive: speaks for ON; the cells add up to {signed(contributions.difference)}"
    return Panel(
        "contributions", "Integrated gradients", total, MARK_PX * len(gene.marks), trace,
        _mark_axis(gene.marks, dark=dark), "contribution", side,
    )  # fmt: skip


def _contribution(value: float) -> str:
    words = "it speaks for ON" if value > 0 else "it speaks for OFF" if value < 0 else "like the reference, or idle"
    return f"contributes {signed(value, digits=3)} to logit(ON): {words}"


def knock_out_panel(gene: GeneExplanation, knock_out: KnockOut, *, palette: Palette, dark: bool) -> Panel:
    """Draw what the logit of ON loses without each cell, and without each mark beside it."""
    bins = bins_of(gene)
    values = matrix_of(knock_out.cells, gene.marks, n_bins=len(bins.starts))
    windows = _windows(bins, width=knock_out.width)
    texts = [
        [f"<b>{plain(mark)}</b> · {window}<br>{_effect(value)}" for window, value in zip(windows, row, strict=True)]
        for mark, row in zip(gene.marks, values.tolist(), strict=True)
    ]
    trace = heat_trace(
        values, texts, bins=bins, colorscale=chromatin_colors(palette, dark=dark).change, **change_scale(values)
    )
    marks = vector_of(knock_out.marks, length=len(gene.marks), what="marks")
    detail = "positive: speaks for ON; the logit as it is minus knocked out"
    return Panel(
        "knock_out", f"Knock-out of {_window_words(knock_out.width)} of one mark", detail,
        MARK_PX * len(gene.marks), trace, _mark_axis(gene.marks, dark=dark), "logit lost",
        _marks_side(marks, gene.marks, palette=palette, dark=dark),
    )  # fmt: skip


def _marks_side(values: np.ndarray, marks: Sequence[str], *, palette: Palette, dark: bool) -> Side:
    texts = [
        f"<b>{plain(mark)}</b> in all bins<br>{_effect(value)}"
        for mark, value in zip(marks, values.tolist(), strict=True)
    ]
    return _signed_side("Whole mark", values, texts, palette=palette, dark=dark)


def _signed_side(title: str, values: np.ndarray, texts: list[str], *, palette: Palette, dark: bool) -> Side:
    """Draw one signed bar per mark."""
    top = float(np.abs(values).max(initial=0)) or 1.0
    trace = _bars(values, texts, colors=change_colors(values, palette=palette, dark=dark), dark=dark)
    ticks = {-top: signed(-top), 0.0: "0", top: signed(top)}
    return Side(title, trace, (-1.04 * top, 1.04 * top), ticks, column(values.tolist()))


def strip_panel(gene: GeneExplanation, knock_out: KnockOut, *, palette: Palette, dark: bool) -> Panel:
    """Draw what the logit of ON loses without all marks of each bin."""
    bins = bins_of(gene)
    values = vector_of(knock_out.bins, length=len(bins.starts), what="bins")
    windows = _windows(bins, width=knock_out.width)
    texts = [f"<b>{ALL_MARKS}</b> · {w}<br>{_effect(v)}" for w, v in zip(windows, values.tolist(), strict=True)]
    trace = go.Bar(
        x=bins.centers,
        y=values.astype(np.float32),
        width=bins.size,
        marker={"color": change_colors(values, palette=palette, dark=dark), "line": {"width": 0}},
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    title = f"Knock-out of {_window_words(knock_out.width)} of {ALL_MARKS}"
    return Panel("strip", title, "positive: speaks for ON", STRIP_PX, trace, _strip_axis(values, dark=dark))


def _strip_axis(values: np.ndarray, *, dark: bool) -> dict[str, Any]:
    """Return an axis that holds 0 and all values, with ticks that do not touch."""
    low, high = min(0.0, float(values.min(initial=0))), max(0.0, float(values.max(initial=0)))
    size = (high - low) or 1.0
    limits = {low: signed(low), high: signed(high)} if high - low else {}
    ticks = {0.0: "0"} | {value: text for value, text in limits.items() if abs(value) > size / 4}
    own = names_axis([], dark=dark)
    return own | {
        "range": [low - 0.06 * size, high + 0.06 * size],
        "tickvals": list(ticks),
        "ticktext": list(ticks.values()),
        "tickfont": {"size": 11, "color": theme_of(dark=dark).muted},
        "showgrid": False,
        "zeroline": True,
        "zerolinecolor": theme_of(dark=dark).padding,
        "zerolinewidth": 1,
    }


def _bars(values: np.ndarray, texts: list[str], *, colors: list[str], dark: bool) -> go.Bar:
    return go.Bar(
        x=values.astype(np.float32),
        y=np.arange(values.size),
        orientation="h",
        width=0.66,
        marker={"color": colors, "line": {"color": theme_of(dark=dark).padding, "width": 0.5}},
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _mark_axis(rows: Sequence[str], *, dark: bool) -> dict[str, Any]:
    font = {"size": 12, "color": theme_of(dark=dark).ink}
    return names_axis([plain(row, limit=16) for row in rows], dark=dark, tickfont=font, showgrid=False)


def _windows(bins: Bins, *, width: int) -> list[str]:
    """Name the bins that fall out together: `width` around each bin, cut off at the edges."""
    n, before = len(bins.starts), (width - 1) // 2
    return [bins.text(max(0, i - before), min(n - 1, i - before + width - 1)) for i in range(n)]


def _window_words(width: int) -> str:
    return "one bin" if width == 1 else f"{width} bins"


def _effect(value: float) -> str:
    """Say what a loss means, in the words of `_contribution`."""
    words = "it speaks for ON" if value > 0 else "it speaks for OFF" if value < 0 else "no effect"
    return f"without it logit(ON) changes by {signed(0.0 - value, digits=3)}: {words}"
