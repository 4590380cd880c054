"""What can be asked: factors, architectures, checkpoints with their cards, explanations, limits, examples."""

from typing import Any, Literal

from pydantic import BaseModel, Field

Source = Literal["shipped", "trained", "imported"]


class Estimate(BaseModel):
    """A measured value with its 95 % bootstrap confidence interval."""

    value: float
    low: float
    high: float


class ReliabilityBin(BaseModel):
    """One bin of the reliability curve: how often sequences with this predicted probability are bound."""

    predicted: float = Field(description="Mean predicted probability in the bin.")
    observed: float = Field(description="Share of the bin's sequences that are bound.")
    n: int


class Metrics(BaseModel):
    """How well a checkpoint does on the test file of its card."""

    auroc: Estimate
    auprc: Estimate
    accuracy: Estimate = Field(description="At a probability of 0.5.")
    brier: Estimate
    reliability: list[ReliabilityBin]
    n_positive: int = Field(description="bound, or ON")
    n_negative: int = Field(description="not bound, or OFF")


class TrainingData(BaseModel):
    """Where the training sequences come from."""

    source: str
    files: dict[str, str] = Field(description="Role (train, test) to file name.")
    licence: str
    negatives: str
    split: str
    n_train: int
    n_validation: int
    n_test: int
    n_removed_as_duplicates: int


class CheckpointCard(BaseModel):
    """What a set of trained weights is, where it comes from and how well it does."""

    name: str
    kind: str = Field(description="network or baseline")
    source: Source = Field(default="shipped", description="Comes with Regulens, or was trained here by a job.")
    architecture: str
    title: str
    task: str
    factor: str
    input_length: int = Field(description="Bases per window.")
    alphabet: str
    classes: list[str]
    n_parameters: int
    training_data: TrainingData
    metrics: Metrics
    gc_range: tuple[float, float] = Field(description="1st to 99th percentile of GC content seen in training.")
    length_range: tuple[int, int]
    sha256: str = Field(description="Of the weights file.")
    seed: int
    training_command: str
    recipe: dict[str, Any]
    versions: dict[str, str]
    licence: str
    citation: str
    class_optimization: list[list[float]] | None = Field(
        description="Rows A, C, G, T; columns positions; each column sums to 1 (DeMo, method 2.7). Null for baselines."
    )


class Architecture(BaseModel):
    """A network's class, or a baseline's."""

    name: str
    title: str
    summary: str
    kind: str = Field(description="network or baseline")
    n_parameters: int
    best_method: str | None = Field(
        default=None, description="The attribution that is drawn unless another is asked for; null for histone marks."
    )


class ExplanationMethod(BaseModel):
    """A way of asking why, with its parameters."""

    name: str
    title: str
    summary: str = Field(description="What the numbers are.")
    how_to_read: str
    convention: str = Field(description="Class, quantity, sign and strand of the numbers.")
    parameters: dict[str, Any] = Field(description="JSON schema of the parameters.")
    refused: dict[str, str] = Field(description="Architecture to the reason why the method is not valid for it.")
    attributes: bool = Field(
        description="Whether it is a signed attribution of the logit of bound to the bases, whose trust can be checked."
    )


class Factor(BaseModel):
    """A DNA-binding protein in one cell type, as measured by one ChIP-seq experiment."""

    name: str
    title: str = Field(examples=["CTCFL in K562"])
    cell_type: str
    checkpoints: list[str]
    best_auroc: float


class Limits(BaseModel):
    """What one request may hold, to be shown before it is sent."""

    records: int
    bases: int
    bytes: int
    explained_rows: int = Field(description="Rows (record and strand) that one request may have explained.")
    window_length: int
    tile_step: int


class Example(BaseModel):
    """Sequences that fill the form."""

    name: str
    title: str
    description: str
    synthetic: bool
    factor: str
    sequences: str


class Catalog(BaseModel):
    """Everything that a page needs in order to ask."""

    factors: list[Factor]
    architectures: list[Architecture]
    explanations: list[ExplanationMethod]
    limits: Limits
    examples: list[Example]
    unavailable: dict[str, str] = Field(
        default_factory=dict, description="Checkpoints that are there but cannot be used, each with the reason."
    )
