"""Attention: where a network looks, from the same pass as its answer."""

import torch
from torch import Tensor, nn

from models.explanations.method import Explanation, ExplanationParameters, HasBinAttention
from models.predict import POSITIVE


class AttentionParameters(ExplanationParameters):
    """Attention has no parameter."""


def attention(network: nn.Module, X: Tensor, parameters: AttentionParameters) -> dict[str, Tensor]:  # noqa: ARG001
    """Return probability and attention from one pass.

    Parameters
    ----------
    network : nn.Module with `attend`
    X : Tensor, shape (batch, n_marks, n_bins)
    parameters : AttentionParameters

    Returns
    -------
    dict
        ``probability``, shape (batch,); ``bin_attention`` (alpha), shape (batch, n_marks, n_bins), the same row for
        every mark where the network shares it; ``mark_attention`` (beta), shape (batch, n_marks), where it has one.
        Each row of alpha, and beta, sums to 1. A weight says where the network looks, not which answer it supports.

    References
    ----------
    Singh et al., NeurIPS 2017, arXiv:1708.00339, equations 3 to 6. Jain & Wallace, Attention is not Explanation, NAACL
    2019, arXiv:1902.10186: hold it against knock-out.
    """
    if not isinstance(network, HasBinAttention):
        raise TypeError("the network has no attention")
    with torch.inference_mode():
        attended = network.attend(X)
    maps = {
        "probability": attended.output[:, POSITIVE].exp(),
        "bin_attention": attended.bin_attention.expand(-1, X.shape[1], -1),
    }
    if attended.mark_attention is not None:
        maps["mark_attention"] = attended.mark_attention
    return maps


def refuse_without_attention(network: nn.Module) -> str | None:
    """Refuse a network that looks at all bins alike."""
    return None if isinstance(network, HasBinAttention) else "it has no attention: it weighs all bins by fixed weights"


ATTENTION = Explanation(
    name="attention",
    title="Attention (alpha over bins, beta over marks)",
    summary="The weights by which the network sums up its readings of the bins, and of the marks.",
    how_to_read="A dark bin is one the network looks at. Attention shows where, not whether it speaks for ON or OFF: "
    "compare it with knock-out.",
    convention="alpha: softmax over bins, each mark's weights sum to 1; beta: softmax over marks, sums to 1; unsigned.",
    parameters=AttentionParameters,
    tracks={
        "probability": "P(ON)",
        "bin_attention": "alpha: share of attention, each mark's bins sum to 1",
        "mark_attention": "beta: share of attention, the marks sum to 1",
    },
    refusal=refuse_without_attention,
    compute=attention,
)
