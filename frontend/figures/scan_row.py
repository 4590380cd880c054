"""Where matrices of known motifs fit the sequence, whatever a network says: the row of the PWM scan (FIMO)."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from backend.schemas.motifs import MotifScan, ScanHit
from backend.schemas.sequence_analyses import WindowExplanation
from frontend.figures.logo import hover_trace
from frontend.figures.rows import Row, hatch, number
from frontend.figures.theme import plain, theme_of

SCAN_PX: Final = 40
_N_LANES: Final = 6
_SHOWN: Final = 6
_SIGN: Final = {"forward": "+", "reverse": "\N{MINUS SIGN}"}


def scan_row(window: WindowExplanation, scan: MotifScan | str, *, gap: int, dark: bool) -> Row:
    """Draw the hits of a scan as bars, the best in the upper lanes, or say why there is none."""
    label = "PWM scan (FIMO)"
    if isinstance(scan, str):
        return Row(label, SCAN_PX, gap, [], note=scan, frame=True)
    detail = (
        f"{_hits(len(scan.hits))} at p ≤ {scan.threshold:g};<br>{number(scan.expected_false_hits, digits=3)} expected "
        "by chance"
    )
    best_first = sorted(scan.hits, key=lambda hit: (hit.p_value, hit.start, hit.id))
    texts = _texts(best_first, n=len(window.sequence) + window.padding)
    hover = hover_trace(texts, x0=window.window_start, name=label)
    traces = [*_bars(window, best_first, dark=dark), *hatch(window, span=(0, 1), dark=dark), hover]
    return Row(label, SCAN_PX, gap, traces, detail=detail, frame=True)


def _hits(n: int) -> str:
    return f"{n} hit{'' if n == 1 else 's'}"


def lanes(hits: Sequence[ScanHit]) -> list[int | None]:
    """Stack hits so that those of a lane do not touch; None for those without room, which hover names."""
    taken: list[list[ScanHit]] = [[] for _ in range(_N_LANES)]
    places: list[int | None] = []
    for hit in hits:
        free = (
            i for i, lane in enumerate(taken) if all(hit.start > other.stop or hit.stop < other.start for other in lane)
        )
        place = next(free, None)
        if place is not None:
            taken[place].append(hit)
        places.append(place)
    return places


def _bars(window: WindowExplanation, hits: Sequence[ScanHit], *, dark: bool) -> list[Any]:
    """Draw both strands' hits, told apart by fill."""
    places = [(hit, lane) for hit, lane in zip(hits, lanes(hits), strict=True) if lane is not None]
    color = theme_of(dark=dark).muted
    bars = []
    for strand, fill in (("forward", color), ("reverse", "rgba(0,0,0,0)")):
        corners = [_corners(window, hit, lane) for hit, lane in places if hit.strand == strand]
        if corners:
            x, y = np.concatenate(corners, axis=1)
            bars.append(
                go.Scatter(
                    x=x.astype(np.float32), y=y.astype(np.float32), mode="lines", line={"width": 1, "color": color},
                    fill="toself", fillcolor=fill, hoverinfo="skip", showlegend=False, name=f"{strand} hits",
                )
            )  # fmt: skip
    return bars


def _corners(window: WindowExplanation, hit: ScanHit, lane: int) -> np.ndarray:
    """Return the outline of a bar, followed by a gap."""
    left, right = window.window_start + hit.start - 0.5, window.window_start + hit.stop - 0.5
    top = 1 - (lane + 0.2) / _N_LANES
    bottom = 1 - (lane + 0.8) / _N_LANES
    x = [left, right, right, left, left, np.nan]
    return np.array([x, [bottom, bottom, top, top, bottom, np.nan]])


def _texts(hits: Sequence[ScanHit], *, n: int) -> list[str]:
    """List at each position the best hits that cover it."""
    at: list[list[str]] = [[] for _ in range(n)]
    for hit in hits:
        line = f"{plain(hit.name)} {plain(hit.id)} ({_SIGN[hit.strand]}), p {hit.p_value:.1e}"
        for position in range(max(0, hit.start), min(n, hit.stop)):
            at[position].append(line)
    return [_list(lines) for lines in at]


def _list(lines: Sequence[str]) -> str:
    if not lines:
        return "no hit"
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "<br>".join([*lines[:_SHOWN], *more])
