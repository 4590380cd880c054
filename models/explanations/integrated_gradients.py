"""Integrated gradients from dinucleotide shuffles of the sequence."""

from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from models.channels_last import faster_convolutions
from models.explanations.completeness import (
    Contributions,
    answer,
    first_steps,
    integrated,
    refined,
)
from models.explanations.method import Explanation, refuse_without_gradient
from models.explanations.references import ReferenceParameters, shuffled_references
from models.predict import positive_logit

NAME: Final = "integrated_gradients"


def integrated_gradients(network: nn.Module, X: Tensor, parameters: ReferenceParameters) -> dict[str, Tensor]:
    """Return the gradient averaged along the straight lines from the references to the sequence, times the difference.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (batch, 4, length)
    parameters : ReferenceParameters

    Returns
    -------
    dict
        ``integrated_gradients``, shape (batch, length): in units of the logit of class bound; positive supports bound;
        sums to the logit minus the mean logit of the references; 0 where the base is unknown. A column counts what
        the present base adds and what the references' bases would have added.
        ``completeness_gap``, shape (batch,): by how much the sum misses, as a share of the difference; ``n_steps``,
        shape (batch,): Gauss-Legendre nodes, doubled from 16 (RNN: 32) until the gap is below 1 %, at most 512.

    Raises
    ------
    ExplanationRefusedError
        If a sequence has no references.

    References
    ----------
    Sundararajan, Taly & Yan, ICML 2017, arXiv:1703.01365, equation 1.

    Notes
    -----
    captum's function has a fixed number of steps and one reference at a time; here all references share a batch.
    """
    faster = faster_convolutions(network)
    rows = []
    for x in X.detach():
        references = shuffled_references(x, parameters, method=NAME)
        with torch.inference_mode():
            logits = positive_logit(faster, torch.cat([x[None], references]))
        attribute = partial(_contributions, faster, x, references, logits)
        rows.append(refined(attribute, first=first_steps(network), fixed=parameters.n_steps))
    return answer(NAME, rows)


def _contributions(network: nn.Module, x: Tensor, references: Tensor, logits: Tensor, n_steps: int) -> Contributions:
    gradient = integrated(network, x, references, n_steps=n_steps)
    values = (gradient * (x - references)).mean(0).sum(0)
    differences = logits[0] - logits[1:]
    return Contributions(values, differences.mean(), differences.abs().mean())


INTEGRATED_GRADIENTS = Explanation(
    name=NAME,
    title="Integrated gradients",
    summary="Gradient of the logit of class bound, averaged on the way from shuffles of the sequence to the sequence, "
    "times the difference.",
    how_to_read="Letters above the line push the prediction towards bound compared with shuffles of the same sequence, "
    "letters below push against it; the heights add up to the difference.",
    convention="Integrated gradients of logit(bound) from the mean of dinucleotide-shuffled references (20, seed 0, "
    "unless the parameters say otherwise), Gauss-Legendre; positive supports bound; natural logarithm; strand as named "
    "in the row.",
    parameters=ReferenceParameters,
    tracks={NAME: "contribution to logit(bound) against dinucleotide shuffles; positive supports bound"},
    refusal=refuse_without_gradient,
    compute=integrated_gradients,
    scalars={
        "completeness_gap": "|sum of contributions - difference from the references| / |difference|",
        "n_steps": "Gauss-Legendre nodes",
    },
    attributes=True,
)
