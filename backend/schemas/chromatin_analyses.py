"""Histone signals in, probabilities and attention out."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.schemas.catalog import Estimate, ReliabilityBin
from backend.schemas.histone_files import HistoneFileReference, Shift
from backend.schemas.problem import ProblemItem
from backend.schemas.provenance import Provenance
from backend.schemas.strict import IsNumber, Whole
from backend.schemas.trust import Trust

Matrix = list[list[float]]
GeneMethod = Literal["attention", "attention_rollout", "knock_out", "signal_integrated_gradients"]
LARGEST_FACTOR, MOST_EDITS = 10, 100


class ChromatinAnalysisRequest(BaseModel):
    """A file, and which checkpoints are to answer for all of its genes."""

    model_config = ConfigDict(extra="forbid")

    file: HistoneFileReference
    checkpoints: list[str] | None = Field(
        default=None, min_length=1, description="Default: every checkpoint trained at the file's bin size."
    )


class ChromatinCheckpointReference(BaseModel):
    """Which weights answered."""

    name: str
    title: str
    kind: str = Field(description="network or baseline")
    architecture: str
    cell_type: str
    sha256: str


class Genes(BaseModel):
    """One entry per gene, as parallel lists."""

    gene: list[str]
    symbol: list[str] = Field(description="As in the file, else by Ensembl id; empty where neither knows it.")
    label: list[int] | None = Field(description="1 is ON, 0 is OFF; null where the file has no labels.")


class GenePrediction(BaseModel):
    """One checkpoint's answers, parallel to the genes."""

    checkpoint: str
    probability: list[float] = Field(description="P(ON).")


class Confusion(BaseModel):
    """Counts at a probability of 0.5."""

    on_called_on: int
    on_called_off: int
    off_called_on: int
    off_called_off: int


class Evaluation(BaseModel):
    """How well a checkpoint does on the labels of the file."""

    checkpoint: str
    auroc: Estimate
    auprc: Estimate
    accuracy: Estimate
    brier: Estimate
    prevalence: float = Field(description="Share of genes that are ON: what AUPRC is to be compared with.")
    reliability: list[ReliabilityBin]
    confusion: Confusion


class ChromatinAnalysis(Provenance):
    """The answers for all genes."""

    n_bins: int
    bin_size_bp: int
    signals: list[str]
    checkpoints: list[ChromatinCheckpointReference]
    genes: Genes
    predictions: list[GenePrediction]
    networks_calling_on: list[int] = Field(
        description="How many of the networks give P(ON) >= 0.5; baselines left out."
    )
    evaluations: list[Evaluation] = Field(description="Empty where labels are missing or all the same.")
    refused: dict[str, str] = Field(description="Checkpoint to the reason why it gives no answer for this file.")
    shifts: list[Shift]
    repairs: list[ProblemItem]


class SignalEdit(BaseModel):
    """A change of one mark's signal over a range of bins; later edits work on what earlier ones have left."""

    model_config = ConfigDict(extra="forbid")

    mark: str
    first_bin: Whole = Field(ge=0, description="Column of the matrices, counted from 0.")
    last_bin: Whole = Field(ge=0, description="The last one that is changed.")
    factor: Annotated[float, Field(ge=0, le=LARGEST_FACTOR), IsNumber] | Literal["reference"] = Field(
        description="What the signal is multiplied by, or 'reference': set to what knock-out sets it to, as stated by "
        "the first checkpoint."
    )


class GeneExplanationRequest(BaseModel):
    """One gene, and which checkpoints are to say why."""

    model_config = ConfigDict(extra="forbid")

    file: HistoneFileReference
    gene: str = Field(min_length=1, max_length=200, description="Identifier or symbol, as in the file.")
    checkpoints: list[str] = Field(min_length=1, max_length=20)
    knock_out_width: Whole = Field(default=1, ge=1, le=50, description="Bins that are knocked out together.")
    methods: list[GeneMethod] = Field(
        default=["attention", "attention_rollout", "knock_out"], min_length=1, description="What is to be computed."
    )
    edits: list[SignalEdit] = Field(
        default_factory=list, max_length=MOST_EDITS, description="The gene is explained as it would be with these."
    )
    peers: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Checkpoints whose integrated gradients are held against "
        "those of the others, in the trust of these.",
    )


class KnockOut(BaseModel):
    """What the logit of ON loses when signal is set to the reference (as it is minus knocked out)."""

    reference: str = Field(description="What a knocked-out bin is set to, in words.")
    width: int = Field(description="Bins knocked out together; the value stands at the middle one.")
    cells: Matrix = Field(description="Marks x bins: one mark in one window. Positive: the signal supports ON.")
    bins: list[float] = Field(description="All marks in one window.")
    marks: list[float] = Field(description="One mark in all bins.")


