"""Knock-out: what the answer loses when signal is taken away, mark by mark and bin by bin."""

import torch
from pydantic import Field
from torch import Tensor, nn

from models.explanations.method import Explanation, ExplanationParameters, reference_like
from models.predict import positive_logit


class KnockOutParameters(ExplanationParameters):
    """How much is taken away, and what stands there instead."""

    width: int = Field(default=1, ge=1, le=50, description="Neighbouring bins that are knocked out together.")
    reference: tuple[tuple[float, ...], ...] = Field(
        description="Marks x bins: what a knocked-out bin is set to, such as the median of the training genes."
    )


def knock_out(network: nn.Module, X: Tensor, parameters: KnockOutParameters) -> dict[str, Tensor]:
    """Return what the ON logit loses when parts of the signal are set to the reference, in one batch per gene.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2).
    X : Tensor, shape (batch, n_marks, n_bins)
    parameters : KnockOutParameters
        ``reference`` of shape (n_marks, n_bins).

    Returns
    -------
    dict
        ``logit``, shape (batch,): of the gene as it is. Losses of it, as it is minus knocked out: ``cells``, shape
        (batch, n_marks, n_bins), one mark in a window of ``width`` bins around each bin, cut off at the edges;
        ``bins``, shape (batch, n_bins), all marks in that window; ``marks``, shape (batch, n_marks), one mark in all
        bins. Positive: the signal speaks for ON, as in integrated gradients. Losses do not add up, and a mark may be
        replaced by another that tells the same.

    Raises
    ------
    ValueError
        If the reference has another shape than a gene.

    References
    ----------
    Zeiler & Fergus, ECCV 2014, arXiv:1311.2901, section 4.2 (occlusion).
    """
    reference = reference_like(X, parameters.reference)
    masks = _masks(*X.shape[1:], width=parameters.width, device=X.device)
    losses = [_losses(network, gene, reference, masks) for gene in X]
    logits, values = zip(*losses, strict=True)
    cells, bins, marks = torch.stack(values).split([X[0].numel(), X.shape[2], X.shape[1]], dim=1)
    return {"logit": torch.stack(logits), "cells": cells.unflatten(1, X.shape[1:]), "bins": bins, "marks": marks}


def _masks(n_marks: int, n_bins: int, *, width: int, device: torch.device) -> Tensor:
    """Return what is knocked out, shape (n_marks * n_bins + n_bins + n_marks, n_marks, n_bins): cells, bins, marks."""
    distance = torch.arange(n_bins, device=device) - torch.arange(n_bins, device=device)[:, None] + (width - 1) // 2
    windows = (distance >= 0) & (distance < width)
    each_mark = torch.eye(n_marks, dtype=torch.bool, device=device)
    cells = (each_mark[:, None, :, None] & windows[None, :, None, :]).flatten(0, 1)
    bins = windows[:, None].expand(-1, n_marks, -1)
    return torch.cat([cells, bins, each_mark[:, :, None].expand(-1, -1, n_bins)])


def _losses(network: nn.Module, gene: Tensor, reference: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    whole = torch.cat([gene[None], torch.where(masks, reference, gene)])
    with torch.inference_mode():
        logits = torch.cat([positive_logit(network, part) for part in whole.split(128)])
    return logits[0], logits[0] - logits[1:]


def refuse_nothing(network: nn.Module) -> str | None:  # noqa: ARG001
    """Accept every network: knock-out only asks it."""
    return None


KNOCK_OUT = Explanation(
    name="knock_out",
    title="Knock-out",
    summary="What the answer loses when a mark's signal in some bins is set to what is usual.",
    how_to_read="Orange: without this signal the network leans more to OFF, so it speaks for ON. Blue: it speaks for "
    "OFF.",
    convention="Logit log P(ON) - log P(OFF) as it is minus knocked out; positive supports ON, as with integrated "
    "gradients; natural logarithm.",
    parameters=KnockOutParameters,
    tracks={
        "logit": "log P(ON) - log P(OFF) of the gene as it is",
        "cells": "loss of the logit without one mark in one window",
        "bins": "loss of the logit without any mark in one window",
        "marks": "loss of the logit without one mark",
    },
    refusal=refuse_nothing,
    compute=knock_out,
)
