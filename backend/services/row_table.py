"""The table of rows, with what a reader must know before believing a row."""

from collections.abc import Iterator, Mapping, Sequence

from backend.schemas.sequence_analyses import Rows
from backend.services.windows import Row
from models.card import SequenceCard
from models.sequence import gc_content


def make_rows(
    rows: Sequence[Row], *, n_windows: Sequence[int], window: int, factors: Mapping[str, tuple[SequenceCard, ...]]
) -> Rows:
    """Describe every row in parallel lists."""
    gc = [gc_content(row.sequence) for row in rows]
    return Rows(
        record=[row.record for row in rows],
        name=[row.name for row in rows],
        strand=[row.strand for row in rows],
        length=[len(row.sequence) for row in rows],
        gc=[None if value is None else round(value, 6) for value in gc],
        warnings=[
            [*_length(row, n, window=window, factors=factors), *_unknown_bases(row), *_gc(value, factors)]
            for row, n, value in zip(rows, n_windows, gc, strict=True)
        ],
    )


def _length(row: Row, n_windows: int, *, window: int, factors: Mapping[str, tuple[SequenceCard, ...]]) -> Iterator[str]:
    length = len(row.sequence)
    if length < window:
        shortest = min(card.length_range[0] for card, *_ in factors.values())
        unseen = f"; no training sequence was shorter than {shortest} bp" if length < shortest else ""
        yield f"{window - length} of {window} positions are padding{unseen}."
    elif n_windows > 1:
        yield f"Longer than {window} bases: scanned {n_windows:,} windows, the best one is shown."


def _unknown_bases(row: Row) -> Iterator[str]:
    n = row.sequence.count("N")
    if n:
        yield f"{n:,} unknown {'base' if n == 1 else 'bases'} (N), read as all-zero columns."


def _gc(gc: float | None, factors: Mapping[str, tuple[SequenceCard, ...]]) -> Iterator[str]:
    """Say for which factors the networks have hardly seen such sequences."""
    outside = []
    for card, *_ in factors.values():
        low, high = card.gc_range
        if gc is not None and not low <= gc <= high:
            outside.append(f"{card.factor_title} ({low:.0%} to {high:.0%})")
    if outside:
        yield f"GC content of {gc:.0%} is outside the training range of {', '.join(outside)}."
