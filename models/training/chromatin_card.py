"""From a trained chromatin network and the genes it was tested on to the card that travels with it."""

import platform
from importlib.metadata import version
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.baselines import CHROMATIN_BASELINES
from models.card import BaselineResult, ChromatinCard, SignalRange
from models.checkpoints import architecture_spec
from models.explanations.attention import AttentionParameters, attention
from models.explanations.method import HasBinAttention
from models.histone import MARKS, golden_signal
from models.pattern_maps import pattern_maps
from models.predict import ON_OFF, positive_probability
from models.training.chromatin_baselines import SIMPLE_METHODS
from models.training.chromatin_members import parameters_of
from models.training.metrics import evaluate

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
    "scikit-learn": version("scikit-learn"),
    "pandas": version("pandas"),
}


class Subject(NamedTuple):
    """What a card says of its data and its making.

    Attributes
    ----------
    name, title : str
        Of the checkpoint; of the data set, after the architecture's title.
    task : str
        The question that the network answers.
    cell_types : tuple of str
        Roadmap ids; empty where it is none of them.
    bin_size_bp : int
    training_data : dict of str to str
    training_command : str
    recipe : dict
    licence, citation : str
        Of the weights, of the data.
    seed : int
        Of the training, the bootstrap and the start of the pattern maps.
    """

    name: str
    title: str
    task: str
    cell_types: tuple[str, ...]
    bin_size_bp: int
    training_data: dict[str, str]
    training_command: str
    recipe: dict[str, Any]
    licence: str
    citation: str
    seed: int


class Tested(NamedTuple):
    """Genes that the network which answered for them has not seen, and what it answered.

    Attributes
    ----------
    X : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    probability : array of float, shape (n,)
        P(ON).
    n_genes : int
        Fewer than n where a gene is there in several cell types.
    """

    X: Tensor
    on: Tensor
    probability: NDArray[np.float64]
    n_genes: int


def baseline_recipe(name: str) -> dict[str, Any]:
    """Say how a baseline that is served is fitted."""
    return {"features": SIMPLE_METHODS[name].features, "input": "log(1 + signal), standardised"}


def chromatin_card(
    network: nn.Module,
    subject: Subject,
    *,
    architecture: str,
    training: Tensor,
    tested: Tested,
    baselines: tuple[BaselineResult, ...],
) -> ChromatinCard:
    """Write the card of a network, all but the sha256 of its weights.

    Parameters
    ----------
    network : nn.Module
        Trained, in evaluation mode with frozen parameters.
    subject : Subject
    architecture : str
        Of `CHROMATIN_ARCHITECTURES` or `CHROMATIN_BASELINES`.
    training : Tensor, shape (n, n_marks, n_bins)
        The genes that trained it.
    tested : Tested
    baselines : tuple of BaselineResult
        On the same genes.
    """
    spec, is_baseline, n_bins = architecture_spec(architecture), architecture in CHROMATIN_BASELINES, training.shape[2]
    citation = _BASELINE_CITATION if is_baseline else _CITATIONS[architecture.split("_", maxsplit=1)[0]]
    return ChromatinCard(
        name=subject.name,
        kind="baseline" if is_baseline else "network",
        origin="trained here",
        architecture=architecture,
        architecture_parameters=parameters_of(architecture, n_bins),
        title=f"{spec.title}, {subject.title}",
        summary=spec.summary,
        task=subject.task,
        cell_type=subject.title,
        cell_types=subject.cell_types,
        classes=ON_OFF,
        marks=MARKS,
        n_bins=n_bins,
        bin_size_bp=subject.bin_size_bp,
        baselines=baselines,
        pattern_maps=() if is_baseline else pattern_maps(network, (len(MARKS), n_bins), random_state=subject.seed),
        sha256="",
        seed=subject.seed,
        training_command=subject.training_command,
        recipe=subject.recipe,
        versions=_VERSIONS,
        licence=subject.licence,
        citation=f"{citation}; data: {subject.citation}",
        **_properties(network, n_bins),
        **_evidence(network, subject, training=training, tested=tested),
    )


def _properties(network: nn.Module, n_bins: int) -> dict[str, Any]:
    """Describe the network itself."""
    return {
        "n_members": len(getattr(network, "members", [network])),
        "other_lengths": isinstance(network, HasBinAttention),
        "n_parameters": sum(parameter.numel() for parameter in network.parameters()),
        "golden_probabilities": _golden(network, n_bins),
    }


def _evidence(network: nn.Module, subject: Subject, *, training: Tensor, tested: Tested) -> dict[str, Any]:
    """Describe the training data and how well the checkpoint does on genes that it has not seen."""
    has_attention = isinstance(network, HasBinAttention)
    looked = {"attention": _attention_in_the_middle(network, tested.X)} if has_attention else {}
    return {
        "training_data": subject.training_data | looked,
        "n_genes": tested.n_genes,
        "metrics": evaluate(tested.on.numpy(), tested.probability, random_state=subject.seed),
        "signal_ranges": tuple(_range(mark, training[:, j]) for j, mark in enumerate(MARKS)),
        "reference": tuple(tuple(row) for row in training.median(0).values.tolist()),
        "reference_origin": "the median of the training genes, mark by mark and bin by bin",
    }


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
