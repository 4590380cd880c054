"""The signals of a gene as they are and as edited, one track per mark, on which a range of bins can be drawn."""

from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.schemas.chromatin_analyses import GeneExplanation
from frontend.figures.chromatin_frame import Bins, add_tss, amount, bp_axis, matrix_of, write_heading
from frontend.figures.marks import mark_series
from frontend.figures.palettes import Palette
from frontend.figures.theme import base_layout, names_axis, plain, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "Bars: the signal as edited. Grey line: as in the file. Drag across a track to choose bins of that mark, then pull "
    "the slider; or choose mark and bins by number. Each track has its own scale, in the file's unit."
)
_MARGIN: Final = {"l": 52, "r": 20, "t": 8, "b": 46}
_TRACK_PX, _GAP_PX = 40, 20


class Chosen(NamedTuple):
    """Bins of a mark, counted from 0."""

    mark: str
    first: int
    last: int


def edit_figure(gene: GeneExplanation, chosen: Chosen, *, palette: Palette, dark: bool) -> go.Figure:
    """Draw every mark's signal before any edit, and the chosen bins; the browser draws edits into it, by names."""
    bins = Bins(gene.bin_starts_bp, gene.bin_size_bp)
    signal = matrix_of(gene.signal, gene.marks, n_bins=len(bins.starts))
    domains = stacked_domains([(_GAP_PX, _TRACK_PX)] * len(gene.marks))
    height = (_GAP_PX + _TRACK_PX) * len(gene.marks) + _MARGIN["t"] + _MARGIN["b"]
    figure = go.Figure(layout=base_layout(dark=dark, height=height) | _shared(gene, bins, dark=dark))
    for index, (mark, domain) in enumerate(zip(gene.marks, domains, strict=True)):
        for trace in _track(mark, signal[index], bins=bins, palette=palette, dark=dark):
            figure.add_trace(trace.update(xaxis="x", yaxis=f"y{index + 1}"))
        top = float(signal[index].max(initial=0)) or 1.0
        figure.update_layout({f"yaxis{index + 1}": _axis(top, domain, dark=dark)})
        write_heading(figure, f"<b>{plain(mark, limit=16)}</b>", y=domain[1], dark=dark)
        write_heading(figure, "edited", x=1, y=domain[1], dark=dark)
        figure.layout.annotations[-1].update(name=f"edited {mark}", xanchor="right", visible=False)
    add_tss(figure, domains, dark=dark)
    return figure.update_layout(shapes=[*figure.layout.shapes, chosen_band(gene, chosen, dark=dark)])


def chosen_band(gene: GeneExplanation, chosen: Chosen, *, dark: bool) -> dict[str, Any]:
    """Return the frame around the chosen bins."""
    row = gene.marks.index(chosen.mark) + 1
    color = theme_of(dark=dark).landmark
    return {
        "name": "chosen", "type": "rect", "xref": "x", "x0": gene.bin_starts_bp[chosen.first],
        "x1": gene.bin_starts_bp[chosen.last] + gene.bin_size_bp, "yref": f"y{row} domain" if row > 1 else "y domain",
        "y0": 0, "y1": 1, "fillcolor": color, "opacity": 0.16, "line": {"color": color, "width": 2}, "layer": "above",
    }  # fmt: skip


def _track(mark: str, signal: np.ndarray, *, bins: Bins, palette: Palette, dark: bool) -> tuple[go.Bar, go.Scatter]:
    bars = go.Bar(
        name=mark, x=bins.centers, y=signal.astype(np.float32), width=bins.size,
        marker={"color": mark_series(mark, palette=palette, dark=dark).color, "line": {"width": 0}},
        hovertext=[f"<b>{plain(mark)}</b> · {bins.text(i)}" for i in range(len(bins.starts))], customdata=signal,
        hovertemplate="%{hovertext}<br>as edited %{y:,.6~g}<br>in the file %{customdata:,.6~g}<extra></extra>",
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
    )  # fmt: skip
    edges = np.append(np.array(bins.starts, np.float32), bins.right)
    line = go.Scatter(
        x=edges, y=np.append(signal, signal[-1:]).astype(np.float32), mode="lines", hoverinfo="skip",
        line={"color": theme_of(dark=dark).muted, "width": 1, "shape": "hv"},
    )  # fmt: skip
    return bars, line


def _axis(top: float, domain: tuple[float, float], *, dark: bool) -> dict[str, Any]:
    own = names_axis([], dark=dark)
    return own | {
        "range": [0, 1.04 * top], "domain": list(domain), "anchor": "x", "automargin": False, "showgrid": False,
        "tickvals": [0, top], "ticktext": ["0", amount(top)], "zeroline": True,
        "tickfont": {"size": 11, "color": theme_of(dark=dark).muted}, "zerolinecolor": theme_of(dark=dark).padding,
    }  # fmt: skip


def _shared(gene: GeneExplanation, bins: Bins, *, dark: bool) -> dict[str, Any]:
    theme = theme_of(dark=dark)
    return {
        "margin": _MARGIN, "showlegend": False, "bargap": 0, "hovermode": "closest", "dragmode": "select",
        "selectdirection": "h", "uirevision": f"edit/{gene.gene}",
        "newselection": {"line": {"color": theme.landmark, "width": 1}},
        "xaxis": bp_axis(
            bins, dark=dark, anchor=f"y{len(gene.marks)}", fixedrange=True, showline=False,
            title={"text": "bp relative to the TSS, 5' to 3'", "standoff": 8},
        ),
    }  # fmt: skip
