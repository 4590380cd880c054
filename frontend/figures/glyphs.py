"""Letter outlines as polygons in the unit square.

`glyphs.json` was made once from DejaVu Sans Bold by `python -m frontend.figures.glyphs`, which needs matplotlib;
drawing needs the file only.
"""

import json
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

LETTERS: Final = "ACGTN"
TOLERANCE: Final = 0.006
_FILE: Final = Path(__file__).with_name("glyphs.json")


@cache
def outline(letter: str, *, tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the letter's rings as (points, 2), each ring followed by a row of NaN."""
    rings = [simplify(np.array(ring), tolerance=tolerance) for ring in json.loads(_FILE.read_text("utf-8"))[letter]]
    points = np.concatenate([part for ring in rings for part in (ring, np.full((1, 2), np.nan))])
    points.setflags(write=False)
    return points


def simplify(points: np.ndarray, *, tolerance: float = TOLERANCE) -> np.ndarray:
    """Drop the points that lie within the tolerance of the line they stand on (Ramer-Douglas-Peucker)."""
    start, end = points[0], points[-1]
    direction = end - start
    length = float(np.hypot(*direction))
    offset = points - start
    distance = (
        np.abs(direction[0] * offset[:, 1] - direction[1] * offset[:, 0]) / length if length else np.hypot(*offset.T)
    )
    farthest = int(distance.argmax())
    if distance[farthest] <= tolerance:
        return np.stack([start, end])
    left = simplify(points[: farthest + 1], tolerance=tolerance)
    return np.concatenate([left[:-1], simplify(points[farthest:], tolerance=tolerance)])


def _rings(letter: str) -> list[list[list[float]]]:
    """Trace one letter of the font and stretch it to the unit square."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - only the generator needs matplotlib
    from matplotlib.textpath import TextPath  # noqa: PLC0415

    path = TextPath((0, 0), letter, size=1000, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    rings = [np.array(ring, dtype=float) for ring in path.to_polygons(closed_only=True)]
    for _ in range(2):  # once to measure the tolerance in units of the letter, once for what it cut off the edges
        corners = np.concatenate(rings)
        low, high = corners.min(axis=0), corners.max(axis=0)
        rings = [simplify((ring - low) / (high - low)) for ring in rings]
    return [np.round(ring, 4).tolist() for ring in rings]


def main() -> None:
    """Write `glyphs.json`."""
    _FILE.write_text(json.dumps({letter: _rings(letter) for letter in LETTERS}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
