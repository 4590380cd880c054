"""Trust and motifs as files: every number and verdict with its convention, method, thresholds and seeds."""

from collections.abc import Iterator
from typing import Any

from backend.schemas.motifs import MotifMatch, MotifReport, Seqlet
from backend.schemas.provenance import Provenance
from backend.schemas.sequence_analyses import SequenceAnalysis
from backend.schemas.trust import TrustReport
from frontend.components.delimited import delimited, provenance
from frontend.verdicts import NO_VERDICT, VERDICTS

TRUST_COLUMNS = (
    "record", "strand", "window_start_0based", "checkpoint", "architecture", "method", "badge", "measure", "title",
    "value", "text", "verdict", "thresholds", "meaning",
)  # fmt: skip
MOTIF_COLUMNS = (
    "record", "strand", "found_by", "checkpoint", "method", "start_0based", "stop_0based", "bases", "sign",
    "seqlet_p_value", "attribution_logit", "attribution_share", "knock_out_mean", "knock_out_low", "knock_out_high",
    "knock_out_shuffles", "motif_rank", "motif_id", "motif_name", "motif_url", "motif_strand", "motif_start_0based",
    "motif_p_value", "motif_q_value", "scan_score",
)  # fmt: skip
_NO_MOTIF: list[Any] = [None] * 8


def trust_lines(report: TrustReport | None) -> Iterator[str]:
    """Say in comments which explanations may be believed, and by which numbers."""
    for trust in report.trusts if report else ():
        name = f"trust {trust.checkpoint} by {trust.method}"
        yield f"{name}: {trust.verdict} ({VERDICTS[trust.verdict].word}): {trust.sentence}"
        for m in trust.measures:
            yield f"{name}, {m.name}: {m.text} [{m.verdict or NO_VERDICT}; {m.thresholds}]"


def trust_text(report: TrustReport, *, explained: SequenceAnalysis) -> str:
    """Write every measure of every badge, one a line."""
    window = explained.explanations[0]
    rows = (
        [window.name, window.strand, window.window_start, trust.checkpoint, trust.architecture, trust.method,
         trust.verdict, m.name, m.title, m.value, m.text, m.verdict or NO_VERDICT, m.thresholds, m.meaning]
        for trust in report.trusts
        for m in trust.measures
    )  # fmt: skip
    return delimited(TRUST_COLUMNS, rows, comments=[*_origin(report, explained), *_refused(report.refused)])


def motifs_text(report: MotifReport, *, explained: SequenceAnalysis) -> str:
    """Write seqlets, one line for each motif that they resemble, then the hits of the scan."""
    library, scan = report.library, report.scan
    comments = [
        *_origin(report, explained),
        f"motif library: {library.name}, {library.n_motifs} motifs, {library.licence}. {library.citation}",
        *(f"seqlets {c.checkpoint}: false discovery rate {c.fdr:g}. {c.note or ''}" for c in report.checkpoints),
        f"scan: p <= {scan.threshold:g}, {scan.expected_false_hits:.3g} expected by chance" if scan else "scan: none",
        *_refused(report.refused),
    ]
    return delimited(MOTIF_COLUMNS, _motif_rows(report, explained), comments=comments)


def _origin(report: Provenance, explained: SequenceAnalysis) -> Iterator[str]:
    yield from provenance(report, weights={c.name: c.sha256 for c in explained.checkpoints})
    yield "positions: 0-based in the record, on the strand of the row; stop is the first position behind"


def _refused(reasons: dict[str, str]) -> list[str]:
    return [f"not valid: {name}: {reason}" for name, reason in reasons.items()]


def _motif_rows(report: MotifReport, explained: SequenceAnalysis) -> Iterator[list[Any]]:
    window = explained.explanations[0]
    row, offset = [window.name, window.strand], window.window_start
    for checkpoint in report.checkpoints:
        found = [*row, "attribution", checkpoint.checkpoint, checkpoint.method]
        for seqlet in checkpoint.seqlets:
            own = [*found, *_seqlet(seqlet, offset)]
            matches = [_match(rank, match, offset) for rank, match in enumerate(seqlet.matches, start=1)]
            yield from ([*own, *match, None] for match in matches or [_NO_MOTIF])
    for hit in report.scan.hits if report.scan else ():
        place = [offset + hit.start, offset + hit.stop, window.sequence[hit.start : hit.stop], *[None] * 8]
        motif = [None, hit.id, hit.name, hit.url, hit.strand, offset + hit.start, hit.p_value, None]
        yield [*row, "scan", None, None, *place, *motif, hit.score]


def _seqlet(seqlet: Seqlet, offset: int) -> list[Any]:
    effect = seqlet.knock_out
    return [
        offset + seqlet.start, offset + seqlet.stop, seqlet.bases, seqlet.sign, seqlet.p_value, seqlet.attribution,
        seqlet.share, *((effect.mean, effect.low, effect.high, effect.n) if effect else [None] * 4),
    ]  # fmt: skip


def _match(rank: int, match: MotifMatch, offset: int) -> list[Any]:
    return [
        rank, match.id, match.name, match.url, match.strand, offset + match.start, match.p_value, match.q_value,
    ]  # fmt: skip
