"""What the drawing of an edited window is made of; the browser draws it (assets/construct_draw.js).

Plotly needs longer for a picture of this many parts than an edit may take, so the browser changes single letters and
cells. Colours and letters are those of all other figures.
"""

from typing import Any, Final

import numpy as np

from frontend.figures.glyphs import LETTERS, outline
from frontend.figures.marks import chromatin_colors
from frontend.figures.palettes import DEFAULT_PALETTE, PALETTES
from frontend.figures.theme import FONT, NETWORKS, theme_of

HOW_TO_READ: Final = (
    "Each column is one base of the sequence. Maps: what the logit of bound would change by if this base were replaced "
    "by A, C, G or T; blue lowers it, orange raises it, the dot is the base that stands there. Letters: what the base "
    "that stands there contributes (minus a quarter of its column); above the line it speaks for bound. Boxes: "
    "stretches that stand out against shuffles of the original, named where a known motif is significantly similar. "
    "Strips: P(bound) after reading the sequence up to here (forward) or from here on (backward)."
)


def drawing_kit() -> dict[str, Any]:
    """Return colours on either paper, the outlines of the letters in the unit square, and the names of the networks."""
    return {
        "font": FONT,
        "titles": NETWORKS,
        "glyphs": {letter: _path(letter) for letter in LETTERS},
        "papers": {"light": _paper(dark=False), "dark": _paper(dark=True)},
    }


def _paper(*, dark: bool) -> dict[str, Any]:
    palette, theme = PALETTES[DEFAULT_PALETTE], theme_of(dark=dark)
    negative, positive = palette.signs(dark=dark)
    return {
        **theme._asdict(),
        "bases": {**palette.letters(dark=dark), "N": theme.muted},
        "negative": negative,
        "positive": positive,
        "change": [color for _, color in chromatin_colors(palette, dark=dark).change],
        "temporal": [color for _, color in palette.temporal],
    }


def _path(letter: str) -> str:
    """Write a letter's rings as an SVG path, its feet at y = 0 and its head at y = 1."""
    points = outline(letter)
    rings = np.split(points, np.flatnonzero(np.isnan(points[:, 0])))
    drawn = [ring[~np.isnan(ring[:, 0])] for ring in rings]
    return "".join("M" + "L".join(f"{x:.3f} {y:.3f}" for x, y in ring) + "Z" for ring in drawn if len(ring))
