"""From a trained network and its split to the card that travels with it, whoever trained it."""

import platform
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.baselines import BASELINES
from models.baselines.kmer_logistic import REGULARISATION_GRID, fit_kmer_logistic
from models.card import GoldenPrediction, SequenceCard, TrainingData
from models.checkpoints import architecture_spec
from models.class_optimization import class_optimization
from models.examples import EXAMPLES
from models.fasta import read_sequences
from models.predict import CLASSES, positive_probability
from models.sequence import ALPHABET, one_hot_encode
from models.training.fit import Recipe, epoch_examples, score
from models.training.metrics import evaluate
from models.training.splits import FactorSplit, TrainingSet

BASELINE: Final = "kmer_logistic"
SHUFFLES: Final = "Dinucleotide shuffles of the positives, drawn anew in every epoch"

_DEMO_CITATION: Final = "Lanchantin et al., Deep Motif Dashboard, PSB 2017, arXiv:1608.03644"
_BASELINE_CITATION: Final = "Ghandi et al., PLoS Comput Biol 2014, doi:10.1371/journal.pcbi.1003711"


class Subject(NamedTuple):
    """What a card says of its data.

    Attributes
    ----------
    factor, factor_title, cell_type : str
    task : str
        The question that the network answers, and the one that it does not.
    training_data : TrainingData
    training_command : str
    licence : str
        Of the weights.
    citation : str
        Of the data.
    """

    factor: str
    factor_title: str
    cell_type: str
    task: str
    training_data: TrainingData
    training_command: str
    licence: str
    citation: str


def checkpoint_name(factor: str, architecture: str) -> str:
    """Return the name of the checkpoint of one factor and architecture."""
    return f"{factor}-{architecture}"


def new_network(architecture: str, recipe: Recipe, *, random_state: int) -> nn.Module:
    """Return a network with random weights, for windows of the usual length."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        return architecture_spec(architecture).network(dropout=recipe.dropout)


def fit_baseline(split: FactorSplit, *, random_state: int) -> tuple[nn.Module, dict[str, Any]]:
    """Fit the k-mer baseline to the training set and return it with its recipe."""
    X, bound = epoch_examples([split.training], largest_class=None, random_state=random_state)
    recipe = {"k": 6, "features": "presence, reverse complements merged", "penalty": "L2, C by 5-fold cross-validation"}
    return fit_kmer_logistic(X, bound, random_state=random_state), recipe | {"C_grid": REGULARISATION_GRID}


def probabilities_of_test_set(network: nn.Module, split: FactorSplit) -> NDArray[np.float64]:
    """Return P(bound) of the test sequences, shape (n,)."""
    probabilities: NDArray[np.float64] = torch.sigmoid(score(network, split.test.X).double()).numpy()
    return probabilities


def sequence_card(
    network: nn.Module,
    subject: Subject,
    *,
    architecture: str,
    split: FactorSplit,
    recipe: dict[str, Any],
    random_state: int,
) -> SequenceCard:
    """Measure a network on the test set and write its card, all but the sha256 of the weights.

    Parameters
    ----------
    network : nn.Module
        Trained, in evaluation mode with frozen parameters.
    subject : Subject
    architecture : str
    split : FactorSplit
    recipe : dict
        How it was trained.
    random_state : int
        Of the training, the bootstrap and the start of the class optimisation.
    """
    is_baseline = architecture in BASELINES
    X, length = split.training.positives, split.training.positives.shape[2]
    probabilities = probabilities_of_test_set(network, split)
    return SequenceCard(
        name=checkpoint_name(subject.factor, architecture),
        kind="baseline" if is_baseline else "network",
        architecture=architecture,
        architecture_parameters={"input_length": length},
        title=f"{architecture_spec(architecture).title}, {subject.factor_title}",
        task=subject.task,
        factor=subject.factor,
        factor_title=subject.factor_title,
        cell_type=subject.cell_type,
        input_length=length,
        alphabet=ALPHABET,
        classes=CLASSES,
        n_parameters=_n_parameters(network, is_baseline=is_baseline),
        training_data=subject.training_data,
        metrics=evaluate(split.test.bound.numpy(), probabilities, random_state=random_state),
        gc_range=_gc_range(X),
        length_range=(int(X.sum((1, 2)).min()), int(X.sum((1, 2)).max())),
        sha256="",
        seed=random_state,
        training_command=subject.training_command,
        recipe=recipe,
        versions=_versions(),
        licence=subject.licence,
        citation=f"{_BASELINE_CITATION if is_baseline else _DEMO_CITATION}; data: {subject.citation}",
        golden_predictions=tuple(_golden_predictions(network, length)),
        class_optimization=None if is_baseline else _optimised(network, length, random_state),
    )


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "scikit-learn": version("scikit-learn"),
    }


def n_training(training: TrainingSet) -> int:
    """Count the sequences of an epoch, shuffles among them."""
    n_positives = len(training.positives)
    return n_positives + (n_positives if training.negatives is None else len(training.negatives))


def _n_parameters(network: nn.Module, *, is_baseline: bool) -> int:
    tensors = network.state_dict().values() if is_baseline else network.parameters()
    return sum(tensor.numel() for tensor in tensors)


def _gc_range(X: Tensor) -> tuple[float, float]:
    gc = X[:, 1:3].sum((1, 2)) / X.sum((1, 2))
    low, high = np.percentile(gc.numpy(), [1, 99])
    return round(float(low), 3), round(float(high), 3)


def _optimised(network: nn.Module, length: int, random_state: int) -> list[list[float]]:
    matrix = class_optimization(network, length, random_state=random_state)
    return [[round(value, 4) for value in row] for row in matrix.tolist()]


def _golden_predictions(network: nn.Module, length: int) -> Iterator[GoldenPrediction]:
    for example in EXAMPLES:
        for record in read_sequences(example.sequences, max_records=100, max_bases=10_000).records:
            window = record.sequence[:length]
            probability = positive_probability(network, one_hot_encode([window], length=length)).item()
            yield GoldenPrediction(sequence=window, probability=round(probability, 6))
