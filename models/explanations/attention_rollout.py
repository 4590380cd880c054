"""Attention rollout: attention followed through both levels of a hierarchical network."""

import torch
from torch import Tensor, nn

from models.errors import ExplanationRefusedError
from models.explanations.method import Explanation, ExplanationParameters, HasBinAttention


def attention_rollout(network: nn.Module, X: Tensor, _: ExplanationParameters) -> dict[str, Tensor]:
    """Return the product of the attention over marks and over bins.

    Parameters
    ----------
    network : nn.Module with `attend` and attention over marks
    X : Tensor, shape (batch, n_marks, n_bins)

    Returns
    -------
    dict with ``attention_rollout``, Tensor, shape (batch, n_marks, n_bins)
        ``beta_j * alpha_jt``; sums to 1 per gene. It says where the network looks, not which answer that supports.

    References
    ----------
    Abnar & Zuidema, Quantifying attention flow in transformers, ACL 2020, arXiv:2005.00928, section 3: with one
    attention layer per level and no residual connection around it, rollout is the product of the levels.
    """
    if not isinstance(network, HasBinAttention) or not network.has_mark_attention:
        raise ExplanationRefusedError("attention_rollout", _refusal(network) or "")
    with torch.inference_mode():
        attended = network.attend(X)
        if attended.mark_attention is None:
            raise ExplanationRefusedError("attention_rollout", _NO_MARKS)
        return {"attention_rollout": attended.mark_attention[:, :, None] * attended.bin_attention}


_NO_MARKS = "it has no attention over marks, so there is one level of attention and nothing to roll out"


def _refusal(network: nn.Module) -> str | None:
    if not isinstance(network, HasBinAttention):
        return "it has no attention: it weighs all bins by fixed weights"
    return None if network.has_mark_attention else _NO_MARKS


ATTENTION_ROLLOUT = Explanation(
    name="attention_rollout",
    title="Attention rollout (beta x alpha)",
    summary="Attention over marks times attention over the bins of each mark.",
    how_to_read="A dark cell is a bin of a mark that the network looks at, both levels together. Attention shows "
    "where, not whether it speaks for ON or OFF: compare it with knock-out.",
    convention="beta of the mark times alpha of its bin; all cells of a gene sum to 1; unsigned.",
    parameters=ExplanationParameters,
    tracks={"attention_rollout": "beta x alpha: share of attention, all cells sum to 1"},
    refusal=_refusal,
    compute=attention_rollout,
)
