"""What a job shows while it runs and when it is done: one shape per family of pictures."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class CurvePoint(BaseModel):
    """Where an optimisation is after a step."""

    step: int
    score: float = Field(description="P(target) of the best restart, between 0 and 1.")
    loss: float = Field(description="What is minimised, of the same restart.")


class MatrixFrame(BaseModel):
    """The optimised input after a step."""

    step: int
    values: list[list[float]] = Field(description="rows x columns, after post-processing, 3 decimals.")


class OptimisationLive(BaseModel):
    """Class optimisation: a matrix that takes shape."""

    kind: Literal["class_optimization"] = "class_optimization"
    checkpoint: str
    checkpoint_title: str
    target: str = Field(description="Name of the maximised class: bound, unbound, ON, OFF.")
    rows: list[str] = Field(description="A, C, G, T or names of histone marks.")
    bin_size_bp: int | None = Field(description="Width of a column of histone marks; None for bases.")
    n_steps: int
    best_restart: int
    restart_scores: list[float] = Field(description="P(target) of every restart at its last step.")
    frames: list[MatrixFrame]
    curve: list[CurvePoint]
    convention: str


class DesignFrame(BaseModel):
    """The designed sequence after a round."""

    step: int
    sequence: str
    score: float = Field(description="P(target) by the network that is optimised.")
    judge_score: float | None = Field(description="P(target) by the network that only judges.")
    n_edits: int


class DesignLive(BaseModel):
    """Sequence design: a real sequence that changes."""

    kind: Literal["sequence_design"] = "sequence_design"
    method: str
    checkpoint: str
    judge: str | None
    target: str
    start: str
    n_steps: int
    frames: list[DesignFrame]
    convention: str


class EpochPoint(BaseModel):
    """What one epoch reached."""

    epoch: int = Field(description="Counted from 1.")
    loss: float = Field(description="Mean training loss.")
    validation_auroc: float | None


class NetworkCurve(BaseModel):
    """The epochs of one network so far."""

    name: str = Field(description="Architecture, and member where there are several.")
    title: str
    n_epochs: int = Field(description="Epochs that are planned at most.")
    epochs: list[EpochPoint]
    best_epoch: int | None
    stopped_early: bool = False
    resumed_at: list[int] = Field(default_factory=list, description="Epochs before which a lost worker was replaced.")
    test_auroc: float | None = None
    test_low: float | None = None
    test_high: float | None = None


class SimpleMethod(BaseModel):
    """A baseline trained alongside."""

    name: str
    title: str
    test_auroc: float
    test_low: float
    test_high: float


class TrainingLive(BaseModel):
    """Training: curves that grow."""

    kind: Literal["training"] = "training"
    task: Literal["sequence", "chromatin"]
    title: str
    split: str = Field(description="How the examples were divided, in words.")
    counts: dict[str, int] = Field(description="training, validation, test, removed, ...")
    networks: list[NetworkCurve]
    baselines: list[SimpleMethod]
    warnings: list[str] = Field(default_factory=list)


class ScoringLive(BaseModel):
    """Batch scoring: the first rows and how the scores are spread."""

    kind: Literal["scoring"] = "scoring"
    columns: list[str]
    preview: list[list[str | float | None]] = Field(description="The first rows, at most 20.")
    done: int
    total: int
    skipped: int
    histogram_edges: list[float]
    histograms: dict[str, list[int]] = Field(description="Counts per score column.")
    convention: str


Live = Annotated[OptimisationLive | DesignLive | TrainingLive | ScoringLive, Field(discriminator="kind")]


class JobLive(BaseModel):
    """What a job has to show by now."""

    revision: int
    live: Live
