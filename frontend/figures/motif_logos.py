"""Motifs of a network as a grid of small logos: its filters, and what the three routes extract."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from backend.schemas.motifs import Filter, MotifMatch, Route
from frontend.figures.logo import information_heights, logo_traces
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, base_layout, plain, theme_of

HOW_TO_READ_FILTERS: Final = (
    "Each logo is the mean of the stretches of bound test sequences on which one filter of the first layer fires, in "
    "bits (full height: 2). Above it the library motif that it resembles most, with q, where one is significant. "
    "The bar below is the share of the sequences in which it fires at least once."
)
HOW_TO_READ_ROUTES: Final = (
    "Three ways of asking the same network for its motif: where its saliency is strongest, where its answer rises most "
    "while it reads, and what it would like to see. Where they agree with each other and with the factor's known "
    "motif, the network has learnt the motif and not a side effect."
)
ROW_PX: Final = 92
_BITS: Final = 2.0
_ABOVE: Final = 1.15  # of a tile, in bits: room for its words
_BELOW: Final = 0.65  # and for its bar
_GAP: Final = 1.5  # bases between tiles
MINUS: Final = "\N{MINUS SIGN}"


class Tile(NamedTuple):
    """One logo, what stands above it, how far its bar goes (0 to 1, None for no bar), and what hovering says."""

    matrix: Sequence[Sequence[float]]
    title: str
    bar: float | None
    hover: str


def filters_figure(filters: Sequence[Filter], *, columns: int, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw filters in the order in which they are given."""
    return _grid([_filter_tile(each) for each in filters], columns=columns, palette=palette, dark=dark)


def routes_figure(routes: Sequence[Route], *, palette: Palette, dark: bool = False) -> go.Figure:
    """Draw the motifs of the routes that exist for the network, one below the other."""
    tiles = [_route_tile(route) for route in routes if route.matrix is not None]
    return _grid(tiles, columns=1, palette=palette, dark=dark)


def in_order(filters: Sequence[Filter]) -> list[Filter]:
    """Put filters with a name first, the most certain first; the others by their information."""
    return sorted(filters, key=lambda f: (f.match is None, f.match.q_value if f.match else 0.0, -f.information))


def _filter_tile(each: Filter) -> Tile:
    hover = (
        f"filter {each.index}<br>fires in {each.share:.1%} of the sequences, on {each.n_windows:,} windows"
        f"<br>{each.information:.1f} bits{_match_hover(each.match)}"
    )
    return Tile(each.matrix, _named(each.match) or f"filter {each.index}", each.share, hover)


def _route_tile(route: Route) -> Tile:
    best = route.matches[0] if route.matches else None
    known = _named(best) or "no known motif"
    return Tile(route.matrix or [], f"{plain(route.title)}: {known}", None, f"{plain(route.title)}{_match_hover(best)}")


def _named(match: MotifMatch | None) -> str:
    return f"<b>{plain(match.name, limit=11)}</b>  q {_small(match.q_value)}" if match else ""


def _match_hover(match: MotifMatch | None) -> str:
    if match is None:
        return "<br>no significant library motif"
    return f"<br>{plain(match.name)} ({plain(match.id)}), {match.strand} strand<br>q {_small(match.q_value)}"


def _small(value: float) -> str:
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def _grid(tiles: Sequence[Tile], *, columns: int, palette: Palette, dark: bool) -> go.Figure:
    """Place all logos on one pair of axes, so that the letters of all are four traces."""
    width = max((len(tile.matrix[0]) for tile in tiles), default=1)
    n_rows = -(-len(tiles) // columns)
    pitch, row = width + _GAP, _ABOVE + _BITS + _BELOW
    figure = go.Figure(layout=base_layout(dark=dark, height=16 + ROW_PX * max(n_rows, 1)))
    places = [(index % columns * pitch, -(index // columns) * row) for index in range(len(tiles))]
    for trace in _letters(tiles, places, palette=palette, dark=dark):
        figure.add_trace(trace)
    for trace in (*_bars(tiles, places, width=width, dark=dark), _hovers(tiles, places)):
        figure.add_trace(trace)
    words = [_words(tile, place, dark=dark) for tile, place in zip(tiles, places, strict=True)]
    hidden: dict[str, Any] = {"visible": False, "fixedrange": True}
    return figure.update_layout(
        margin={"l": 4, "r": 4, "t": 8, "b": 8},
        hovermode="closest",
        showlegend=False,
        annotations=words,
        xaxis=axis(dark=dark, range=[-0.6, columns * pitch - _GAP - 0.4], **hidden),
        yaxis=axis(dark=dark, range=[-(max(n_rows, 1) - 1) * row - _BELOW, _BITS + _ABOVE], **hidden),
    )


def _letters(
    tiles: Sequence[Tile], places: Sequence[tuple[float, float]], *, palette: Palette, dark: bool
) -> list[go.Scatter]:
    """Join the outlines of one base over all tiles into one trace."""
    joined: dict[str, go.Scatter] = {}
    for tile, (x0, y0) in zip(tiles, places, strict=True):
        for trace in logo_traces(information_heights(np.array(tile.matrix)), palette=palette, x0=x0, dark=dark):
            y = np.asarray(trace.y) + np.float32(y0)
            if trace.name in joined:
                before = joined[trace.name]
                trace.x, y = np.concatenate([before.x, trace.x]), np.concatenate([before.y, y])
            trace.y = y
            joined[trace.name] = trace
    return list(joined.values())


def _bars(tiles: Sequence[Tile], places: Sequence[tuple[float, float]], *, width: int, dark: bool) -> list[go.Scatter]:
    """Draw the bars' full lengths and, over them, their shares."""
    theme = theme_of(dark=dark)
    barred = [(tile.bar, x0 - 0.5, y0 - _BELOW / 2) for tile, (x0, y0) in zip(tiles, places, strict=True)]
    parts = []
    for color, full in ((theme.grid, True), (theme.muted, False)):
        ends = [(x, x + width * (1.0 if full else share), y) for share, x, y in barred if share is not None]
        parts.append(
            go.Scatter(
                x=[value for start, stop, _ in ends for value in (start, stop, None)],
                y=[value for *_, y in ends for value in (y, y, None)],
                mode="lines",
                line={"color": color, "width": 5},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return parts


def _hovers(tiles: Sequence[Tile], places: Sequence[tuple[float, float]]) -> go.Scatter:
    """Say at every column of a logo what the logo is."""
    spots = [
        (x0 + column, y0 + _BITS / 2, tile.hover)
        for tile, (x0, y0) in zip(tiles, places, strict=True)
        for column in range(len(tile.matrix[0]))
    ]
    return go.Scatter(
        x=[x for x, _, _ in spots],
        y=[y for _, y, _ in spots],
        text=[text for *_, text in spots],
        mode="markers",
        marker={"opacity": 0, "size": 1},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _words(tile: Tile, place: tuple[float, float], *, dark: bool) -> dict[str, Any]:
    return {
        "text": tile.title,
        "x": place[0] - 0.5,
        "y": place[1] + _BITS,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"size": 12, "color": theme_of(dark=dark).ink},
    }
