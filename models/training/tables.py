"""Tables that a training leaves beside its checkpoints."""

from collections.abc import Iterable, Sequence


def tsv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a table with tabs and line feeds, the same bytes everywhere."""
    lines = ("\t".join(map(str, row)) for row in (header, *rows))
    return ("\n".join(lines) + "\n").encode()
