"""Integrated gradients of histone signals, from what is usual to what a gene has."""

from functools import partial
from typing import Final

import torch
from pydantic import Field
from torch import Tensor, nn

from models.explanations.completeness import Contributions, answer, integrated, refined
from models.explanations.method import Explanation, ExplanationParameters, reference_like
from models.predict import positive_logit

NAME: Final = "signal_integrated_gradients"


class SignalReferenceParameters(ExplanationParameters):
    """What a gene is held against."""

    reference: tuple[tuple[float, ...], ...] = Field(
        description="Marks x bins: where the path to the gene begins, such as the median of the training genes."
    )


def signal_integrated_gradients(
    network: nn.Module, X: Tensor, parameters: SignalReferenceParameters
) -> dict[str, Tensor]:
    """Return the gradient averaged along the straight line from the reference to each gene, times the difference.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2).
    X : Tensor, shape (batch, n_marks, n_bins)
    parameters : SignalReferenceParameters
        ``reference`` of shape (n_marks, n_bins).

    Returns
    -------
    dict
        ``signal_integrated_gradients``, shape (batch, n_marks, n_bins): in units of the logit of ON; positive supports
        ON; sums to the logit minus that of the reference; 0 where the gene is like the reference.
        ``completeness_gap`` and ``n_steps``, shape (batch,), as for sequences.

    Raises
    ------
    ValueError
        If the reference has another shape than a gene.

    References
    ----------
    Sundararajan, Taly & Yan, ICML 2017, arXiv:1703.01365, equation 1.
    """
    reference = reference_like(X, parameters.reference)
    rows = [refined(partial(_contributions, network, x, reference)) for x in X.detach()]
    return answer(NAME, rows)


def _contributions(network: nn.Module, x: Tensor, reference: Tensor, n_steps: int) -> Contributions:
    with torch.inference_mode():
        logits = positive_logit(network, torch.stack([x, reference]))
    values = integrated(network, x, reference[None], n_steps=n_steps)[0] * (x - reference)
    difference = logits[0] - logits[1]
    return Contributions(values, difference, difference.abs())


def refuse_without_parameters(network: nn.Module) -> str | None:
    """Refuse a model without a gradient."""
    return None if any(True for _ in network.parameters()) else "it has no gradient with respect to the signal"


SIGNAL_INTEGRATED_GRADIENTS = Explanation(
    name=NAME,
    title="Integrated gradients",
    summary="Gradient of the logit of ON, averaged on the way from the usual signal to the gene's, times the "
    "difference.",
    how_to_read="Orange: the signal here, compared with the usual gene, speaks for ON; blue: for OFF; all cells add up "
    "to the difference of the logit.",
    convention="Integrated gradients of logit(ON) from the stated reference, Gauss-Legendre; positive supports ON; "
    "natural logarithm.",
    parameters=SignalReferenceParameters,
    tracks={NAME: "contribution to logit(ON) against the reference; positive supports ON"},
    refusal=refuse_without_parameters,
    compute=signal_integrated_gradients,
    scalars={
        "completeness_gap": "|sum of contributions - difference from the reference| / |difference|",
        "n_steps": "Gauss-Legendre nodes",
    },
)
