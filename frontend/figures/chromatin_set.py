"""A set of genes: where the network looks on average, and how far that follows a signal that it has not seen."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.chromatin_analyses import AttentionAverage
from frontend.figures.chromatin_frame import (
    Bins,
    add_tss,
    amount,
    bp_axis,
    matrix_of,
    spread_labels,
    two_decimals,
    vector_of,
    whole,
    write_heading,
)
from frontend.figures.marks import mark_series
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, plain, quiet, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "Each curve is the attention over bins (alpha) of one mark, averaged over the genes of the set. Unscaled, the "
    "dashed level is what every bin would get without any preference (1 / number of bins): a curve that stays there "
    "says that the network looks nowhere in particular. Scaled, every curve runs from its own least (0) to its own "
    "greatest value (1), as on the poster of AttentiveChrome: compare shapes, not heights, and do not read a scaled "
    "curve without the unscaled one, as noise is stretched to full height too. The black curve above is the mean "
    "signal of the same genes in a file that the network has not seen. Pearson's r says how far an attention curve "
    "follows it over the bins: 1 is the same shape, 0 none, below 0 the opposite. Neighbouring bins are alike, so "
    "an r of 100 bins rests on far fewer independent ones."
)

_MARGIN: Final = {"l": 74, "r": 110, "t": 70, "b": 50}
_CURVES_PX, _COVERAGE_PX, _LABEL_PX = 300, 96, 17
_HEAD_PX: Final = 44  # the word TSS stands between the first heading and its row


def attention_figure(
    average: AttentionAverage,
    *,
    title: str,
    scaled: bool = False,
    signal: str | None = None,
    palette: Palette,
    dark: bool = False,
) -> go.Figure:
    """Draw mean alpha per mark, as it is or scaled to 0..1, below the coverage of `signal` (default: an extra one)."""
    bins = Bins(average.bin_starts_bp, average.bin_size_bp)
    alpha = matrix_of(average.bin_attention, average.marks, n_bins=len(bins.starts))
    covered = signal or next((name for name in average.coverage if name not in average.marks), None)
    rows = [(_HEAD_PX, _COVERAGE_PX), (_HEAD_PX + 10, _CURVES_PX)] if covered else [(_HEAD_PX, _CURVES_PX)]
    domains = stacked_domains(rows)
    height = sum(sum(row) for row in rows) + _MARGIN["t"] + _MARGIN["b"]
    layout = base_layout(dark=dark, height=height, title=_title(average, title), subtitle=_subtitle(average, covered))
    figure = go.Figure(layout=layout | _axes(average, bins, domain=domains[-1], dark=dark))
    drawn = _min_max(alpha) if scaled else alpha
    for mark, values, as_is in zip(average.marks, drawn, alpha, strict=True):
        figure.add_trace(_curve(mark, values, as_is=as_is, bins=bins, palette=palette, dark=dark))
    _add_scale(figure, drawn, scaled=scaled, domain=domains[-1], dark=dark)
    _add_end_labels(figure, average.marks, drawn, bins=bins, palette=palette, dark=dark)
    if covered:
        _add_coverage(figure, average, covered, bins=bins, domain=domains[0], dark=dark)
    add_tss(figure, domains, dark=dark)
    return figure


def _title(average: AttentionAverage, title: str) -> str:
    genes = "gene" if average.n_genes == 1 else "genes"
    return f"Mean bin attention · {plain(title, limit=48)} · {whole(average.n_genes)} {genes}"


def _subtitle(average: AttentionAverage, covered: str | None) -> str:
    """Name the set, and Pearson's r of every mark with the signal above, the highest first."""
    found = [c for c in average.correlations if c.signal == covered]
    ranked = sorted(found, key=lambda c: -np.inf if c.r is None else c.r, reverse=True)
    values = [f"{plain(c.mark, limit=16)} {'undefined' if c.r is None else two_decimals(c.r)}" for c in ranked]
    selection = plain(average.selection, limit=90)
    if not values or covered is None:
        return selection
    return f"{selection}<br>Pearson's r with {plain(covered, limit=24)}: {' · '.join(values)}"


def _axes(average: AttentionAverage, bins: Bins, *, domain: tuple[float, float], dark: bool) -> dict[str, Any]:
    return {
        "margin": _MARGIN,
        "hovermode": "closest",
        "showlegend": False,
        "uirevision": f"set/{average.checkpoint}",
        "xaxis": bp_axis(bins, dark=dark, anchor="y"),
        "yaxis": axis(dark=dark, domain=list(domain), anchor="x", fixedrange=True, showgrid=False),
    }


