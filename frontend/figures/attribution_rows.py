"""Which bases decide: one network's attribution as letters or as a strip, with its badge and its motifs."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from backend.schemas.motifs import Seqlet
from backend.schemas.sequence_analyses import WindowExplanation
from backend.schemas.trust import Trust
from frontend.figures.logo import extent, hover_trace, logo_traces
from frontend.figures.palettes import Palette
from frontend.figures.rows import (
    VALUES_PX,
    Box,
    Row,
    hatch,
    heat_trace,
    number,
    one_hot,
    positions,
    probability_of,
    track_of,
    why_missing,
)
from frontend.figures.theme import NETWORKS, plain
from frontend.verdicts import COMPUTING, VERDICTS

UNSIGNED: Final = "saliency"
_LABEL_LETTERS: Final = 36


class Explained(NamedTuple):
    """How a network is explained: by which method, whether that may be believed, and what stands out.

    `badge` stands where there is no verdict: that it is being checked, or that it was not.
    """

    method: str
    title: str
    trust: Trust | None = None
    badge: str = ""
    seqlets: Sequence[Seqlet] = ()


def hit_key(architecture: str, index: int) -> str:
    """Name a seqlet, so that figure and table mean the same one."""
    return f"{architecture}/{index}"


def attribution_row(
    window: WindowExplanation, architecture: str, *, explained: Explained, gap: int, palette: Palette, dark: bool
) -> Row:
    """Draw one network's attribution: signed ones as letters, the unsigned saliency of DeMo as a strip."""
    label = _label(architecture, explained.title, probability_of(window, architecture))
    track = track_of(window, explained.method, architecture)
    if track is None:
        note = COMPUTING if explained.badge == COMPUTING else why_missing(window, explained.method, architecture)
        return Row(label, VALUES_PX, gap, [], note=note, frame=True)
    values = np.array(track.values, dtype=float)
    draw = _strip if explained.method == UNSIGNED else _signed_letters
    row = draw(window, values, palette=palette, dark=dark)
    found = _found(explained.seqlets, len(values))
    texts = [
        f"base {base}<br>{plain(explained.title)} {number(value, digits=3)}<br><i>{track.quantity}</i>"
        + ("" if at is None else f"<br>{_words(window, explained.seqlets[at])}")
        for base, value, at in zip(positions(window), values, found, strict=True)
    ]
    hover = hover_trace(texts, x0=window.window_start, y=sum(row.span) / 2, name=label)
    hover.update(customdata=["" if at is None else hit_key(architecture, at) for at in found])
    return row._replace(
        label=label,
        gap=gap,
        traces=[*row.traces, *hatch(window, span=row.span, dark=dark), hover],
        detail="<br>".join(filter(None, (row.detail, _badge(explained, dark=dark)))),
        boxes=[_box(window, seqlet) for seqlet in explained.seqlets],
    )


def _label(architecture: str, title: str, probability: float | None) -> str:
    """Name network, method and P(bound), on two lines where one would be cut off."""
    network, method = NETWORKS[architecture], plain(title, limit=_LABEL_LETTERS)
    bracket = "" if probability is None else f" ({probability:.2f})"
    line = f"{network} {method}{bracket}"
    return line if len(line) <= _LABEL_LETTERS else f"{network}{bracket}<br>{method}"


def _badge(explained: Explained, *, dark: bool) -> str:
    """Write the verdict under the label, so that a saved picture carries it."""
    if explained.trust is None:
        return explained.badge
    look = VERDICTS[explained.trust.verdict]
    return f'<span style="color:{look.ink_dark if dark else look.ink}"><b>{look.symbol} {look.word}</b></span>'


def _found(seqlets: Sequence[Seqlet], length: int) -> list[int | None]:
    """Return at each position the seqlet that covers it; the strongest where several do."""
    found: list[int | None] = [None] * length
    for at in sorted(range(len(seqlets)), key=lambda i: abs(seqlets[i].attribution)):
        for position in range(max(0, seqlets[at].start), min(length, seqlets[at].stop)):
            found[position] = at
    return found


def _words(window: WindowExplanation, seqlet: Seqlet) -> str:
    """Say on hover what a box is."""
    first, last = window.window_start + seqlet.start, window.window_start + seqlet.stop - 1
    best = seqlet.matches[0] if seqlet.matches else None
    named = f"<b>{plain(best.name)}</b> {plain(best.id)}, q {best.q_value:.1e}" if best else "resembles no known motif"
    return f"in seqlet {first} to {last}: {named}"


def _box(window: WindowExplanation, seqlet: Seqlet) -> Box:
    name = plain(seqlet.matches[0].name, limit=24) if seqlet.matches else ""
    return Box(window.window_start + seqlet.start - 0.5, window.window_start + seqlet.stop - 0.5, seqlet.sign, name)


def _signed_letters(window: WindowExplanation, values: np.ndarray, *, palette: Palette, dark: bool) -> Row:
    """Draw contributions as letters, negative ones hanging below the line."""
    n = len(window.sequence)
    heights = one_hot(window.sequence) * values[:n]
    low, high = extent(heights)
    size = (high - low) or 1.0
    ticks = {low: _signed(low, palette=palette, dark=dark), high: _signed(high, palette=palette, dark=dark)}
    if -low > size / 4 and high > size / 4:
        ticks[0.0] = "0"
    return Row(
        "",
        VALUES_PX,
        0,
        logo_traces(heights, palette=palette, x0=window.window_start, dark=dark),
        span=(low - 0.08 * size, high + 0.08 * size),
        detail="logit of bound, positive supports it",
        ticks=ticks,
        baseline=True,
    )


def _signed(value: float, *, palette: Palette, dark: bool) -> str:
    """Write a limit of the scale in the colour of its sign."""
    negative, positive = palette.signs(dark=dark)
    sign, color = ("+", positive) if value > 0 else ("", negative)
    return f'<span style="color:{color}">{sign}{number(value)}</span>' if value else "0"


def _strip(window: WindowExplanation, values: np.ndarray, *, palette: Palette, dark: bool) -> Row:
    """Draw saliency as a strip whose colours run from the row's least to its greatest value, padding left out."""
    n = len(window.sequence)
    low, high = (float(values[:n].min()), float(values[:n].max())) if n else (0.0, 1.0)
    # A least value that the scale cannot show is written as nearly zero; hover has its digits.
    least = number(low) if low == 0 or low > high / 100 else "~0"
    colorbar = {"tickvals": [low, high], "ticktext": [least, number(high)]}
    heatmap = heat_trace(np.where(np.arange(values.size) < n, values, np.nan), x0=window.window_start)
    heatmap.update(
        zmin=low, zmax=high if high > low else low + 1, colorscale=palette.strip(dark=dark), colorbar=colorbar
    )
    return Row("", VALUES_PX, 0, [heatmap], detail="unsigned gradient, row min to max", frame=True)
