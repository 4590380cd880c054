"""What the page writes to files: every number with its convention, weights, versions and settings."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from backend.schemas.catalog import Architecture
from backend.schemas.sequence_analyses import SequenceAnalysis, WindowExplanation
from frontend.components.rows import merge_slices, networks, table_rows

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
APOSTROPHE_NOTE = "A name that begins with = + - or @ is preceded by an apostrophe, so that no spreadsheet runs it."
TRACK_COLUMNS = (
    "record", "strand", "position_0based", "base", "track", "architecture", "checkpoint", "value", "quantity",
)  # fmt: skip


def table_text(slices: Sequence[SequenceAnalysis], *, architectures: Sequence[Architecture], separator: str) -> str:
    """Write the result table, one line per record and strand, in input order."""
    analysis = merge_slices(slices)
    names = [a.name for a in architectures]
    columns = [
        "record", "strand", "factor", *(f"p_bound_{name}" for name in names), "mean_p_bound_networks",
        "networks_calling_bound", "networks", "window_start_0based", "length_bp", "gc_fraction", "warnings",
    ]  # fmt: skip
    rows = (
        [row["name"], row["strand"], row["factor"], *(row.get(name) for name in names), row["mean"],
         row["calling_bound"], len(networks(architectures)), row["window_start"], row["length"], row["gc"],
         row["warnings"]]
        for factor in analysis.factors
        for row in table_rows(analysis, factor, architectures=architectures)
    )  # fmt: skip
    return _delimited(analysis, columns, rows, separator=separator)


def tracks_text(explained: SequenceAnalysis) -> str:
    """Write every track of the explained row in long format, one line per position."""
    return _delimited(explained, TRACK_COLUMNS, _track_rows(explained.explanations[0]), separator=",")


def analysis_text(slices: Sequence[SequenceAnalysis], explained: SequenceAnalysis) -> str:
    """Write the whole analysis as JSON, with the explanation on screen."""
    scores = merge_slices(slices)
    whole = scores.model_copy(
        update={
            "explanations": explained.explanations,
            "settings": {"scores": scores.settings, "explanation": explained.settings},
        }
    )
    return whole.model_dump_json(indent=2)


def _track_rows(explanation: WindowExplanation) -> Iterator[list[Any]]:
    bases = [*explanation.sequence, *["padding"] * explanation.padding]
    for track in explanation.tracks:
        for i, (base, value) in enumerate(zip(bases, track.values, strict=True)):
            position = explanation.window_start + i
            yield [
                explanation.name, explanation.strand, position, base, track.name, track.architecture,
                track.checkpoint, value, track.quantity,
            ]  # fmt: skip


def _delimited(analysis: SequenceAnalysis, columns: Sequence[str], rows: Iterator[list[Any]], *, separator: str) -> str:
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in _provenance(analysis))
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _provenance(analysis: SequenceAnalysis) -> Iterator[str]:
    yield f"Regulens analysis of {analysis.created.isoformat()}, request {analysis.request_id}, on {analysis.device}"
    yield from (f"convention {name}: {text}" for name, text in analysis.conventions.items())
    yield from (f"weights {c.name}: sha256 {c.sha256}" for c in analysis.checkpoints)
    yield from (f"version {name}: {version}" for name, version in analysis.versions.items())
    yield f"settings: {json.dumps(analysis.settings, sort_keys=True)}"
    yield "padding: positions after the last base have the base 'padding'"
    yield APOSTROPHE_NOTE


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
