"""The shipped checkpoints, each trained where it is missing."""

import os
import platform
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import sklearn
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from models.baselines import BASELINES
from models.baselines.kmer_logistic import REGULARISATION_GRID, fit_kmer_logistic
from models.card import CARD_FILE, GoldenPrediction, SequenceCard, TrainingData
from models.checkpoints import architecture_names, architecture_spec, save_checkpoint
from models.class_optimization import class_optimization
from models.examples import EXAMPLES
from models.fasta import read_sequences
from models.predict import CLASSES, positive_probability
from models.sequence import ALPHABET, one_hot_encode
from models.training.datasets import DATASETS, Dataset
from models.training.fit import Recipe, epoch_examples, fit, score
from models.training.metrics import evaluate
from models.training.recipes import RECIPES, SEED
from models.training.splits import (
    LARGEST_VALIDATION,
    SHARED_KMER,
    VALIDATION_SHARE,
    FactorSplit,
    Labelled,
    TrainingSet,
    split_all,
)

LICENCE: Final = "MIT"
BASELINE: Final = "kmer_logistic"

_DEMO_CITATION: Final = "Lanchantin et al., Deep Motif Dashboard, PSB 2017, arXiv:1608.03644"
_BASELINE_CITATION: Final = "Ghandi et al., PLoS Comput Biol 2014, doi:10.1371/journal.pcbi.1003711"
_SPLIT: Final = (
    f"Test: the source's own test file. Validation: {VALIDATION_SHARE:.0%} of the training file at random, at most "
    f"{LARGEST_VALIDATION} a class. Repeats, and training sequences of any factor that share {SHARED_KMER} bases with "
    "a validation or test sequence of any factor on either strand, are left out."
)
_SHUFFLES: Final = "Dinucleotide shuffles of the positives, drawn anew in every epoch"


class Workplace(NamedTuple):
    """Where to read, where to write, and on what.

    Attributes
    ----------
    data : Path
        Folder of the datasets' files.
    folder : Path
        Folder of checkpoints.
    work : Path
        Weights trained on all factors together, which are not shipped.
    device : str
    """

    data: Path
    folder: Path
    work: Path
    device: str


def checkpoint_name(factor: str, architecture: str) -> str:
    """Return the name of the shipped checkpoint of one factor and architecture."""
    return f"{factor}-{architecture}"


def train_all(place: Workplace, *, processes: int) -> None:
    """Train every missing checkpoint, one process per architecture; a second call resumes.

    Parameters
    ----------
    place : Workplace
    processes : int
        How many architectures are trained side by side; each uses one thread, so that equal seeds give equal weights.
    """
    slowest_first = ["demo_cnn_rnn", "demo_cnn", "demo_rnn", BASELINE]
    if set(slowest_first) != set(architecture_names()):
        raise ValueError("an architecture is missing from the order of training")
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for done in [pool.submit(train_architecture, name, place) for name in slowest_first]:
            done.result()


def train_architecture(architecture: str, place: Workplace, *, factors: tuple[str, ...] = ()) -> None:
    """Train the missing checkpoints of one architecture.

    Parameters
    ----------
    architecture : str
    place : Workplace
    factors : tuple of str
        Default: every dataset's.
    """
    missing = [
        factor
        for factor in factors or DATASETS.names()
        if not (place.folder / checkpoint_name(factor, architecture) / CARD_FILE).exists()
    ]
    if not missing:
        return
    splits = split_all(place.data, random_state=SEED)
    initial = None if architecture in BASELINES else _pooled_weights(architecture, splits, place)
    for factor in missing:
        split = splits[factor]
        if initial is None:
            network, recipe = _fit_baseline(split)
        else:
            network, recipe = _fit_network(architecture, factor, split, initial, place)
        card = _card(architecture, factor, split, network, recipe)
        save_checkpoint(network, card, place.folder)


def _pooled_weights(architecture: str, splits: dict[str, FactorSplit], place: Workplace) -> dict[str, Tensor]:
    """Train on all factors together, or read the weights of an earlier run with the same recipe."""
    recipe = RECIPES[architecture].pooled
    digest = sha256(recipe.model_dump_json().encode()).hexdigest()[:12]
    path = place.work / f"pooled-{architecture}-{digest}.safetensors"
    if not path.exists():
        network = _new_network(architecture, recipe)
        validation = [split.validation for split in splits.values()]
        fit(
            network,
            [split.training for split in splits.values()],
            validation=Labelled(torch.cat([v.X for v in validation]), torch.cat([v.bound for v in validation])),
            recipe=recipe,
            random_state=SEED,
            device=place.device,
            title=f"{architecture} on all factors",
        )
        place.work.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        save_file({name: tensor.cpu() for name, tensor in network.state_dict().items()}, unfinished)
        os.replace(unfinished, path)
    return load_file(path)


