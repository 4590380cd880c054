"""The shipped chromatin checkpoints: cross-validated for the card, then trained on all genes."""

import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas
import sklearn
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from models.baselines import CHROMATIN_BASELINES
from models.baselines.histone_linear import fit_histone_linear
from models.card import CARD_FILE, BaselineResult, ChromatinCard, SignalRange
from models.checkpoints import architecture_spec, save_checkpoint
from models.explanations.attention import AttentionParameters, attention
from models.explanations.method import HasBinAttention
from models.histone import MARKS, golden_signal
from models.pattern_maps import pattern_maps
from models.predict import ON_OFF, positive_probability
from models.training.chromatin_baselines import SIMPLE_METHODS, simple_scores
from models.training.chromatin_data import (
    CHROMATIN_SETS,
    FOLD_SEED,
    ChromatinData,
    ChromatinSource,
    Split,
    load_chromatin,
)
from models.training.chromatin_members import fit_members, parameters_of
from models.training.chromatin_recipes import SHIPPED, SHIPPED_10KB, chromatin_recipe
from models.training.fit import score
from models.training.metrics import evaluate

SEED: Final = 20260101
LICENCE: Final = "MIT"
DIGITS: Final = 4
MIDDLE_BINS: Final = 10

_CITATIONS: Final = {
    "deepchrome": "Singh et al., DeepChrome, Bioinformatics 2016, arXiv:1607.02078",
    "attentive": "Singh et al., Attend and Predict, NeurIPS 2017, arXiv:1708.00339",
}
_BASELINE_CITATION: Final = "DeepChrome 2.0, arXiv:2209.11923; Dong et al., Genome Biology 2012"

_VERSIONS: Final = {
    "python": platform.python_version(),
    "torch": torch.__version__,
    "scikit-learn": sklearn.__version__,
    "pandas": pandas.__version__,
}

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
    for name, method in SIMPLE_METHODS.items():

        def scores_of(split: Split, name: str = name) -> Scores:
            train, test = split
            return simple_scores(name, given.X[train], given.on[train], given.X[test], random_state=SEED)

        rows, scores = held_out_scores(scores_of, given.splits)
        metrics = evaluate(given.on[rows].numpy(), _between_0_and_1(scores), random_state=SEED)
        results.append(BaselineResult(name=name, title=method.title, auroc=metrics.auroc, auprc=metrics.auprc))
    return tuple(results)


def _between_0_and_1(scores: Scores) -> Scores:
    """Keep the order; margins and logits become something that can be held against 0.5."""
    return scores if scores.min() >= 0.0 and scores.max() <= 1.0 else np.asarray(1.0 / (1.0 + np.exp(-scores)))


def _card(data_set: str, architecture: str, trained: _Trained) -> ChromatinCard:
    source, spec = CHROMATIN_SETS.get(data_set), architecture_spec(architecture)
    network, given, is_baseline = trained.network, trained.given, architecture in CHROMATIN_BASELINES
    n_bins = given.X.shape[2]
    citation = _BASELINE_CITATION if is_baseline else _CITATIONS[architecture.split("_", maxsplit=1)[0]]
    return ChromatinCard(
        name=checkpoint_name(data_set, architecture),
        kind="baseline" if is_baseline else "network",
        origin="trained here",
        architecture=architecture,
        architecture_parameters=parameters_of(architecture, n_bins),
        n_members=len(getattr(network, "members", [network])),
        title=f"{spec.title}, {source.title}",
        summary=spec.summary,
        task=_task(source),
        cell_type=source.title,
        cell_types=tuple(source.files),
        classes=ON_OFF,
        marks=MARKS,
        n_bins=n_bins,
        bin_size_bp=source.bin_size_bp,
        other_lengths=isinstance(network, HasBinAttention),
        n_parameters=sum(parameter.numel() for parameter in network.parameters()),
        pattern_maps=() if is_baseline else pattern_maps(network, (len(MARKS), n_bins), random_state=SEED),
        sha256="",
        seed=SEED,
        training_command=f"python -m models.training chromatin {data_set} --architecture {architecture} --data DATA",
        recipe=_recipe(architecture, given),
        versions=_VERSIONS,
        licence=LICENCE,
        citation=f"{citation}; data: {source.citation}",
        golden_probabilities=_golden(network, n_bins),
        **_evidence(source, trained),
    )


def _evidence(source: ChromatinSource, trained: _Trained) -> dict[str, Any]:
    """Describe the training data and how well the checkpoint does on genes that it has not seen."""
    given = trained.given
    rows, probability = _held_out_probability(trained)
    training = given.X[_training_rows(given)]
    described = _training_data(source, given, rows, probability)
    if isinstance(trained.network, HasBinAttention):
        described["attention"] = _attention_in_the_middle(trained.network, given.X[rows])
    return {
        "training_data": described,
        "n_genes": len(np.unique(given.genes[rows])),
        "metrics": evaluate(given.on[rows].numpy(), probability, random_state=SEED),
        "baselines": trained.baselines,
        "signal_ranges": tuple(_range(mark, training[:, j]) for j, mark in enumerate(MARKS)),
        "reference": tuple(tuple(row) for row in training.median(0).values.tolist()),
        "reference_origin": "the median of the training genes, mark by mark and bin by bin",
    }


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
        return {"features": SIMPLE_METHODS[architecture].features, "input": "log(1 + signal), standardised"}
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


def _attention_in_the_middle(network: nn.Module, X: Tensor) -> str:
    """Say where the network looks: a check against biology, for the reader of the card."""
    alphas = torch.cat([attention(network, x, AttentionParameters())["bin_attention"] for x in X.split(64)])
    n_bins = X.shape[2]
    middle = slice((n_bins - MIDDLE_BINS) // 2, (n_bins + MIDDLE_BINS) // 2)
    shares = alphas.mean(0)[:, middle].sum(1).tolist()
    by_mark = ", ".join(f"{mark} {share:.0%}" for mark, share in zip(MARKS, shares, strict=True))
    return f"Share on the middle {MIDDLE_BINS} of {n_bins} bins (uniform: {MIDDLE_BINS / n_bins:.0%}): {by_mark}."


def _range(mark: str, values: Tensor) -> SignalRange:
    flat = values.numpy().ravel()
    return SignalRange(
        mark=mark,
        percentile_99=round(float(np.percentile(flat, 99)), DIGITS),
        maximum=float(flat.max()),
        zero_share=round(float((flat == 0).mean()), DIGITS),
        whole_numbers=bool((flat == np.round(flat)).all()),
    )


def _golden(network: nn.Module, n_bins: int) -> tuple[float, ...]:
    signal = torch.from_numpy(golden_signal(len(MARKS), n_bins))
    return tuple(round(value, 6) for value in positive_probability(network, signal).tolist())
