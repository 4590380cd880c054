"""Whether a checkpoint knows its own factor: its peaks against the peaks of all other factors."""

from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from torch import Tensor

from models.checkpoints import architecture_names, checkpoint_names, load_checkpoint
from models.training.datasets import DATASETS
from models.training.fit import score
from models.training.report import markdown_table
from models.training.sequence_card import checkpoint_name
from models.training.splits import read_encoded


def specificity_table(data: Path, folder: Path) -> str:
    """Return, per factor and architecture, the AUROC of bound test sequences of the factor against those of all others.

    The networks are not trained for this question, so the answer says how far a ranking of factors may be trusted.

    Parameters
    ----------
    data : Path
        Folder that holds the files of `DATASETS`.
    folder : Path
        Folder of checkpoints; an architecture that lacks a factor is left out.

    Returns
    -------
    str
        Markdown.
    """
    tests = {name: read_encoded(data / DATASETS.get(name).test_file, DATASETS.get(name)) for name in DATASETS}
    bound = {name: labelled.X[labelled.bound] for name, labelled in tests.items()}
    trained = set(checkpoint_names(folder))
    architectures = [
        architecture
        for architecture in architecture_names()
        if {checkpoint_name(factor, architecture) for factor in DATASETS} <= trained
    ]
    auroc = np.array([[_own_against_others(factor, a, bound, folder) for a in architectures] for factor in DATASETS])
    named = [*zip(DATASETS, auroc, strict=True), ("mean", auroc.mean(0))]
    return markdown_table(["factor", *architectures], [[name, *(f"{v:.3f}" for v in row)] for name, row in named])


def _own_against_others(factor: str, architecture: str, bound: dict[str, Tensor], folder: Path) -> float:
    network = load_checkpoint(checkpoint_name(factor, architecture), folder=folder).network
    scores = [score(network, X).numpy() for X in bound.values()]
    is_own = [np.full(len(X), name == factor) for name, X in bound.items()]
    return float(roc_auc_score(np.concatenate(is_own), np.concatenate(scores)))
