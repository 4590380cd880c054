"""What can be asked of histone marks: checkpoints with their cards, layouts, limits, examples."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from backend.schemas.catalog import Architecture, Estimate, Metrics, Source


class BaselineResult(BaseModel):
    """What a simple method reaches on the same genes and folds."""

    name: str
    title: str
    auroc: Estimate
    auprc: Estimate


class SignalRange(BaseModel):
    """What a mark looked like in training."""

    mark: str
    percentile_99: float
    maximum: float
    zero_share: float
    whole_numbers: bool


class PatternMap(BaseModel):
    """The signal that a network likes best for one class, found by gradient descent (DeepChrome, method 3.4)."""

    target: str = Field(description="ON or OFF")
    space: str = Field(description="published: values 0..1, off the data's range; log1p: log(1 + reads), ours")
    values: list[list[float]] = Field(description="Marks x bins, divided by the global maximum.")
    active_bins: list[int] = Field(description="Per mark: bins of at least 0.25.")
    means: list[float] = Field(description="Per mark: mean of the row.")


class ChromatinCard(BaseModel):
    """What a set of chromatin weights is, where it comes from and how well it does."""

    name: str
    kind: str = Field(description="network or baseline")
    origin: str = Field(description="trained here, or imported")
    source: Source = Field(
        default="shipped", description="Comes with Regulens, was trained here by a job, or was imported."
    )
    architecture: str
    title: str
    summary: str
    task: str
    cell_type: str
    cell_types: list[str] = Field(description="Roadmap ids of the training data.")
    marks: list[str]
    n_bins: int
    bin_size_bp: int
    other_lengths: bool = Field(description="Whether the network takes other numbers of bins.")
    classes: list[str]
    n_parameters: int
    has_bin_attention: bool
    has_mark_attention: bool
    training_data: dict[str, str] = Field(description="source, files, licence, split, labels, ... in words.")
    n_genes: int | None = Field(description="Genes that the metrics are measured on.")
    metrics: Metrics | None = Field(description="Null for imported weights.")
    baselines: list[BaselineResult] = Field(description="On the same genes and folds; empty for imported weights.")
    signal_ranges: list[SignalRange] = Field(description="Empty where the training data are not known.")
    reference: str = Field(description="What a knocked-out bin is set to.")
    pattern_maps: list[PatternMap]
    sha256: str
    seed: int | None
    training_command: str
    recipe: dict[str, Any]
    versions: dict[str, str]
    licence: str
    citation: str


class CheckpointImportRequest(BaseModel):
    """A published state dict that has been uploaded."""

    model_config = ConfigDict(extra="forbid")

    upload: str
    cell_type: str | None = Field(
        default=None,
        pattern=r"^E\d{3}$",
        description="Roadmap id; default: from a file name like E003_attchrome_...pt.",
    )


class HistoneLayout(BaseModel):
    """A file layout that is understood."""

    name: str
    title: str
    summary: str
    example: str = Field(description="Two literal lines.")


class HistoneExample(BaseModel):
    """A file that can be tried at once."""

    name: str
    title: str
    description: str
    synthetic: bool


class ChromatinLimits(BaseModel):
    """What one file or request may hold, to be shown before it is sent."""

    genes: int
    rows: int
    bytes: int
    bigwig_bytes: int
    checkpoint_bytes: int
    kept_hours: int = Field(description="How long an upload is kept after its last use.")
    explained_checkpoints: int


class ChromatinCatalog(BaseModel):
    """Everything that the chromatin page needs in order to ask."""

    marks: list[str]
    mark_roles: dict[str, str]
    checkpoints: list[ChromatinCard]
    architectures: list[Architecture]
    layouts: list[HistoneLayout]
    examples: list[HistoneExample]
    limits: ChromatinLimits
    cell_types: dict[str, str] = Field(
        default_factory=dict, description="Roadmap id to name of every cell type that a checkpoint may be imported for."
    )
    gene_tables: dict[str, str] = Field(description="Assembly to the source of the table that gene search uses.")
    unavailable: dict[str, str] = Field(
        default_factory=dict, description="Checkpoints that are there but cannot be used, each with the reason."
    )
