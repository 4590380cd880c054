"""The shipped chromatin checkpoints: cross-validated for the card, then trained on all genes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from models.baselines import CHROMATIN_BASELINES
from models.baselines.histone_linear import fit_histone_linear
from models.card import CARD_FILE, BaselineResult, ChromatinCard
from models.checkpoints import save_checkpoint
from models.training.chromatin_baselines import SIMPLE_METHODS, baseline_result, simple_scores
from models.training.chromatin_card import Subject, Tested, baseline_recipe, chromatin_card
from models.training.chromatin_data import (
    CHROMATIN_SETS,
    FOLD_SEED,
    ChromatinData,
    ChromatinSource,
    Split,
    load_chromatin,
)
from models.training.chromatin_members import fit_members
from models.training.chromatin_recipes import SHIPPED, SHIPPED_10KB, chromatin_recipe
from models.training.fit import score

SEED: Final = 20260101
LICENCE: Final = "MIT"

Scores = NDArray[np.float64]
Fit = Callable[[Tensor, Tensor, int], nn.Module]


class _Trained(NamedTuple):
    network: nn.Module
    fit: Fit
    given: ChromatinData
    baselines: tuple[BaselineResult, ...]


def checkpoint_name(data_set: str, architecture: str) -> str:
    """Return the name of the shipped checkpoint of one data set and architecture."""
    return f"{data_set}-{architecture}"


def shipped(data_set: str) -> tuple[str, ...]:
    """Return the architectures and baselines that are shipped for a data set."""
    networks = SHIPPED_10KB if CHROMATIN_SETS.get(data_set).held_out else SHIPPED
    return (*networks, *CHROMATIN_BASELINES.names())


def train_chromatin(data_set: str, architectures: tuple[str, ...], *, data: Path, folder: Path) -> None:
    """Train the missing checkpoints of one data set.

    Parameters
    ----------
    data_set : str
        Of `CHROMATIN_SETS`.
    architectures : tuple of str
        Empty: the shipped ones and the baselines.
    data : Path
        Folder with deepdiff/ and gcmerge_e116_10kb/.
    folder : Path
        Folder of checkpoints.
    """
    wanted = architectures or shipped(data_set)
    missing = [one for one in wanted if not (folder / checkpoint_name(data_set, one) / CARD_FILE).exists()]
    if not missing:
        return
    given = load_chromatin(data_set, data)
    baselines = baseline_results(given)
    for architecture in missing:
        fit = fit_of(architecture, given)
        network = final_network(fit, given)
        save_checkpoint(network, _card(data_set, architecture, _Trained(network, fit, given, baselines)), folder)


def fit_of(architecture: str, given: ChromatinData) -> Fit:
    """Return how an architecture is trained on some of the genes: ``fit(X, on, random_state)``."""
    if architecture in CHROMATIN_BASELINES:
        features = SIMPLE_METHODS[architecture].features
        return lambda X, on, seed: fit_histone_linear(X, on, features=features, random_state=seed)
    recipe = chromatin_recipe(architecture, len(given.X))
    return lambda X, on, seed: fit_members(architecture, X, on, recipe=recipe, random_state=seed)


def final_network(fit: Fit, given: ChromatinData) -> nn.Module:
    """Train on all genes after a cross-validation; keep held-out chromosomes out for good."""
    rows = _training_rows(given)
    return fit(given.X[rows], given.on[rows], SEED).requires_grad_(False)


def held_out_scores(score: Callable[[Split], Scores], splits: tuple[Split, ...]) -> tuple[NDArray[np.int64], Scores]:
    """Return the tested rows and their scores, each by a model that has not seen its gene."""
    rows = np.concatenate([split.test for split in splits])
    return rows, np.concatenate([score(split) for split in splits])


def baseline_results(given: ChromatinData) -> tuple[BaselineResult, ...]:
    """Train every simple method on the same splits and measure it."""
    results = []
    for name in SIMPLE_METHODS:

        def scores_of(split: Split, name: str = name) -> Scores:
            train, test = split
            return simple_scores(name, given.X[train], given.on[train], given.X[test], random_state=SEED)

        rows, scores = held_out_scores(scores_of, given.splits)
        results.append(baseline_result(name, given.on[rows].numpy(), scores, random_state=SEED))
    return tuple(results)


def _card(data_set: str, architecture: str, trained: _Trained) -> ChromatinCard:
    source, given = CHROMATIN_SETS.get(data_set), trained.given
    rows, probability = _held_out_probability(trained)
    subject = Subject(
        name=checkpoint_name(data_set, architecture),
        title=source.title,
        task=_task(source),
        cell_types=tuple(source.files),
        bin_size_bp=source.bin_size_bp,
        training_data=_training_data(source, given, rows, probability),
        training_command=f"python -m models.training chromatin {data_set} --architecture {architecture} --data DATA",
        recipe=_recipe(architecture, given),
        licence=LICENCE,
        citation=source.citation,
        seed=SEED,
    )
    tested = Tested(given.X[rows], given.on[rows], probability, n_genes=len(np.unique(given.genes[rows])))
    training = given.X[_training_rows(given)]
    return chromatin_card(
        trained.network,
        subject,
        architecture=architecture,
        training=training,
        tested=tested,
        baselines=trained.baselines,
    )


def _held_out_probability(trained: _Trained) -> tuple[NDArray[np.int64], Scores]:
    network, fit, given, _ = trained

    def probability(network: nn.Module, rows: NDArray[np.int64]) -> Scores:
        return torch.sigmoid(score(network, given.X[rows]).double()).numpy()

    if len(given.splits) == 1:  # the network itself has not seen the held-out chromosomes
        return given.splits[0].test, probability(network, given.splits[0].test)
    return held_out_scores(
        lambda split: probability(fit(given.X[split.train], given.on[split.train], SEED), split.test), given.splits
    )


def _recipe(architecture: str, given: ChromatinData) -> dict[str, Any]:
    if architecture in CHROMATIN_BASELINES:
        return baseline_recipe(architecture)
    return chromatin_recipe(architecture, len(given.X)).model_dump()


def _task(source: ChromatinSource) -> str:
    kb = 50 * source.bin_size_bp / 1000
    return (
        f"Tell genes above the median expression of their cell type (ON) from the others (OFF) by five histone marks "
        f"within {kb:g} kb of the TSS."
    )


def _training_rows(given: ChromatinData) -> NDArray[np.int64]:
    return given.splits[0].train if len(given.splits) == 1 else np.arange(len(given.X))


def _training_data(
    source: ChromatinSource, given: ChromatinData, rows: NDArray[np.int64], probability: Scores
) -> dict[str, str]:
    if source.held_out:
        split = f"Trained without {', '.join(source.held_out)}; measured on the genes of those chromosomes."
    else:
        split = (
            f"Measured by {len(given.splits)}-fold cross-validation over genes (seed {FOLD_SEED}; a gene's cell types "
            "are never parted); the weights are trained on all genes by the same recipe."
        )
    described = {
        "source": source.source,
        "files": ", ".join(Path(name).name for names in source.files.values() for name in names),
        "licence": source.licence,
        "split": split,
        "genes": f"{len(_training_rows(given)):,} of {len(given.X):,} rows train the weights.",
    }
    if len(source.files) > 1:
        on = given.on[rows].numpy()
        masks = {one: given.cell_types[rows] == one for one in source.files}
        described["AUROC by cell type"] = ", ".join(
            f"{one} {roc_auc_score(on[mask], probability[mask]):.3f}" for one, mask in masks.items()
        )
    return described
