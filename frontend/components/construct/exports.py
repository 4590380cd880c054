"""Files of the page "Edit and watch": the construct, its maps, and the effect of a motif."""

from collections.abc import Iterator
from typing import Any

from backend.schemas.constructs import CheckpointAnswer, Construct, MarginalEffects
from frontend.components.delimited import delimited, provenance

_LINE = 60


def fasta_text(construct: Construct) -> str:
    """Write the construct; the header lists the edits."""
    edits = "; ".join(construct.words)
    edits = f"{edits} (w.: bases of this window, from 1)" if edits else "none"
    header = f">construct_{construct.factor} edits of {len(construct.original)} bases {construct.original}: {edits}"
    lines = [construct.sequence[at : at + _LINE] for at in range(0, len(construct.sequence), _LINE)]
    return "\n".join([header, *lines, ""])


def maps_text(construct: Construct, *, original: Construct) -> str:
    """Write maps and tracks of construct and original in long format, one line per position and base."""
    columns = ["sequence", "position_0based", "base", "architecture", "checkpoint", "quantity", "to_base", "value"]
    rows = [*_rows("construct", construct), *_rows("original", original)]
    comments = [
        *provenance(construct, weights={c.name: c.sha256 for c in construct.checkpoints}),
        f"original: {construct.original}",
        f"construct: {construct.sequence}",
        *(f"edit {number}: {words}" for number, words in enumerate(construct.words, 1)),
    ]
    return delimited(columns, rows, comments=comments)


def _rows(which: str, construct: Construct) -> Iterator[list[Any]]:
    for answer in construct.answers:
        head = [answer.architecture, answer.checkpoint]
        yield [which, "", "", *head, "P(bound)", "", answer.now.probability]
        yield [which, "", "", *head, "logit", "", answer.now.logit]
        yield from _positions(which, construct.sequence, answer)


def _positions(which: str, sequence: str, answer: CheckpointAnswer) -> Iterator[list[Any]]:
    head = [answer.architecture, answer.checkpoint]
    for row, to_base in zip(answer.mutations or [], "ACGT", strict=False):
        for position, (base, value) in enumerate(zip(sequence, row, strict=True)):
            yield [which, position, base, *head, "mutation", to_base, value]
    tracks = {
        "contribution": answer.contributions,
        "temporal_forward": answer.temporal_forward,
        "temporal_backward": answer.temporal_backward,
    }
    for name, values in tracks.items():
        for position, value in enumerate(values or []):
            base = sequence[position] if position < len(sequence) else "padding"
            yield [which, position, base, *head, name, "", value]


def effects_text(effects: MarginalEffects) -> str:
    """Write the effect of a motif, one line per network and position."""
    columns = ["motif", "position_0based", "architecture", "checkpoint", "mean", "low_95", "high_95", "n_backgrounds"]
    rows = (
        [effects.motif, position, one.architecture, one.checkpoint, mean, low, high, effects.n_backgrounds]
        for one in effects.effects
        for position, mean, low, high in zip(effects.positions, one.mean, one.low, one.high, strict=True)
    )
    weights = {c.name: c.sha256 for c in effects.checkpoints}
    return delimited(columns, rows, comments=provenance(effects, weights=weights))
