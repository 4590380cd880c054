"""Text files that state where their numbers come from, and that no spreadsheet runs."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from backend.schemas.provenance import Provenance
from backend.schemas.spreadsheet_text import APOSTROPHE_NOTE, harmless


def delimited(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, comments: Iterable[str], separator: str = ","
) -> str:
    """Write a table with a header, after comment lines that say what it is."""
    out = io.StringIO()
    out.writelines(f"# {_one_line(line)}\n" for line in comments)
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow([_harmless(column) for column in columns])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def provenance(answer: Provenance, *, weights: Mapping[str, str]) -> Iterator[str]:
    """Say what the numbers are and what they were made with; `weights` maps checkpoints to their sha256."""
    yield f"Regulens analysis of {answer.created.isoformat()}, request {answer.request_id}, on {answer.device}"
    yield from (f"convention {name}: {text}" for name, text in answer.conventions.items())
    yield from (f"weights {name}: sha256 {sha256}" for name, sha256 in weights.items())
    yield from (f"version {name}: {version}" for name, version in answer.versions.items())
    yield f"settings: {json.dumps(answer.settings, sort_keys=True)}"
    yield APOSTROPHE_NOTE


def file_name(*parts: str) -> str:
    """Join parts to a file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join(("regulens", *parts)))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _harmless(cell: Any) -> Any:
    return harmless(cell) if isinstance(cell, str) else cell
