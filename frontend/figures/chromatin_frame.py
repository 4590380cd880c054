"""What the chromatin figures share: bins around the TSS, the axis over them, matrices with named rows, scales."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import plotly.graph_objects as go

from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import Palette
from frontend.figures.theme import axis, plain, theme_of

MINUS: Final = "\N{MINUS SIGN}"
_TICK_PX: Final = 15


class Bins(NamedTuple):
    """Where the bins lie, in bp relative to the TSS."""

    starts: Sequence[int]
    size: int

    @property
    def left(self) -> int:
        """Start of the first bin."""
        return self.starts[0]

    @property
    def right(self) -> int:
        """End of the last bin."""
        return self.starts[-1] + self.size

    @property
    def centers(self) -> np.ndarray:
        """Middle of every bin, where it is drawn."""
        return np.array(self.starts, dtype=np.float32) + self.size / 2

    def text(self, first: int, last: int | None = None) -> str:
        """Name a bin, or a window of bins, counted from 1 as in the files, with its range in bp."""
        last = first if last is None else last
        numbers = f"bin {first + 1}" if first == last else f"bins {first + 1} to {last + 1}"
        return f"{numbers} · {whole(self.starts[first])} to {whole(self.starts[last] + self.size)} bp"


def whole(value: int) -> str:
    """Write a whole number with thousands separators and a true minus sign."""
    return f"{value:,}".replace("-", MINUS)


def amount(value: float, *, digits: int = 3) -> str:
    """Write a value briefly, without exponents where it can be read without them."""
    text = f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"
    return text.replace("-", MINUS)


def signed(value: float, *, digits: int = 2) -> str:
    """Write a change with its sign."""
    return f"+{amount(value, digits=digits)}" if value > 0 else amount(value, digits=digits)


def two_decimals(value: float) -> str:
    """Write a correlation with its sign."""
    return f"{value:+.2f}".replace("-", MINUS)


def column(values: Sequence[float]) -> list[str]:
    """Write changes under each other, with as many decimals as the largest one needs for three digits."""
    top = max((abs(value) for value in values), default=0.0)
    decimals = min(5, max(0, 2 - int(np.floor(np.log10(top))))) if top else 0
    texts = [f"{value:+.{decimals}f}" for value in values]
    return [text.replace("-", MINUS) if float(text) else "0" for text in texts]


def matrix_of(values: Sequence[Sequence[float]], marks: Sequence[str], *, n_bins: int) -> np.ndarray:
    """Return marks x bins as an array, or refuse what does not fit its marks and bins."""
    if len(values) != len(marks) or any(len(row) != n_bins for row in values):
        shape = f"{len(values)} rows of {sorted({len(row) for row in values})} values"
        raise ValueError(f"{shape} do not fit {len(marks)} marks x {n_bins} bins")
    return np.array(values, dtype=float).reshape(len(marks), n_bins)


def vector_of(values: Sequence[float], *, length: int, what: str) -> np.ndarray:
    """Return one value per mark or bin as an array, or refuse another number of them."""
    if len(values) != length:
        raise ValueError(f"{len(values)} values do not fit {length} {what}")
    return np.array(values, dtype=float)


def bp_axis(bins: Bins, *, dark: bool, **options: Any) -> dict[str, Any]:
    """Return the axis in bp relative to the TSS."""
    title = f"bp relative to the TSS, 5' to 3' of the gene, in bins of {whole(bins.size)} bp"
    own: dict[str, Any] = {
        "range": [bins.left, bins.right],
        "minallowed": bins.left,
        "maxallowed": bins.right,
        "tickformat": ",d",
        "nticks": 7,
        "tickangle": 0,
        "showgrid": False,
        "title": {"text": title, "standoff": 8},
    }
    return axis(dark=dark, **(own | options))


def add_tss(figure: go.Figure, domains: Sequence[tuple[float, float]], *, dark: bool, halo: bool = False) -> None:
    """Draw the dashed line at 0 through each row, not through the words between, on a halo over strong colours."""
    theme = theme_of(dark=dark)
    color = theme.landmark
    lines = [{"color": color, "width": 1.5, "dash": "dash"}]
    if halo:
        lines.insert(0, {"color": theme.card, "width": 3, "dash": "solid"})
    for bottom, top in domains:
        for line in lines:
            figure.add_shape(type="line", xref="x", yref="paper", x0=0, x1=0, y0=bottom, y1=top, line=line)
    place = {"xref": "x", "x": 0, "yref": "paper", "y": domains[0][1], "yanchor": "bottom"}
    figure.add_annotation(text="<b>TSS</b>", font={"size": 12, "color": color}, showarrow=False, **place)


def heat_trace(values: np.ndarray, texts: Sequence[Sequence[str]], *, bins: Bins, **options: Any) -> go.Heatmap:
    """Draw marks x bins, the first mark at 0; every cell says its text on hover."""
    few = len(bins.starts) <= 25
    own: dict[str, Any] = {
        "x0": bins.left + bins.size / 2,
        "dx": bins.size,
        "y0": 0,
        "dy": 1,
        "xgap": 1 if few else 0,
        "ygap": 1,
        "text": [list(row) for row in texts],
        "hovertemplate": "%{text}<extra></extra>",
    }
    return go.Heatmap(z=values.astype(np.float32), **(own | options))


def cell_texts(values: Sequence[Sequence[str]], marks: Sequence[str], *, bins: Bins) -> list[list[str]]:
    """Say mark, bin and range of every cell above what it holds."""
    places = cell_places(marks, bins=bins)
    return [
        [f"{place}<br>{value}" for place, value in zip(row, said, strict=True)]
        for row, said in zip(places, values, strict=True)
    ]


def cell_places(marks: Sequence[str], *, bins: Bins) -> list[list[str]]:
    """Name mark, bin and range of every cell."""
    places = [bins.text(i) for i in range(len(bins.starts))]
    return [[f"<b>{plain(mark)}</b> · {place}" for place in places] for mark in marks]


def spread_ticks(wanted: Sequence[tuple[float, str]], *, top: float, height: float) -> dict[str, Any]:
    """Keep the ticks that do not touch an earlier one on a scale from 0 to `top` of so many pixels."""
    kept: list[tuple[float, str]] = []
    for value, text in wanted:
        if all(abs(value - other) / top * height >= _TICK_PX for other, _ in kept):
            kept.append((value, text))
    kept.sort()
    return {"tickvals": [value for value, _ in kept], "ticktext": [text for _, text in kept]}


def log_scale(top: float, *, height: float) -> dict[str, Any]:
    """Return the range and ticks of log(1 + value) from 0 to `top`, the ticks written as values."""
    highest = top if top > 0 else 1.0
    decades = [10.0**k for k in range(6, -4, -1)]
    steps = [10 * d for d in decades] + [f * d for f in (5, 2) for d in decades]
    shown = [highest, 0.0, *(step for step in steps if step < highest)]
    ticks = [(float(np.log1p(value)), amount(value)) for value in shown]
    limit = float(np.log1p(highest))
    return {"zmin": 0, "zmax": limit, "colorbar": spread_ticks(ticks, top=limit, height=height)}


def share_scale(highest: float, *, uniform: float, height: float) -> dict[str, Any]:
    """Return the range and ticks of attention from 0 to its highest value, the even share marked."""
    top = max(highest, uniform)
    ticks = [(uniform, f"{amount(uniform, digits=2)} even"), (top, amount(top, digits=2)), (0.0, "0")]
    return {"zmin": 0, "zmax": top, "colorbar": spread_ticks(ticks, top=top, height=height)}


def change_scale(values: np.ndarray) -> dict[str, Any]:
    """Return a range that is symmetric around 0, so that the colour of 0 is the middle one."""
    top = float(np.abs(values).max(initial=0)) or 1.0
    return {
        "zmin": -top,
        "zmax": top,
        "colorbar": {"tickvals": [-top, 0, top], "ticktext": [signed(-top), "0", signed(top)]},
    }


def change_colors(values: np.ndarray, *, palette: Palette, dark: bool) -> list[str]:
    """Return the colour of the sign of every value, from the same scale as the maps."""
    scale = chromatin_colors(palette, dark=dark).change
    return [scale[0][1] if value < 0 else scale[-1][1] for value in values.tolist()]


def spread_labels(wanted: np.ndarray, *, distance: float, top: float) -> np.ndarray:
    """Move labels, in pixels from the bottom, as little as their order allows until none touches another."""
    order = np.argsort(wanted, kind="stable")
    # Least squares under a minimal distance is isotonic regression of what is left when the distances are taken out.
    offsets = distance * np.arange(len(wanted))
    pools: list[tuple[float, int]] = []
    for value in wanted[order] - offsets:
        pools.append((float(value), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    flat = np.concatenate([np.full(n, value) for value, n in pools]) if pools else np.empty(0)
    placed = np.empty(len(wanted))
    placed[order] = np.clip(flat, 0, max(0.0, top - offsets[-1] if len(offsets) else 0.0)) + offsets
    return placed


def write_heading(figure: go.Figure, text: str, *, y: float, dark: bool, x: float = 0.0, lift: int = 2) -> None:
    """Write a heading above a row of the drawing area, left-aligned, so many pixels up."""
    place = {"x": x, "xref": "paper", "xanchor": "left", "y": y, "yref": "paper", "yanchor": "bottom", "yshift": lift}
    font = {"size": 12, "color": theme_of(dark=dark).ink}
    figure.add_annotation(text=text, showarrow=False, align="left", font=font, **place)
