"""Saliency exactly as the Deep Motif Dashboard defines it."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from models.explanations.gradient import logit_and_gradient
from models.explanations.method import Explanation, ExplanationParameters, refuse_without_gradient


class SaliencyParameters(ExplanationParameters):
    """Which label's loss is differentiated."""

    label: Literal["predicted", "bound", "not bound"] = Field(
        default="predicted",
        description="Class whose negative log-likelihood is differentiated. DeMo takes the true label; for a sequence "
        "without one the predicted class stands in.",
    )


def saliency(network: nn.Module, X: Tensor, parameters: SaliencyParameters) -> dict[str, Tensor]:
    """Return the absolute gradient of the label's negative log-likelihood at the bases that are present.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (batch, 4, length)
    parameters : SaliencyParameters

    Returns
    -------
    dict with ``saliency``, Tensor, shape (batch, length)
        Not negative; 0 where the base is unknown. Unsigned: it says where the loss is sensitive, not in which
        direction.

    References
    ----------
    Lanchantin et al., PSB 2017, arXiv:1608.03644, section 4.1, as released: ``abs(dL/dX) * X``, where L is the
    negative log-likelihood. It is computed as the probability of the other class times the gradient of the logit,
    which is the same number without underflow.
    """
    logit, gradient = logit_and_gradient(network, X)
    if parameters.label == "predicted":
        probability_of_other = torch.sigmoid(-logit.abs())
    else:
        probability_of_other = torch.sigmoid(-logit if parameters.label == "bound" else logit)
    return {"saliency": (gradient.abs() * X).sum(1) * probability_of_other[:, None]}


SALIENCY = Explanation(
    name="saliency",
    title="DeMo saliency (unsigned)",
    summary="Absolute gradient of the predicted class's loss at the bases present, as in the Deep Motif Dashboard.",
    how_to_read="Dark positions are those whose base the prediction is most sensitive to; the direction is not shown.",
    convention="|d(-log P(predicted class))/dX| x X; unsigned; natural logarithm; strand as named in the row.",
    parameters=SaliencyParameters,
    tracks={"saliency": "absolute gradient of -log P(predicted class) at the base present"},
    refusal=refuse_without_gradient,
    compute=saliency,
)
