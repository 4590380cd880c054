"""Scoring in parts: each is offered when it is done, found again by the next attempt, and merged at the end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backend.schemas.job_live import ScoringLive
from backend.services.job_kinds.kind import JobRun
from backend.services.rounding import shortened
from backend.services.scoring.score_table import (
    PARQUET,
    TEXT,
    TSV,
    conventions_text,
    merge,
    shown_columns,
    write_table,
)

PREVIEW_ROWS: Final = 20
EDGES: Final = [number / 20 for number in range(21)]
PROBABILITY: Final = ".probability"
SKIPPED: Final = "skipped"  # why there is no number
CALLED_FROM: Final = 0.5

Chunk = TypeVar("Chunk")


class Board:
    """What is known of the scores so far: their spread, the first rows, how many there are."""

    def __init__(self, schema: pa.Schema, *, total: int, convention: str) -> None:
        self.schema = schema
        self.done = self.skipped = 0
        self._total, self._convention = total, convention
        self._columns = shown_columns(schema)
        self._preview: list[list[str | float | None]] = []
        scores = [name for name in schema.names if name.endswith(PROBABILITY)]
        self._counts = {name: np.zeros(len(EDGES) - 1, dtype=np.int64) for name in scores}
        self._called = dict.fromkeys(scores, 0)

    def add(self, table: pa.Table) -> None:
        """Count the rows of a part."""
        missing = PREVIEW_ROWS - len(self._preview)
        if missing > 0:
            first = table.slice(0, missing).select(self._columns)
            self._preview += [[_cell(value) for value in row.values()] for row in first.to_pylist()]
        self.done += len(table)
        if SKIPPED in table.column_names:
            self.skipped += pc.count(table.column(SKIPPED), mode="only_valid").as_py()
        for name, counts in self._counts.items():
            values = table.column(name).drop_null().to_numpy()
            self._counts[name] = counts + np.histogram(values, bins=EDGES)[0]
            self._called[name] += int((values >= CALLED_FROM).sum())

    def live(self) -> ScoringLive:
        """Return what the page shows."""
        return ScoringLive(
            columns=self._columns,
            preview=self._preview,
            done=self.done,
            total=self._total,
            skipped=self.skipped,
            histogram_edges=EDGES,
            histograms={name: counts.tolist() for name, counts in self._counts.items()},
            convention=self._convention,
        )

    def summary(self, *, rows: str, positive: str) -> dict[str, int]:
        """Return the figures of the result."""
        called = {f"{positive} by {name.removesuffix(PROBABILITY)}": n for name, n in self._called.items()}
        return {rows: self.done, "scored": self.done - self.skipped, "skipped": self.skipped, **called}


def score_in_parts(
    run: JobRun, chunks: Iterable[Chunk], *, score: Callable[[Chunk], dict[str, pa.Array]], board: Board
) -> list[str]:
    """Score chunk after chunk, but for those whose part is there already; return the names of the parts."""
    finished = set(run.offered())
    names = []
    for number, chunk in enumerate(chunks, start=1):
        name = f"part-{number:05d}.parquet"
        if name in finished:
            table = pq.read_table(run.offered_content(name))
        else:
            table = pa.table(score(chunk), schema=board.schema)
            path = run.scratch / name
            write_table(path, table)
            description = f"Rows {board.done + 1:,} to {board.done + len(table):,}"
            run.offer(name, path, media_type=PARQUET, description=description, partial=True)
            path.unlink()
        names.append(name)
        board.add(table)
        run.show(board.live, now=number == 1)
    return names


def offer_whole(run: JobRun, names: list[str], *, board: Board, description: Mapping[str, Any]) -> None:
    """Put the parts together and offer the whole, with the conventions beside it."""
    parquet, text = run.scratch / "scores.parquet", run.scratch / "scores.tsv"

    def on_part(number: int) -> None:
        run.report("Putting the parts together", done=number, total=len(names), unit="parts")

    merge(_contents(run, names), schema=board.schema, parquet=parquet, text=text, on_part=on_part)
    run.offer("scores.parquet", parquet, media_type=PARQUET, description="All rows and columns")
    run.offer("scores.tsv", text, media_type=TSV, description="All rows as text, lists left out")
    conventions = conventions_text(description)
    run.offer("conventions.txt", conventions, media_type=TEXT, description="What every number means")
    run.show(board.live, now=True)


def _contents(run: JobRun, names: list[str]) -> Iterator[Any]:
    return (run.offered_content(name) for name in names)


def _cell(value: Any) -> str | float | None:
    return shortened(value) if isinstance(value, float) else value
