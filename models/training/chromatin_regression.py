"""DeepChrome's other question: how much a gene is expressed, not only whether."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.checkpoints import architecture_spec
from models.training.chromatin_baselines import SIMPLE_METHODS, simple_regression
from models.training.chromatin_data import ChromatinData, load_chromatin
from models.training.chromatin_fit import fit_chromatin
from models.training.chromatin_recipes import SHIPPED, chromatin_recipe
from models.training.report import markdown_table

SEED: Final = 20260101
PSEUDOCOUNT: Final = 1.0


def regression_table(cell_type: str, architectures: tuple[str, ...], *, data: Path) -> str:
    """Cross-validate networks and simple methods on log10(count + 1) and return Pearson's r, as Markdown.

    Parameters
    ----------
    cell_type : str
        Roadmap id, E003 or E123.
    architectures : tuple of str
        Default: the shipped ones.
    data : Path
        Folder with deepdiff/.

    Notes
    -----
    The paper takes log10(RPKM) without a pseudocount; the expression at hand are counts, some of them 0, so 1 is added.
    """
    given = load_chromatin(cell_type.lower(), data)
    target = log10_expression(given, data / f"deepdiff/{cell_type}.expr.csv.gz")
    rows = [
        [name, f"{pearson_r(_network_predictions(name, given, target), target.numpy()):.3f}"]
        for name in architectures or SHIPPED
    ]
    rows += [
        [_regression_title(name), f"{pearson_r(_simple_predictions(name, given, target), target.numpy()):.3f}"]
        for name in SIMPLE_METHODS
    ]
    return markdown_table([f"{cell_type}, {len(given.X)} genes", "Pearson's r of log10(count + 1)"], rows)


def log10_expression(given: ChromatinData, path: Path) -> Tensor:
    """Return log10(count + 1) of the genes, shape (n,), from a table `gene,count` without header."""
    counts = pd.read_csv(path, header=None, names=["gene", "count"], index_col="gene")["count"]
    return torch.from_numpy(np.log10(counts.loc[given.genes].to_numpy(np.float32) + np.float32(PSEUDOCOUNT)))


def predict_expression(network: nn.Module, X: Tensor) -> Tensor:
    """Return what a regression network says, shape (n,), of signals of shape (n, n_marks, n_bins)."""
    with torch.inference_mode():
        output: Tensor = network(X)[:, 0]
    return output


def pearson_r(predicted: NDArray[np.float64], observed: NDArray[np.float64]) -> float:
    """Return Pearson's correlation."""
    return float(np.corrcoef(predicted, observed)[0, 1])


def _network_predictions(architecture: str, given: ChromatinData, target: Tensor) -> NDArray[np.float64]:
    recipe = chromatin_recipe(architecture, len(given.X))
    predicted = np.zeros(len(given.X))
    for train, test in given.splits:
        torch.manual_seed(SEED)
        network = architecture_spec(architecture).network(scale="log1p", task="regression", dropout=recipe.dropout)
        centre = target[train].mean()  # else the first epochs only learn the mean
        fit_chromatin(network, given.X[train], target[train] - centre, recipe=recipe, random_state=SEED)
        predicted[test] = (predict_expression(network, given.X[test]) + centre).numpy()
    return predicted


def _simple_predictions(name: str, given: ChromatinData, target: Tensor) -> NDArray[np.float64]:
    predicted = np.zeros(len(given.X))
    for train, test in given.splits:
        predicted[test] = simple_regression(name, given.X[train], target[train], given.X[test], random_state=SEED)
    return predicted


def _regression_title(name: str) -> str:
    method = SIMPLE_METHODS[name]
    features = {"mark_mean": "mean of each mark", "best_bin": "best bin of each mark", "all_bins": "all bins"}
    kinds = {"svc": "SVR", "forest": "Random forest"}
    return f"{kinds.get(name.rsplit('_', maxsplit=1)[-1], 'Ridge regression')}, {features[method.features]}"