class SignalContributions(BaseModel):
    """What each cell adds to the logit of ON, against the reference: positive supports ON."""

    reference: str = Field(description="What the gene is held against, in words.")
    cells: Matrix = Field(description="Marks x bins, in units of the logit.")
    marks: list[float] = Field(description="Sum over the bins of each mark.")
    difference: float = Field(description="Logit of the gene minus that of the reference: what the cells add up to.")
    completeness_gap: float = Field(description="|sum of the cells - difference| / |difference|.")
    n_steps: int


class Agreement(BaseModel):
    """Whether attention points where knock-out changes the answer (ranks of attention against absolute change)."""

    cells: float | None = Field(
        description="Spearman's rho of beta x alpha and |change| over marks x bins; null if constant."
    )
    marks: list[float | None] = Field(description="Per mark: Spearman's rho of alpha and |change| over its bins.")
    same_first_mark: bool | None = Field(description="Whether the mark with most attention changes the answer most.")
    verdict: Literal["agree", "partly", "disagree", "undefined"]
    sentence: str = Field(description="For a biologist.")


class CheckpointExplanation(BaseModel):
    """Why one checkpoint says so."""

    checkpoint: str
    probability: float
    logit: float
    bin_attention: Matrix | None = Field(
        description="Alpha, marks x bins; each mark's sum is 1. Null without attention."
    )
    shared_bin_attention: bool = Field(
        default=False, description="True where one alpha over bins is shared by all marks (LSTM-Attn, CNN-Attn)."
    )
    mark_attention: list[float] | None = Field(description="Beta, one per mark; the sum is 1. Null without it.")
    combined_attention: Matrix | None = Field(description="Beta x alpha, marks x bins; the sum is 1.")
    knock_out: KnockOut | None = Field(description="Null unless asked for.")
    contributions: SignalContributions | None = Field(
        default=None, description="Integrated gradients; null unless asked for, or refused."
    )
    agreement: Agreement | None = Field(description="Null without attention or knock-out.")
    trust: Trust | None = Field(default=None, description="Of the contributions; null without them.")
    refused: dict[str, str] = Field(
        description="What is not shown, and why: bin_attention, mark_attention, attention_rollout, "
        "signal_integrated_gradients."
    )


class GeneExplanation(Provenance):
    """One gene's signals and every checkpoint's reasons, on one axis."""

    gene: str
    symbol: str
    label: int | None
    marks: list[str] = Field(description="Rows of every matrix.")
    bin_size_bp: int
    bin_starts_bp: list[int] = Field(description="Start of each bin relative to the TSS; columns of every matrix.")
    signal: Matrix = Field(description="Values as in the file, marks x bins; as edited, where there are edits.")
    original_signal: Matrix | None = Field(default=None, description="As in the file, where there are edits.")
    edits: list[str] = Field(default_factory=list, description="The edits in words.")
    explanations: list[CheckpointExplanation]
    refused: dict[str, str] = Field(description="Checkpoint to the reason why it gives no answer.")


class ExtraSignal(BaseModel):
    """A signal that no network sees, to hold attention against: H3K27ac, say."""

    model_config = ConfigDict(extra="forbid")

    file: HistoneFileReference
    signal: str


class AttentionAverageRequest(BaseModel):
    """A set of genes whose attention is to be averaged."""

    model_config = ConfigDict(extra="forbid")

    file: HistoneFileReference
    checkpoint: str
    genes: Literal["predicted_on", "predicted_off"] | list[str] = Field(
        default="predicted_on", description="A set by prediction at P(ON) = 0.5, or identifiers and symbols."
    )
    extra: ExtraSignal | None = None


class Correlation(BaseModel):
    """Pearson's r over bins between a mark's mean attention and a signal's mean coverage of the same genes."""

    mark: str
    signal: str
    r: float | None = Field(description="Null where one of the two is constant.")
    n_bins: int
    n_genes: int


class AttentionAverage(Provenance):
    """Mean attention of a set of genes."""

    checkpoint: str
    selection: str = Field(description="The set in words.")
    n_genes: int
    not_found: list[str]
    marks: list[str]
    bin_size_bp: int
    bin_starts_bp: list[int]
    bin_attention: Matrix = Field(description="Mean alpha, marks x bins, as it is; uniform would be 1 / bins.")
    mark_attention: list[float] | None
    coverage: dict[str, list[float]] = Field(description="Mean value per bin of every signal, extra signals included.")
    correlations: list[Correlation]
