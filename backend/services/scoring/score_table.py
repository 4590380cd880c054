"""Tables of scores on disk: parts, and the whole put together from them one part at a time."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from backend.schemas.spreadsheet_text import APOSTROPHE_NOTE, harmless

PARQUET, TSV, TEXT = "application/vnd.apache.parquet", "text/tab-separated-values", "text/plain"
METADATA: Final = b"regulens"
OWN_WORDS: Final = frozenset({"strand"})  # columns that hold + and -, and no text of a user

_DIGITS: Final = 6


def described(fields: Iterable[pa.Field], description: Mapping[str, Any]) -> pa.Schema:
    """Return a schema whose metadata say what the numbers are."""
    return pa.schema(list(fields), metadata={METADATA: json.dumps(description, sort_keys=True)})


def write_table(path: Path, table: pa.Table) -> None:
    """Write one part."""
    pq.write_table(table, path, compression="zstd")


def shown_columns(schema: pa.Schema) -> list[str]:
    """Return the columns that fit a cell: not the lists."""
    return [field.name for field in schema if not pa.types.is_nested(field.type)]


def merge(
    parts: Iterable[Path], *, schema: pa.Schema, parquet: Path, text: Path, on_part: Callable[[int], None]
) -> None:
    """Write all parts as one Parquet file, a row group each, and as tab-separated text without the lists.

    Equal parts give equal bytes; one part at a time is in memory. `on_part` is told how many are done.
    """
    columns = shown_columns(schema)
    with (
        pq.ParquetWriter(parquet, schema, compression="zstd") as writer,
        text.open("w", encoding="utf-8", newline="") as out,
    ):
        lines = csv.writer(out, delimiter="\t", lineterminator="\n")
        lines.writerow([harmless(column) for column in columns])
        for number, part in enumerate(parts, start=1):
            table = pq.read_table(part).cast(schema)
            writer.write_table(table)
            lines.writerows(_rows(table, columns))
            on_part(number)


def conventions_text(description: Mapping[str, Any]) -> bytes:
    """Return the description for people, one thing per line."""
    lines = [*_lines(description), f"text file: {APOSTROPHE_NOTE} An empty cell is no number."]
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(description: Mapping[str, Any], *, above: str = "") -> Iterator[str]:
    for key, value in description.items():
        if isinstance(value, Mapping):
            yield from _lines(value, above=f"{above}{key} / ")
        else:
            yield f"{above}{key}: {value if isinstance(value, str) else json.dumps(value)}"


def _rows(table: pa.Table, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    cells = [_cells(table.column(name), free_text=name not in OWN_WORDS) for name in columns]
    return zip(*cells, strict=True)


def _cells(column: pa.ChunkedArray, *, free_text: bool) -> list[str]:
    values = column.to_pylist()
    if pa.types.is_floating(column.type):
        return ["" if value is None else f"{value:.{_DIGITS}g}" for value in values]
    if pa.types.is_string(column.type) and free_text:
        return ["" if value is None else harmless(value) for value in values]
    return ["" if value is None else str(value) for value in values]
