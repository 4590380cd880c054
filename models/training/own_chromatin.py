"""From a user's genes to chromatin checkpoints: what the command line and the job of the service share."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.baselines.histone_linear import fit_histone_linear
from models.card import BaselineResult, ChromatinCard, Estimate
from models.cell_types import ROADMAP, cell_type_title
from models.checkpoints import save_checkpoint
from models.training.chromatin_baselines import SIMPLE_METHODS, baseline_result, simple_scores
from models.training.chromatin_card import Subject, Tested, baseline_recipe, chromatin_card
from models.training.chromatin_fit import ChromatinRecipe, Hooks, Validation
from models.training.chromatin_members import train_members
from models.training.chromatin_recipes import chromatin_recipe
from models.training.fit import History, score
from models.training.own_gene_split import GeneSplit
from models.training.own_genes import OwnGenes
from models.training.tables import tsv

BASELINE: Final = "all_bins_logistic"
PATIENCE: Final = 5
SVC_GENES: Final = 3000  # a support vector machine's time grows with the square of them
LICENCE: Final = "as the data; stated by who trained it"

_SVC: Final = ("best_bin_svc", "all_bins_svc")


class OwnGeneSet(NamedTuple):
    """A user's genes and how they are divided."""

    genes: OwnGenes
    division: GeneSplit

    def part(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Return signals and labels of one set."""
        rows = torch.from_numpy(self.division.rows(name))
        return self.genes.X[rows], self.genes.on[rows]


class AboutGenes(NamedTuple):
    """What the user says of the set, and how the training was asked for.

    Attributes
    ----------
    name : str
        First part of the checkpoints' names.
    cell_type : str
        Roadmap id or free text.
    bin_size_bp : int
    command : str
    seed : int
    """

    name: str
    cell_type: str
    bin_size_bp: int
    command: str
    seed: int


class TrainedOnGenes(NamedTuple):
    """A trained network or baseline; a baseline has no histories.

    `probability` is P(ON) of the test genes.
    """

    architecture: str
    network: nn.Module
    recipe: dict[str, Any]
    histories: tuple[History, ...]
    probability: NDArray[np.float64]


def checkpoint_name(name: str, architecture: str) -> str:
    """Return the name of the checkpoint of one training and architecture."""
    return f"{name}-{architecture}"


def own_recipe(
    architecture: str,
    *,
    n_training: int,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    dropout: float | None = None,
) -> ChromatinRecipe:
    """Return the recipe of the shipped network with what the user wants otherwise."""
    wanted = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "dropout": dropout}
    recipe = chromatin_recipe(architecture, n_training)
    return recipe.model_copy(update={name: value for name, value in wanted.items() if value is not None})


def fit_own_genes(
    architecture: str,
    own: OwnGeneSet,
    recipe: ChromatinRecipe,
    *,
    seed: int,
    patience: int = PATIENCE,
    device: str = "cpu",
    hooks: Callable[[str], Hooks] = lambda _: Hooks(),
) -> TrainedOnGenes:
    """Train one network, each member from random weights; `hooks` is that of `train_members`."""
    X, on = own.part("training")
    validation = Validation(*own.part("validation"), patience)
    with torch.random.fork_rng(devices=[]):
        network, histories = train_members(
            architecture,
            X,
            on,
            recipe=recipe,
            random_state=seed,
            device=device,
            validation=validation,
            hooks=hooks,
        )
    told = recipe.model_dump() | {
        "patience": patience,
        "best_epoch": [history.best + 1 for history in histories],
        "validation_auroc": [[round(epoch.validation_auroc, 6) for epoch in one.epochs] for one in histories],
    }
    network = network.eval().requires_grad_(False)
    return TrainedOnGenes(architecture, network, told, histories, _probability(network, own))


def fit_own_gene_baseline(own: OwnGeneSet, *, seed: int) -> TrainedOnGenes:
    """Fit logistic regression on every bin of every mark to the same training genes."""
    network = fit_histone_linear(*own.part("training"), features=SIMPLE_METHODS[BASELINE].features, random_state=seed)
    network = network.eval().requires_grad_(False)
    return TrainedOnGenes(BASELINE, network, baseline_recipe(BASELINE), (), _probability(network, own))


def simple_methods(n_training: int) -> tuple[str, ...]:
    """Return the simple methods that are trained alongside."""
    return tuple(name for name in SIMPLE_METHODS if n_training <= SVC_GENES or name not in _SVC)


def fit_simple_methods(own: OwnGeneSet, *, seed: int) -> Iterator[BaselineResult]:
    """Train each simple method on the same training genes, and measure it on the same test genes."""
    (X, on), (unseen, truth) = own.part("training"), own.part("test")
    for name in simple_methods(len(X)):
        scores = simple_scores(name, X, on, unseen, random_state=seed)
        yield baseline_result(name, truth.numpy(), scores, random_state=seed)


def save_own_genes(
    trained: TrainedOnGenes,
    own: OwnGeneSet,
    about: AboutGenes,
    *,
    baselines: tuple[BaselineResult, ...],
    folder: Path,
) -> ChromatinCard:
    """Measure a network on the test genes and write it, with its card, into its own folder below `folder`."""
    X, on = own.part("test")
    card = chromatin_card(
        trained.network,
        _subject(trained, own, about),
        architecture=trained.architecture,
        training=own.part("training")[0],
        tested=Tested(X, on, trained.probability, n_genes=len(X)),
        baselines=baselines,
    )
    return save_checkpoint(trained.network, card, folder)


def auroc_of(card: ChromatinCard) -> Estimate:
    """Return what a network that was trained here reaches; only imported ones have no metrics."""
    if card.metrics is None:
        raise ValueError(card.name)
    return card.metrics.auroc


def histories_by_name(trained: TrainedOnGenes) -> dict[str, History]:
    """Return the history of every member by the name that tables and pictures give it."""
    if len(trained.histories) == 1:
        return {trained.architecture: trained.histories[0]}
    return {f"{trained.architecture}, member {i}": one for i, one in enumerate(trained.histories, start=1)}


def gene_split_tsv(own: OwnGeneSet) -> bytes:
    """Write in which set every gene is."""
    genes, division = own
    columns = (genes.genes, genes.symbols, division.chromosomes, division.sets, genes.on.int().tolist())
    return tsv(("gene", "symbol", "chromosome", "set", "label"), zip(*columns, strict=True))


def gene_predictions_tsv(own: OwnGeneSet, probabilities: Mapping[str, NDArray[np.float64]]) -> bytes:
    """Write P(ON) of every test gene by every checkpoint."""
    rows = own.division.rows("test")
    values = np.stack(list(probabilities.values()), axis=1)
    return tsv(
        ("gene", "symbol", "label", *probabilities),
        (
            (own.genes.genes[row], own.genes.symbols[row], int(own.genes.on[row]), *(f"{one:.6f}" for one in line))
            for row, line in zip(rows, values, strict=True)
        ),
    )


def _probability(network: nn.Module, own: OwnGeneSet) -> NDArray[np.float64]:
    probability: NDArray[np.float64] = torch.sigmoid(score(network, own.part("test")[0]).double()).numpy()
    return probability


def _subject(trained: TrainedOnGenes, own: OwnGeneSet, about: AboutGenes) -> Subject:
    roadmap = (about.cell_type,) if about.cell_type in ROADMAP else ()
    title = cell_type_title(roadmap) if roadmap else about.cell_type
    kb = own.genes.X.shape[2] * about.bin_size_bp / 2000
    return Subject(
        name=checkpoint_name(about.name, trained.architecture),
        title=title,
        task=f"Tell ON from OFF genes of {title} by five histone marks within {kb:g} kb of the TSS.",
        cell_types=roadmap,
        bin_size_bp=about.bin_size_bp,
        training_data=_training_data(own),
        training_command=about.command,
        recipe=trained.recipe,
        licence=LICENCE,
        citation="the user's own",
        seed=about.seed,
    )


def _training_data(own: OwnGeneSet) -> dict[str, str]:
    counts = own.division.counts
    return {
        "source": f"Trained on a user's own file: {own.genes.files['histone']}",
        "files": "; ".join(own.genes.files.values()),
        "licence": "not stated",
        "labels": f"{own.genes.labels}.",
        "split": own.division.words,
        "genes": ", ".join(f"{n:,} {name}" for name, n in counts.items()) + ".",
    }
