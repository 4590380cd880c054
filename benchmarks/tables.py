"""Markdown tables."""

from collections.abc import Iterable, Sequence


def markdown(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a titled table; floats are shown with three significant digits."""
    lines = [f"### {title}", "", _line(header), "|---" * len(header) + "|", *map(_line, rows)]
    return "\n".join([*lines, ""])


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_shown(cell) for cell in cells) + " |"


def _shown(cell: object) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
