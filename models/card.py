"""What a checkpoint is: the card that travels with its weights."""

from pathlib import Path
from typing import Any, Final, Literal, TypeVar

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
    """One bin of the reliability curve: mean prediction against the observed share of positives."""

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
    """What every card holds.

    Attributes
    ----------
    sha256 : str
        Of the weights file.
    architecture_parameters : dict
        What the architecture's class is called with.
    n_members : int
        Networks of that class whose logits and attention are averaged.
    """

    name: str
    kind: Literal["network", "baseline"]
    architecture: str
    architecture_parameters: dict[str, Any]
    n_members: int = 1
    title: str
    task: str
    cell_type: str
    classes: tuple[str, ...]
    n_parameters: int
    sha256: str
    training_command: str
    recipe: dict[str, Any]
    versions: dict[str, str]
    licence: str
    citation: str


class SequenceCard(ModelCard):
    """Everything a reader must know before believing a checkpoint that reads DNA.

    Attributes
    ----------
    gc_range : tuple of float
        1st to 99th percentile of GC content over the training sequences.
    length_range : tuple of int
        Shortest and longest training sequence in bases.
    class_optimization : list or None
        DeMo's optimised input for class bound, rows A, C, G, T, each column summing to 1; None for a baseline,
        which has no input gradient.
    """

    factor: str
    factor_title: str
    input_length: int
    alphabet: str
    training_data: TrainingData
    metrics: Metrics
    gc_range: tuple[float, float]
    length_range: tuple[int, int]
    seed: int
    golden_predictions: tuple[GoldenPrediction, ...]
    class_optimization: list[list[float]] | None


class BaselineResult(_CardPart):
    """What a simple method reaches on the same genes and folds."""

    name: str
    title: str
    auroc: Estimate
    auprc: Estimate


class SignalRange(_CardPart):
    """What a mark looked like in training: over all bins of all genes."""

    mark: str
    percentile_99: float
    maximum: float
    zero_share: float
    whole_numbers: bool


class PatternMap(_CardPart):
    """The signal that a network likes best for one class: see `models.pattern_maps`.

    Attributes
    ----------
    space : {"published", "log1p"}
    values : tuple, shape (n_marks, n_bins)
        Between 0 and 1, divided by the global maximum.
    active_bins : tuple of int, shape (n_marks,)
        Bins of at least `models.pattern_maps.ACTIVE_FROM`.
    means : tuple of float, shape (n_marks,)
    """

    target: Literal["ON", "OFF"]
    space: Literal["published", "log1p"]
    values: tuple[tuple[float, ...], ...]
    active_bins: tuple[int, ...]
    means: tuple[float, ...]


class ChromatinCard(ModelCard):
    """Everything a reader must know before believing a checkpoint that reads histone marks.

    Attributes
    ----------
    origin : {"trained here", "imported"}
    cell_types : tuple of str
        Roadmap ids of the training data.
    other_lengths : bool
        Whether the network takes other numbers of bins than it was trained on.
    training_data : dict of str to str
        source, files, licence, split, labels, in words.
    n_genes : int or None
        Genes that `metrics` are measured on, none of them seen by the network that answered for them.
    metrics : Metrics or None
        None for imported weights.
    reference : tuple, shape (n_marks, n_bins)
        What a knocked-out bin is set to, and `reference_origin` in words.
    golden_probabilities : tuple of float
        What these weights must give for `models.golden.golden_signal`.
    """

    origin: Literal["trained here", "imported"]
    summary: str
    cell_types: tuple[str, ...]
    marks: tuple[str, ...]
    n_bins: int
    bin_size_bp: int
    other_lengths: bool
    training_data: dict[str, str]
    n_genes: int | None
    metrics: Metrics | None
    baselines: tuple[BaselineResult, ...]
    signal_ranges: tuple[SignalRange, ...]
    reference: tuple[tuple[float, ...], ...]
    reference_origin: str
    pattern_maps: tuple[PatternMap, ...]
    seed: int | None
    golden_probabilities: tuple[float, ...]


Card = TypeVar("Card", bound=ModelCard)


def read_card(folder: Path, kind: type[Card]) -> Card:
    """Read the card of the checkpoint in `folder`."""
    return kind.model_validate_json((folder / CARD_FILE).read_text(encoding="utf-8"))
