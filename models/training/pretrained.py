"""The shipped checkpoints, each trained where it is missing."""

import os
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from models.baselines import BASELINES
from models.card import CARD_FILE, TrainingData
from models.checkpoints import architecture_names, save_checkpoint
from models.training.datasets import DATASETS, Dataset
from models.training.fit import fit
from models.training.recipes import RECIPES, SEED
from models.training.sequence_card import (
    BASELINE,
    SHUFFLES,
    Subject,
    checkpoint_name,
    fit_baseline,
    n_training,
    new_network,
    sequence_card,
)
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

_SPLIT: Final = (
    f"Test: the source's own test file. Validation: {VALIDATION_SHARE:.0%} of the training file at random, at most "
    f"{LARGEST_VALIDATION} a class. Repeats, and training sequences of any factor that share {SHARED_KMER} bases with "
    "a validation or test sequence of any factor on either strand, are left out."
)


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
            network, recipe = fit_baseline(split, random_state=SEED)
        else:
            network, recipe = _fit_network(architecture, factor, split, initial, place)
        subject = _subject(architecture, factor, split)
        card = sequence_card(network, subject, architecture=architecture, split=split, recipe=recipe, random_state=SEED)
        save_checkpoint(network, card, place.folder)


def _pooled_weights(architecture: str, splits: dict[str, FactorSplit], place: Workplace) -> dict[str, Tensor]:
    """Train on all factors together, or read the weights of an earlier run with the same recipe."""
    recipe = RECIPES[architecture].pooled
    digest = sha256(recipe.model_dump_json().encode()).hexdigest()[:12]
    path = place.work / f"pooled-{architecture}-{digest}.safetensors"
    if not path.exists():
        network = new_network(architecture, recipe, random_state=SEED)
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
    network = new_network(architecture, stages.single, random_state=SEED)
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


def _subject(architecture: str, factor: str, split: FactorSplit) -> Subject:
    dataset = DATASETS.get(factor)
    return Subject(
        factor=factor,
        factor_title=dataset.title,
        cell_type=dataset.cell_type,
        task=_task(split.training.positives.shape[2], dataset, split.training),
        training_data=_training_data(factor, split),
        training_command=f"python -m models.training one {factor} {architecture} --data DATA",
        licence=LICENCE,
        citation=dataset.citation,
    )


def _task(length: int, dataset: Dataset, training: TrainingSet) -> str:
    unbound = "a dinucleotide shuffle of one" if training.negatives is None else "an unbound sequence of the source"
    return f"Tell {length}-bp ChIP-seq peaks of {dataset.title} from {unbound}; not from peaks of other factors."


def _training_data(factor: str, split: FactorSplit) -> TrainingData:
    dataset, negatives = DATASETS.get(factor), split.training.negatives
    return TrainingData(
        source=dataset.source,
        files={"train": Path(dataset.train_file).name, "test": Path(dataset.test_file).name},
        licence=dataset.licence,
        negatives=SHUFFLES if negatives is None else "The source's own",
        split=_SPLIT,
        n_train=n_training(split.training),
        n_validation=len(split.validation.X),
        n_test=len(split.test.X),
        n_removed_as_duplicates=split.n_removed,
    )
