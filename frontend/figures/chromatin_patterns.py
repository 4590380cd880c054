"""Class-optimised pattern maps: the signal that a network likes best for ON and for OFF."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.chromatin_catalog import PatternMap
from frontend.figures.chromatin_frame import (
    Bins,
    add_tss,
    bp_axis,
    cell_texts,
    heat_trace,
    matrix_of,
    vector_of,
    write_heading,
)
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import Palette
from frontend.figures.theme import base_layout, names_axis, plain, quiet, stacked_domains, theme_of

HOW_TO_READ: Final = (
    "No gene looks like this: it is the signal that gradient descent found when asked for the input that the network "
    "likes best for ON, or for OFF, divided by its greatest value. Cells below 0.25 are called inactive. In brackets "
    "stands the mean of the row, and the bars count the active bins of each mark; marks with more than the others are "
    "the ones that the class asks for. In the published space the values lie between 0 and 1 although the networks "
    "were trained on read counts up to hundreds: the map probes the network far from its data. The log1p map, ours, "
    "stays on the scale of real signals."
)

SPACES: Final = {
    "published": "published space: values 0 to 1, off the range of read counts",
    "log1p": "log1p space, ours: log(1 + signal), on the range of the data",
}
_CLASSES: Final = ("inactive, below 0.25", "0.25 to 0.5", "0.5 to 0.75", "0.75 to 1")
_MARGIN: Final = {"l": 24, "r": 48, "t": 100, "b": 50}
_MARK_PX, _HEAD_PX, _GAP_PX = 24, 26, 18
_MAPS: Final = (0.0, 0.62)
_BARS: Final = (0.84, 1.0)


def pattern_figure(
    maps: Sequence[PatternMap],
    bins: Bins,
    *,
    marks: Sequence[str],
    title: str,
    palette: Palette,
    dark: bool = False,
) -> go.Figure:
    """Draw the maps below each other, ON first, in the four classes of DeepChrome, with counts of active bins."""
    ordered = sorted(maps, key=lambda m: m.target != "ON")
    rows = [(_HEAD_PX + (_GAP_PX if i else 0), _MARK_PX * len(marks)) for i in range(len(ordered))]
    spaces = dict.fromkeys(SPACES.get(m.space, plain(m.space)) for m in ordered)
    layout = base_layout(
        dark=dark,
        height=sum(sum(row) for row in rows) + _MARGIN["t"] + _MARGIN["b"],
        title=f"Class-optimised patterns · {plain(title)}",
        subtitle="; ".join(spaces) or "no pattern map is stored for this checkpoint",
    )
    figure = go.Figure(layout=layout | _shared(bins, n_maps=len(ordered), dark=dark))
    if not ordered:
        return figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False})
    most = max(max(m.active_bins, default=0) for m in ordered)
    domains = stacked_domains(rows)
    for index, (pattern, domain) in enumerate(zip(ordered, domains, strict=True)):
        options: dict[str, Any] = {"index": index, "domain": domain, "palette": palette, "dark": dark}
        _add_map(figure, pattern, bins, marks=marks, **options)
        _add_bars(figure, pattern, marks=marks, most=most, index=index, domain=domain, dark=dark)
    add_legend(figure, palette=palette, dark=dark)
    add_tss(figure, domains, dark=dark, halo=True)
    return figure


def _shared(bins: Bins, *, n_maps: int, dark: bool) -> dict[str, Any]:
    anchor = "y" if n_maps < 2 else f"y{2 * n_maps - 1}"
    return {
        "margin": _MARGIN,
        "hovermode": "closest",
        "legend": {
            "orientation": "h", "x": 0, "xref": "paper", "y": 1, "yanchor": "bottom", "yref": "paper",
            "itemclick": False, "itemdoubleclick": False, "font": {"size": 12},
        },
        "xaxis": bp_axis(bins, dark=dark, domain=list(_MAPS), anchor=anchor, showline=False),
    }  # fmt: skip


def _add_map(
    figure: go.Figure,
    pattern: PatternMap,
    bins: Bins,
    *,
    marks: Sequence[str],
    index: int,
    domain: tuple[float, float],
    palette: Palette,
    dark: bool,
) -> None:
    """Draw one map in four colours, its row labels right of it."""
    values = matrix_of(pattern.values, marks, n_bins=len(bins.starts))
    texts = [[f"{value:.2f} of the greatest value" for value in row] for row in values.tolist()]
    name = "y" if index == 0 else f"y{2 * index + 1}"
    trace = heat_trace(
        values,
        cell_texts(texts, marks, bins=bins),
        bins=bins,
        zmin=0,
        zmax=1,
        colorscale=stepped(chromatin_colors(palette, dark=dark).pattern),
        showscale=False,
        xaxis="x",
        yaxis=name,
    )
    figure.add_trace(trace)
    labels = [f"( {mean:.2f} ) {plain(m, limit=16)}" for m, mean in zip(marks, pattern.means, strict=True)]
    theme = theme_of(dark=dark)
    own = names_axis(labels, dark=dark, side="right", anchor="free", position=_MAPS[1], domain=list(domain),
                     showgrid=False, automargin=False, tickfont={"size": 12, "color": theme.ink})  # fmt: skip
    figure.update_layout({name.replace("y", "yaxis"): own})
    line = {"color": theme.padding, "width": 1}
    place = {"x0": _MAPS[0], "x1": _MAPS[1], "y0": domain[0], "y1": domain[1]}
    figure.add_shape(type="rect", xref="paper", yref="paper", line=line, **place)
    write_heading(figure, f"<b>{plain(pattern.target)}</b>", x=_MAPS[0], y=domain[1], dark=dark)


def _add_bars(
    figure: go.Figure,
    pattern: PatternMap,
    *,
    marks: Sequence[str],
    most: int,
    index: int,
    domain: tuple[float, float],
    dark: bool,
) -> None:
    """Draw the number of active bins of each mark, on one scale for all maps."""
    across, along = f"x{index + 2}", f"y{2 * index + 2}"
    figure.add_trace(_bars(pattern, marks, dark=dark).update(xaxis=across, yaxis=along))
    hidden = {"visible": False, "fixedrange": True}
    width = {"range": [0, max(most, 1)], "domain": list(_BARS), "anchor": along}
    span = {"range": [len(marks) - 0.5, -0.5], "domain": list(domain), "anchor": across}
    figure.update_layout({across.replace("x", "xaxis"): width | hidden, along.replace("y", "yaxis"): span | hidden})
    heading = f"<b>Active bins</b> {quiet(f'of {len(pattern.values[0])}', dark=dark)}"
    write_heading(figure, heading, x=_BARS[0], y=domain[1], dark=dark)


def _bars(pattern: PatternMap, marks: Sequence[str], *, dark: bool) -> go.Bar:
    """Return grey bars that end in their counts."""
    counts = vector_of(pattern.active_bins, length=len(marks), what="marks")
    theme = theme_of(dark=dark)
    return go.Bar(
        x=counts,
        y=np.arange(len(marks)),
        orientation="h",
        width=0.66,
        marker={"color": theme.padding},
        text=[f"{count:.0f}" for count in counts],
        textposition="outside",
        textfont={"color": theme.ink},
        cliponaxis=False,
        hovertext=[f"<b>{plain(mark)}</b><br>{n:.0f} active bins" for mark, n in zip(marks, counts, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def stepped(colors: Sequence[str]) -> list[list[Any]]:
    """Return a scale from 0 to 1 of equal steps without blending."""
    edges = np.linspace(0, 1, len(colors) + 1).tolist()
    return [[edge, color] for i, color in enumerate(colors) for edge in edges[i : i + 2]]


def add_legend(figure: go.Figure, *, palette: Palette, dark: bool) -> None:
    """Say what the four colours mean."""
    outline = {"color": theme_of(dark=dark).padding, "width": 1}
    for name, color in zip(_CLASSES, chromatin_colors(palette, dark=dark).pattern, strict=True):
        marker = {"symbol": "square", "size": 12, "color": color, "line": outline}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker, hoverinfo="skip"))
