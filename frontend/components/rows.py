"""The rows of the result table, the same on screen and in files."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from backend.schemas.catalog import Architecture
from backend.schemas.sequence_analyses import FactorPredictions, SequenceAnalysis

Lists = TypeVar("Lists", bound=BaseModel)

STRAND_LABEL = {"forward": "forward (+)", "reverse": "reverse (\N{MINUS SIGN})"}


def row_id(record: int, strand: str) -> str:
    """Name one row of the table."""
    return f"{record}-{strand}"


def networks(architectures: Sequence[Architecture]) -> list[str]:
    """Name the architectures that are networks, in catalog order."""
    return [a.name for a in architectures if a.kind == "network"]


def mean_probability(probability: Mapping[str, float], names: Sequence[str]) -> float:
    """Average P(bound) over the networks that answer, or over the baselines where there is no network."""
    values = [probability[name] for name in names if name in probability] or list(probability.values())
    return sum(values) / len(values)


def table_rows(
    analysis: SequenceAnalysis, factor: FactorPredictions, *, architectures: Sequence[Architecture]
) -> list[dict[str, Any]]:
    """List one dictionary per record and strand."""
    return [_row(analysis, factor, i, names=networks(architectures)) for i in range(len(analysis.rows.record))]


def _row(analysis: SequenceAnalysis, factor: FactorPredictions, i: int, *, names: Sequence[str]) -> dict[str, Any]:
    rows = analysis.rows
    probability = {p.architecture: p.probability[i] for p in factor.predictions}
    n_networks = sum(name in probability for name in names)
    return {
        "id": row_id(rows.record[i], rows.strand[i]),
        "record": rows.record[i],
        "name": rows.name[i],
        "strand": rows.strand[i],
        "factor": factor.factor,
        **probability,
        "mean": mean_probability(probability, names),
        "agreement": f"{factor.networks_calling_bound[i]} of {n_networks}",
        "calling_bound": factor.networks_calling_bound[i],
        "window_start": factor.window_start[i],
        "length": rows.length[i],
        "gc": rows.gc[i],
        "warnings": " ".join(rows.warnings[i]),
    }


def ranking_rows(analysis: SequenceAnalysis, *, architectures: Sequence[Architecture]) -> list[dict[str, Any]]:
    """List one row per factor, that of its stronger strand, best first."""
    best = [
        max(table_rows(analysis, factor, architectures=architectures), key=lambda row: row["mean"])
        for factor in analysis.factors
    ]
    return sorted(best, key=lambda row: -row["mean"])


def merge_slices(slices: Sequence[SequenceAnalysis]) -> SequenceAnalysis:
    """Join the answers to consecutive record ranges into one analysis."""
    first = slices[0]
    return first.model_copy(
        update={
            "rows": _joined([s.rows for s in slices]),
            "factors": [_joined_factor([s.factors[k] for s in slices]) for k in range(len(first.factors))],
            "explanations": [e for s in slices for e in s.explanations],
        }
    )


def _joined_factor(parts: Sequence[FactorPredictions]) -> FactorPredictions:
    predictions = [_joined([p.predictions[k] for p in parts]) for k in range(len(parts[0].predictions))]
    return _joined(parts).model_copy(update={"predictions": predictions})


def _joined(parts: Sequence[Lists]) -> Lists:
    """Concatenate every list field of equal schemas; other fields are the first one's."""
    lists = [name for name in type(parts[0]).model_fields if isinstance(getattr(parts[0], name), list)]
    return parts[0].model_copy(update={name: [v for part in parts for v in getattr(part, name)] for name in lists})