def _min_max(alpha: np.ndarray) -> np.ndarray:
    """Scale each row from its least value (0) to its greatest (1); a constant row is 0."""
    low = alpha.min(axis=1, keepdims=True)
    size = alpha.max(axis=1, keepdims=True) - low
    scaled: np.ndarray = np.divide(alpha - low, size, out=np.zeros_like(alpha), where=size > 0)
    return scaled


def _curve(mark: str, values: np.ndarray, *, as_is: np.ndarray, bins: Bins, palette: Palette, dark: bool) -> go.Scatter:
    look = mark_series(mark, palette=palette, dark=dark)
    even = 1 / len(bins.starts)
    texts = [
        f"<b>{look.title}</b> · {bins.text(i)}<br>mean alpha {value:.4g} · {value / even:.2f} x even"
        for i, value in enumerate(as_is.tolist())
    ]
    return go.Scatter(
        x=bins.centers,
        y=values.astype(np.float32),
        name=look.title,
        mode="lines",
        line={"color": look.color, "dash": look.dash, "width": 2.2},
        text=texts,
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )


def _add_scale(figure: go.Figure, drawn: np.ndarray, *, scaled: bool, domain: tuple[float, float], dark: bool) -> None:
    """Set the range of the attention axis, and draw what no preference would be."""
    theme = theme_of(dark=dark)
    even = 1 / drawn.shape[1]
    detail = (
        "each curve from its least to its greatest value"
        if scaled
        else (f"unscaled; dashed level: even, 1 / {drawn.shape[1]} = {amount(even)}")
    )
    write_heading(
        figure, f"<b>Bin attention (alpha)</b> {quiet(f'· {detail}', dark=dark)}", y=domain[1], dark=dark, lift=20
    )
    if scaled:
        figure.update_yaxes(range=[-0.04, 1.04], tickvals=[0, 0.5, 1], title={"text": "scaled alpha"}, selector=0)
        return
    low, high = min(even, float(drawn.min())), max(even, float(drawn.max()))
    pad = 0.06 * (high - low) or even / 10
    figure.update_yaxes(range=[max(0.0, low - pad), high + pad], nticks=6, title={"text": "mean alpha"}, selector=0)
    line = {"color": theme.muted, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=even, y1=even, line=line, layer="below")


def _add_end_labels(
    figure: go.Figure, marks: Sequence[str], drawn: np.ndarray, *, bins: Bins, palette: Palette, dark: bool
) -> None:
    """Name each curve where it ends, moved apart where ends meet, with a thread to the curve."""
    low, high = figure.layout.yaxis.range
    ends = (drawn[:, -1] - low) / (high - low) * _CURVES_PX
    for mark, value, at, end in zip(
        marks, drawn[:, -1], spread_labels(ends, distance=_LABEL_PX, top=_CURVES_PX), ends, strict=True
    ):
        look = mark_series(mark, palette=palette, dark=dark)
        figure.add_annotation(
            text=f"<b>{plain(mark, limit=12)}</b>",
            x=float(bins.centers[-1]),
            y=float(value),
            ax=26,
            ay=float(end - at),
            xanchor="left",
            align="left",
            showarrow=True,
            arrowhead=0,
            arrowwidth=1,
            arrowcolor=look.color,
            font={"size": 12, "color": look.color},
        )


def _add_coverage(
    figure: go.Figure, average: AttentionAverage, signal: str, *, bins: Bins, domain: tuple[float, float], dark: bool
) -> None:
    """Draw the mean of a signal in a row of its own, in the colour of the ink."""
    theme = theme_of(dark=dark)
    values = vector_of(average.coverage[signal], length=len(bins.starts), what="bins")
    texts = [
        f"<b>{plain(signal)}</b> · {bins.text(i)}<br>mean signal {value:,.4g}"
        for i, value in enumerate(values.tolist())
    ]
    figure.add_trace(
        go.Scatter(
            x=bins.centers,
            y=values.astype(np.float32),
            yaxis="y2",
            name=plain(signal),
            mode="lines",
            line={"color": theme.ink, "width": 2},
            text=texts,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    top = float(values.max(initial=0)) or 1.0
    own = {"range": [0, 1.06 * top], "nticks": 4, "domain": list(domain), "anchor": "x", "fixedrange": True}
    figure.update_layout(yaxis2=axis(dark=dark, showgrid=False, title={"text": "mean signal"}, **own))
    detail = "mean of the same genes" if signal in average.marks else "mean of the same genes, not seen by the network"
    write_heading(
        figure, f"<b>{plain(signal, limit=40)}</b> {quiet(f'· {detail}', dark=dark)}", y=domain[1], dark=dark, lift=20
    )
