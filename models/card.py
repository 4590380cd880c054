"""What a checkpoint is: the card that travels with its weights."""

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

CARD_FILE: Final = "card.json"


class _CardPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(_CardPart):
    """A measured value with the 95 % interval of its bootstrap."""

    value: float
    low: float
    high: float


class ReliabilityBin(_CardPart):
    """One bin of the reliability curve: mean prediction against the observed share of bound sequences."""

    predicted: float
    observed: float
    n: int


class Metrics(_CardPart):
    """How well a checkpoint does on its test file; accuracy is at a probability of 0.5."""

    auroc: Estimate
    auprc: Estimate
    accuracy: Estimate
    brier: Estimate
    reliability: tuple[ReliabilityBin, ...]
    n_positive: int
    n_negative: int


class TrainingData(_CardPart):
    """Where the sequences come from and how they were divided."""

    source: str
    files: dict[str, str]
    licence: str
    negatives: str
    split: str
    n_train: int
    n_validation: int
    n_test: int
    n_removed_as_duplicates: int


class GoldenPrediction(_CardPart):
    """A sequence and the P(bound) that these weights must give for it."""

    sequence: str
    probability: float


class ModelCard(_CardPart):
    """Everything a reader must know before believing a checkpoint.

    Attributes
    ----------
    gc_range : tuple of float
        1st to 99th percentile of GC content over the training sequences.
    length_range : tuple of int
        Shortest and longest training sequence in bases.
    sha256 : str
        Of the weights file.
    class_optimization : list or None
        DeMo's optimised input for class bound, rows A, C, G, T, each column summing to 1; None for a baseline,
        which has no input gradient.
    """

    name: str
    kind: Literal["network", "baseline"]
    architecture: str
    architecture_parameters: dict[str, Any]
    title: str
    task: str
    factor: str
    factor_title: str
    cell_type: str
    input_length: int
    alphabet: str
    classes: tuple[str, ...]
    n_parameters: int
    training_data: TrainingData
    metrics: Metrics
    gc_range: tuple[float, float]
    length_range: tuple[int, int]
    sha256: str
    seed: int
    training_command: str
    recipe: dict[str, Any]
    versions: dict[str, str]
    licence: str
    citation: str
    golden_predictions: tuple[GoldenPrediction, ...]
    class_optimization: list[list[float]] | None


def read_card(folder: Path) -> ModelCard:
    """Read the card of the checkpoint in `folder`."""
    return ModelCard.model_validate_json((folder / CARD_FILE).read_text(encoding="utf-8"))
