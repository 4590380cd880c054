"""Files of a comparison: every number with its convention, weights, versions and settings."""

from collections.abc import Iterator
from typing import Any

from backend.schemas.comparisons import Comparison
from frontend.components.delimited import delimited, provenance


def comparison_text(comparison: Comparison) -> str:
    """Write one line per base: contributions and shares of every model, consensus, disagreement, average."""
    names = [model.checkpoint for model in comparison.models]
    columns = ["position_0based", "base", *(f"contribution_{name}" for name in names),
               *(f"share_{name}" for name in names), "consensus", "disagreement", "mean_contribution"]  # fmt: skip
    weights = {model.checkpoint: model.sha256 for model in comparison.models}
    comments = [*provenance(comparison, weights=weights), *_facts(comparison)]
    return delimited(columns, _rows(comparison), comments=comments)


def _facts(comparison: Comparison) -> Iterator[str]:
    for model in comparison.models:
        gap = "" if model.completeness_gap is None else f", completeness gap {model.completeness_gap}"
        yield f"model {model.checkpoint}: P(bound) {model.probability}, {model.method}, scale {model.scale}{gap}"
    yield f"average model: mean P(bound) {comparison.average.probability}. {comparison.average.note}"
    for pair in comparison.pairs:
        yield (
            f"pair {pair.first} and {pair.second}: Spearman {pair.spearman}, cosine {pair.cosine}, "
            f"top 10 {pair.top_positions}"
        )
    yield from (f"disagreement {place}: {span.sentence}" for place, span in enumerate(comparison.spans, start=1))


def _rows(comparison: Comparison) -> Iterator[list[Any]]:
    models = comparison.models
    for i, base in enumerate(comparison.sequence):
        yield [
            i, base, *(m.contributions[i] for m in models), *(m.shares[i] for m in models), comparison.consensus[i],
            comparison.disagreement[i], comparison.average.contributions[i],
        ]  # fmt: skip
