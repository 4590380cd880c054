"""What the page writes to files: every number with its convention, weights, versions and settings."""

from collections.abc import Iterator, Sequence
from typing import Any

from backend.schemas.catalog import Architecture
from backend.schemas.sequence_analyses import SequenceAnalysis, WindowExplanation
from frontend.components.delimited import delimited, provenance
from frontend.components.rows import merge_slices, networks, table_rows

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
    padding = "padding: positions after the last base have the base 'padding'"
    comments = [*provenance(analysis, weights={c.name: c.sha256 for c in analysis.checkpoints}), padding]
    return delimited(columns, rows, comments=comments, separator=separator)
