"""Answers of the API as the page gets them: small, typed, made up."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from backend.schemas.catalog import Architecture, Catalog, Example, ExplanationMethod, Factor, Limits
from backend.schemas.comparisons import AverageModel, ComparedModel, Comparison, DisagreementSpan, PairAgreement
from backend.schemas.motifs import (
    CheckpointSeqlets,
    Effect,
    MotifLibraryInfo,
    MotifMatch,
    MotifReport,
    MotifScan,
    ScanHit,
    Seqlet,
)
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
from backend.schemas.trust import Trust, TrustMeasure, TrustReport

ARCHITECTURES = ["demo_cnn", "demo_rnn", "demo_cnn_rnn", "kmer_logistic"]
FACTORS = ["ctcf_weri", "myc_h1"]
TRACKS = [
    ("demo_cnn", "corrected_saliency"),
    ("demo_rnn", "corrected_saliency"),
    ("demo_cnn_rnn", "corrected_saliency"),
    ("demo_rnn", "temporal_forward"),
]


def _architecture(name: str) -> Architecture:
    kind = "baseline" if name == "kmer_logistic" else "network"
    return Architecture(name=name, title=name, summary="", kind=kind, n_parameters=1, best_method="corrected_saliency")


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
        architectures=[_architecture(name) for name in ARCHITECTURES],
        explanations=[
            ExplanationMethod(
                name="corrected_saliency",
                title="Corrected",
                summary="",
                how_to_read="",
                convention="",
                parameters={},
                refused={},
                attributes=True,
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


@pytest.fixture
def comparison() -> Comparison:
    """Make the comparison of two models on four bases; they differ on the second and third."""
    shares = {"CNN": [0.25, 0.5, 0.25, 0.0], "RNN": [0.25, -0.25, 0.25, 0.25]}
    models = [
        ComparedModel(
            checkpoint=f"ctcf-{name.lower()}", title=f"{name}, CTCF", factor="ctcf", sha256="abc",
            architecture=f"demo_{name.lower()}", method="deep_lift_shap", method_title="DeepLIFT/SHAP",
            probability=probability, completeness_gap=gap, scale=4.0, shares=values,
            contributions=[4 * share for share in values],
        )
        for (name, values), probability, gap in zip(shares.items(), (0.9, 0.2), (0.012, None), strict=True)
    ]  # fmt: skip
    span = DisagreementSpan(
        start=1, stop=3, bases="CG", disagreement=0.75, says={"ctcf-cnn": 0.75, "ctcf-rnn": 0.0},
        sentence="Bases 1 to 2 (CG): CNN 75.0 % for bound; RNN 0.0 %.",
    )  # fmt: skip
    return Comparison(
        created=datetime(2026, 1, 2, tzinfo=UTC), request_id="r-2", versions={"regulens": "0.1"}, device="cpu",
        settings={}, conventions={"consensus": "mean share"}, sequence="ACGT", padding=97, models=models,
        pairs=[PairAgreement(first="ctcf-cnn", second="ctcf-rnn", spearman=-0.2, cosine=None, top_positions=0.43)],
        consensus=[0.25, 0.0, 0.25, 0.0], disagreement=[0.0, 0.75, 0.0, 0.25], n_agreeing=2, spans=[span],
        average=AverageModel(probability=0.55, contributions=[1.0, 0.5, 1.0, 0.5], note="The mean."),
        verdict="They agree in part.", refused={"ctcf-kmer": "it counts"},
    )  # fmt: skip


MADE = {
    "created": datetime(2026, 1, 2, tzinfo=UTC), "request_id": "r-3", "versions": {"regulens": "0.1"}, "device": "cpu",
    "settings": {"random_state": 0}, "conventions": {"trust": "of the logit of bound"}, "sequence": "ACGTAC",
}  # fmt: skip


@pytest.fixture
def trust_report() -> TrustReport:
    """Make a badge of each colour for what `explained` explains."""
    verdicts = {"demo_cnn": "green", "demo_rnn": "amber", "demo_cnn_rnn": "red"}
    measures = [
        TrustMeasure(
            name="completeness", title="Completeness gap", value=0.004, text="0.4 %", verdict="green",
            thresholds="green up to 1 %", meaning="What the contributions miss.",
        ),
        TrustMeasure(
            name="seeds", title="Spread", value=None, text="it has no references", verdict=None, thresholds="-",
            meaning="-",
        ),
    ]  # fmt: skip
    trusts = [
        Trust(
            checkpoint=f"ctcf_weri-{name}", architecture=name, method="corrected_saliency", verdict=verdict,
            sentence=f"It is {verdict}.", measures=measures,
        )
        for name, verdict in verdicts.items()
    ]  # fmt: skip
    return TrustReport(**MADE, trusts=trusts, refused={})


@pytest.fixture
def motif_report() -> MotifReport:
    """Make a named seqlet that supports, an unnamed one that speaks against, a silent network, and a scan."""
    matrix = [[0.7, 0.1, 0.1], [0.1, 0.7, 0.1], [0.1, 0.1, 0.7], [0.1, 0.1, 0.1]]
    match = MotifMatch(
        id="MA0139.2", name="CTCF", url="https://jaspar.example/MA0139.2", p_value=1e-6, q_value=1e-4,
        strand="reverse", start=-1, matrix=matrix,
    )  # fmt: skip
    named = Seqlet(
        start=0, stop=3, bases="ACG", sign=1, p_value=1e-3, attribution=1.5, share=0.9,
        knock_out=Effect(mean=2.0, low=1.5, high=2.5, n=20),
        matches=[match, match.model_copy(update={"id": "MA1929.2"})],
    )  # fmt: skip
    against = named.model_copy(update={"start": 4, "stop": 6, "bases": "AC", "sign": -1, "matches": [], "share": 0.1})
    library = MotifLibraryInfo(name="Test library", n_motifs=1019, licence="CC BY 4.0", citation="Someone 2026")
    hit = ScanHit(id="MA0139.2", name="CTCF", url=None, start=1, stop=5, strand="forward", score=9.5, p_value=1e-5)
    found = {"demo_cnn": ([against, named], None), "demo_rnn": ([], "Nothing stands out.")}
    return MotifReport(
        **MADE, library=library, refused={},
        checkpoints=[
            CheckpointSeqlets(
                checkpoint=f"ctcf_weri-{name}", architecture=name, method="corrected_saliency", fdr=0.1,
                seqlets=seqlets, note=note,
            )
            for name, (seqlets, note) in found.items()
        ],
        scan=MotifScan(threshold=1e-4, expected_false_hits=1.9, hits=[hit]),
    )  # fmt: skip