def _fit_network(
    architecture: str, factor: str, split: FactorSplit, initial: dict[str, Tensor], place: Workplace
) -> tuple[nn.Module, dict[str, Any]]:
    stages = RECIPES[architecture]
    network = _new_network(architecture, stages.single)
    network.load_state_dict(initial)
    history = fit(
        network,
        [split.training],
        validation=split.validation,
        recipe=stages.single,
        random_state=SEED + 1 + DATASETS.names().index(factor),
        device=place.device,
        title=checkpoint_name(factor, architecture),
    )
    recipe = {
        "all_factors": stages.pooled.model_dump(),
        "this_factor": stages.single.model_dump(),
        "best_epoch": history.best + 1,
        "validation_auroc": [round(epoch.validation_auroc, 6) for epoch in history.epochs],
    }
    return network.cpu().requires_grad_(False), recipe


def _fit_baseline(split: FactorSplit) -> tuple[nn.Module, dict[str, Any]]:
    X, bound = epoch_examples([split.training], largest_class=None, random_state=SEED)
    recipe = {"k": 6, "features": "presence, reverse complements merged", "penalty": "L2, C by 5-fold cross-validation"}
    return fit_kmer_logistic(X, bound, random_state=SEED), recipe | {"C_grid": REGULARISATION_GRID}


def _new_network(architecture: str, recipe: Recipe) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return architecture_spec(architecture).network(dropout=recipe.dropout)


def _card(
    architecture: str, factor: str, split: FactorSplit, network: nn.Module, recipe: dict[str, Any]
) -> SequenceCard:
    dataset = DATASETS.get(factor)
    is_baseline = architecture in BASELINES
    X, length = split.training.positives, split.training.positives.shape[2]
    return SequenceCard(
        name=checkpoint_name(factor, architecture),
        kind="baseline" if is_baseline else "network",
        architecture=architecture,
        architecture_parameters={"input_length": length},
        title=f"{architecture_spec(architecture).title}, {dataset.title}",
        task=_task(length, dataset, split.training),
        factor=factor,
        factor_title=dataset.title,
        cell_type=dataset.cell_type,
        input_length=length,
        alphabet=ALPHABET,
        classes=CLASSES,
        n_parameters=_n_parameters(network, is_baseline=is_baseline),
        training_data=_training_data(factor, split),
        metrics=evaluate(
            split.test.bound.numpy(), torch.sigmoid(score(network, split.test.X).double()).numpy(), random_state=SEED
        ),
        gc_range=_gc_range(X),
        length_range=(int(X.sum((1, 2)).min()), int(X.sum((1, 2)).max())),
        sha256="",
        seed=SEED,
        training_command=f"python -m models.training one {factor} {architecture} --data DATA",
        recipe=recipe,
        versions={"python": platform.python_version(), "torch": torch.__version__, "scikit-learn": sklearn.__version__},
        licence=LICENCE,
        citation=f"{_BASELINE_CITATION if is_baseline else _DEMO_CITATION}; data: {dataset.citation}",
        golden_predictions=tuple(_golden_predictions(network, length)),
        class_optimization=None if is_baseline else _optimised(network, length),
    )


def _task(length: int, dataset: Dataset, training: TrainingSet) -> str:
    unbound = "a dinucleotide shuffle of one" if training.negatives is None else "an unbound sequence of the source"
    return f"Tell {length}-bp ChIP-seq peaks of {dataset.title} from {unbound}; not from peaks of other factors."


def _training_data(factor: str, split: FactorSplit) -> TrainingData:
    dataset, negatives = DATASETS.get(factor), split.training.negatives
    n_positives = len(split.training.positives)
    return TrainingData(
        source=dataset.source,
        files={"train": Path(dataset.train_file).name, "test": Path(dataset.test_file).name},
        licence=dataset.licence,
        negatives=_SHUFFLES if negatives is None else "The source's own",
        split=_SPLIT,
        n_train=n_positives + (n_positives if negatives is None else len(negatives)),
        n_validation=len(split.validation.X),
        n_test=len(split.test.X),
        n_removed_as_duplicates=split.n_removed,
    )


def _n_parameters(network: nn.Module, *, is_baseline: bool) -> int:
    tensors = network.state_dict().values() if is_baseline else network.parameters()
    return sum(tensor.numel() for tensor in tensors)


def _gc_range(X: Tensor) -> tuple[float, float]:
    gc = X[:, 1:3].sum((1, 2)) / X.sum((1, 2))
    low, high = np.percentile(gc.numpy(), [1, 99])
    return round(float(low), 3), round(float(high), 3)


def _optimised(network: nn.Module, length: int) -> list[list[float]]:
    matrix = class_optimization(network, length, random_state=SEED)
    return [[round(value, 4) for value in row] for row in matrix.tolist()]


def _golden_predictions(network: nn.Module, length: int) -> Iterator[GoldenPrediction]:
    for example in EXAMPLES:
        for record in read_sequences(example.sequences, max_records=100, max_bases=10_000).records:
            window = record.sequence[:length]
            probability = positive_probability(network, one_hot_encode([window], length=length)).item()
            yield GoldenPrediction(sequence=window, probability=round(probability, 6))
