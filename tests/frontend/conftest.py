"""Answers of the API as the page gets them: small, typed, made up."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from backend.schemas.catalog import Architecture, Catalog, Example, ExplanationMethod, Factor, Limits
from backend.schemas.problem import Problem, ProblemItem
from backend.schemas.sequence_analyses import (
    CheckpointReference,
    FactorPredictions,
    Prediction,
    Rows,
    SequenceAnalysis,
    Track,
    WindowExplanation,
)

ARCHITECTURES = ["demo_cnn", "demo_rnn", "demo_cnn_rnn", "kmer_logistic"]
FACTORS = ["ctcf_weri", "myc_h1"]
TRACKS = [
    ("demo_cnn", "corrected_saliency"),
    ("demo_rnn", "corrected_saliency"),
    ("demo_cnn_rnn", "corrected_saliency"),
    ("demo_rnn", "temporal_forward"),
]


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(
        factors=[
            Factor(
                name=name,
                title=name.upper(),
                cell_type="H1",
                checkpoints=[f"{name}-{a}" for a in ARCHITECTURES],
                best_auroc=0.95,
            )
            for name in FACTORS
        ],
        architectures=[
            Architecture(
                name=name,
                title=name,
                summary="",
                kind="baseline" if name == "kmer_logistic" else "network",
                n_parameters=1,
            )
            for name in ARCHITECTURES
        ],
        explanations=[
            ExplanationMethod(
                name="corrected_saliency", title="", summary="", how_to_read="", convention="", parameters={}, refused={}
            )
        ],
        limits=Limits(records=10, bases=1000, bytes=2_000_000, explained_rows=4, window_length=8, tile_step=4),
        examples=[
            Example(
                name="planted",
                title="Planted",
                description="A planted motif.",
                synthetic=True,
                factor="myc_h1",
                sequences=">p\nACGT",
            )
        ],
    )


AnalysisOf = Callable[..., SequenceAnalysis]


@pytest.fixture
def analysis_of() -> AnalysisOf:
    """Make the scores of records, both strands; record i on the forward strand has P(bound) = (i + 1) / 10."""

    def make(records: range, *, names: dict[int, str] | None = None, factors: list[str] | None = None):
        rows = [(i, strand) for i in records for strand in ("forward", "reverse")]
        return SequenceAnalysis(
            created=datetime(2026, 1, 2, tzinfo=UTC),
            request_id="r-1",
            versions={"regulens": "0.1.0"},
            device="cpu",
            settings={"window_length": 8},
            conventions={"probability": "P(bound), class 0"},
            n_records=4,
            checkpoints=[
                CheckpointReference(name=f"ctcf_weri-{a}", architecture=a, factor="ctcf_weri", sha256=f"sha-{a}")
                for a in ARCHITECTURES
            ],
            rows=Rows(
                record=[i for i, _ in rows],
                name=[(names or {}).get(i, f"peak_{i}") for i, _ in rows],
                strand=[strand for _, strand in rows],
                length=[6] * len(rows),
                gc=[0.5] * len(rows),
                warnings=[["Too short."] if strand == "forward" else [] for _, strand in rows],
            ),
            factors=[_predictions(factor, rows) for factor in factors or ["ctcf_weri"]],
            explanations=[],
            repairs=[],
        )

    return make


def _predictions(factor: str, rows: list[tuple[int, str]]) -> FactorPredictions:
    boost = FACTORS.index(factor) / 100
    probability = [(i + 1) / 10 + boost + (0.05 if strand == "reverse" else 0) for i, strand in rows]
    return FactorPredictions(
        factor=factor,
        window_start=[0] * len(rows),
        predictions=[
            Prediction(checkpoint=f"{factor}-{a}", architecture=a, probability=probability) for a in ARCHITECTURES
        ],
        networks_calling_bound=[3 if p >= 0.5 else 0 for p in probability],
    )


@pytest.fixture
def explained(analysis_of: AnalysisOf) -> SequenceAnalysis:
    """Make the explanation of record 0, forward: six bases and two columns of padding."""
    window = WindowExplanation(
        factor="ctcf_weri",
        record=0,
        name="peak_0",
        strand="forward",
        record_length=6,
        window_start=0,
        sequence="ACGTAC",
        padding=2,
        probability={f"ctcf_weri-{a}": 0.9 for a in ARCHITECTURES},
        tracks=[
            Track(
                explanation="x",
                name=name,
                checkpoint=f"ctcf_weri-{a}",
                architecture=a,
                quantity=f"{name} of {a}",
                values=[-0.5, *[0.25] * 7],
            )
            for a, name in TRACKS
        ],
        refused={"temporal_output/ctcf_weri-demo_cnn": "no recurrence"},
        scan=None,
    )
    return analysis_of(range(1)).model_copy(update={"explanations": [window]})


@pytest.fixture
def problem() -> Problem:
    place = ProblemItem(code="unexpected_character", message="'!' is no base.", record="x", line=2, column=5)
    return Problem(
        type="/problems/invalid-sequences",
        title="The sequences cannot be read",
        status=422,
        detail="One place is wrong.",
        instance="/api/v1/sequence-analyses",
        request_id="req-7",
        errors=[place],
    )
