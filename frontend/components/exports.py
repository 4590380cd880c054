"""What the page writes to files: every number with its convention, weights, versions and settings."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from backend.schemas.catalog import Architecture
from backend.schemas.motifs import MotifReport
from backend.schemas.sequence_analyses import SequenceAnalysis, WindowExplanation
from backend.schemas.trust import TrustReport
from frontend.components.delimited import delimited, provenance
from frontend.components.finding_exports import trust_lines
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


def tracks_text(explained: SequenceAnalysis, *, trust: TrustReport | None = None) -> str:
    """Write every track of the explained row in long format, one line per position, after its badges."""
    window = explained.explanations[0]
    numbers = (f"number {name}: {value:.6g}" for name, value in window.numbers.items())
    notes = [*numbers, *trust_lines(trust)]
    return _delimited(explained, TRACK_COLUMNS, _track_rows(window), separator=",", notes=notes)


def analysis_text(
    slices: Sequence[SequenceAnalysis],
    explained: SequenceAnalysis,
    *,
    trust: TrustReport | None = None,
    motifs: MotifReport | None = None,
) -> str:
    """Write the whole analysis as JSON, with the explanation on screen, its trust and its motifs."""
    scores = merge_slices(slices)
    whole = scores.model_copy(
        update={
            "explanations": explained.explanations,
            "settings": {"scores": scores.settings, "explanation": explained.settings},
        }
    )
    reports = {
        name: report.model_dump(mode="json") if report else None
        for name, report in (("trust_report", trust), ("motif_report", motifs))
    }
    return json.dumps(whole.model_dump(mode="json") | reports, indent=2)


def _track_rows(explanation: WindowExplanation) -> Iterator[list[Any]]:
    bases = [*explanation.sequence, *["padding"] * explanation.padding]
    for track in explanation.tracks:
        for i, (base, value) in enumerate(zip(bases, track.values, strict=True)):
            position = explanation.window_start + i
            yield [
                explanation.name, explanation.strand, position, base, track.name, track.architecture,
                track.checkpoint, value, track.quantity,
            ]  # fmt: skip


def _delimited(
    analysis: SequenceAnalysis,
    columns: Sequence[str],
    rows: Iterator[list[Any]],
    *,
    separator: str,
    notes: Sequence[str] = (),
) -> str:
    padding = "padding: positions after the last base have the base 'padding'"
    comments = [*provenance(analysis, weights={c.name: c.sha256 for c in analysis.checkpoints}), padding, *notes]
    return delimited(columns, rows, comments=comments, separator=separator)
