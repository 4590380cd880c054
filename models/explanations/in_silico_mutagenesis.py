"""In-silico mutagenesis: what each substitution of a base changes."""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn

from models.channels_last import cache_sized, faster_convolutions
from models.errors import ExplanationRefusedError
from models.explanations.local_changes import changed_maxima, follows
from models.explanations.method import Explanation, ExplanationParameters, HasLocalFeatures
from models.predict import NEGATIVE, POSITIVE, positive_logit

NAME: Final = "in_silico_mutagenesis"


def in_silico_mutagenesis(network: nn.Module, X: Tensor, _: ExplanationParameters) -> dict[str, Tensor]:
    """Return the change of the logit by each substitution, and its mean over the bases.

    Parameters
    ----------
    network : nn.Module
        Only its answers are asked for.
    X : Tensor, shape (batch, 4, length)

    Returns
    -------
    dict
        ``mutations``, shape (batch, 4, length): logit of class bound with base b at position i, minus the logit as it
        is; 0 at the present base, and where the base is unknown. ``in_silico_mutagenesis``, shape (batch, length):
        minus a quarter of the column's sum, that is the column centred over the four bases at the present base;
        positive supports bound. Motifs that can replace each other hide from it.

    Raises
    ------
    ExplanationRefusedError
        If no base of a sequence is known.

    References
    ----------
    Zhou & Troyanskaya, Nat Methods 2015, doi:10.1038/nmeth.3547. Sign and centring as in tangermeme.
    """
    local = isinstance(network, HasLocalFeatures) and follows(network.local_layers())
    answer = _by_changes if local else _by_mutants
    asked = network if local else faster_convolutions(network)
    with torch.inference_mode():
        mutations = torch.stack([_mutations(asked, x, answer) for x in X])
    return {NAME: -mutations.sum(1) / mutations.shape[1], "mutations": mutations}


def _mutations(network: Any, x: Tensor, answer: Callable[[Any, Tensor, Tensor, Tensor], Tensor]) -> Tensor:
    known = x.sum(0) > 0
    if not bool(known.any()):
        raise ExplanationRefusedError(NAME, "no base of the sequence is known, so there is nothing to substitute")
    base, position = torch.nonzero((x == 0) & known, as_tuple=True)
    present = x[:, position[:1]].argmax(0)  # as it is: a substitution by the base that stands there
    logits = answer(network, x, torch.cat([present, base]), torch.cat([position[:1], position]))
    mutations = torch.zeros_like(x)
    mutations[base, position] = logits[1:] - logits[0]
    return mutations


def _by_mutants(network: nn.Module, x: Tensor, base: Tensor, position: Tensor) -> Tensor:
    """Return the logit of every mutant, the whole network on each."""
    mutants = x.repeat(len(base), 1, 1)
    row = torch.arange(len(base), device=x.device)
    mutants[row, :, position] = 0.0
    mutants[row, base, position] = 1.0
    return torch.cat([positive_logit(network, part) for part in cache_sized(network, mutants)])


def _by_changes(network: HasLocalFeatures, x: Tensor, base: Tensor, position: Tensor) -> Tensor:
    """Return the same logits, recomputing only what a substitution can change."""
    log_probabilities = network.read_out(changed_maxima(network.local_layers(), x, base, position))
    return log_probabilities[:, POSITIVE] - log_probabilities[:, NEGATIVE]


def refuse_nothing(network: nn.Module) -> str | None:  # noqa: ARG001
    """Accept every network: mutagenesis only asks it."""
    return None


IN_SILICO_MUTAGENESIS = Explanation(
    name=NAME,
    title="In-silico mutagenesis",
    summary="Change of the logit of class bound by each substitution; the letter is minus the mean over the four "
    "bases.",
    how_to_read="Letters above the line: changing the base lowers the logit of bound, so the base supports it; letters "
    "below: changing it raises the logit.",
    convention="logit(bound) of the mutant minus logit(bound) as it is (mutations); the track is minus its mean over "
    "the four bases; positive supports bound; natural logarithm; strand as named in the row.",
    parameters=ExplanationParameters,
    tracks={NAME: "minus the mean change of logit(bound) over the four bases; positive supports bound"},
    refusal=refuse_nothing,
    compute=in_silico_mutagenesis,
    maps={"mutations": "logit(bound) with this base minus logit(bound) as it is; 0 at the present base"},
    attributes=True,
)
