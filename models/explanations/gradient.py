"""The gradient of a network's output with respect to its input."""

from typing import Final

import torch
from torch import Tensor, nn

from models.channels_last import cache_sized, faster_convolutions
from models.predict import positive_logit

_N_CACHES: Final = 2  # measured: DeMo's CNN explains 64 sequences at once 12 % faster than twice 32


def logit_and_gradient(network: nn.Module, X: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logit of class bound and its gradient.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode; it is not switched, and its parameters collect no gradient.
    X : Tensor, shape (batch, 4, length)

    Returns
    -------
    tuple of Tensors, shapes (batch,) and (batch, 4, length)

    Notes
    -----
    cuDNN refuses the backward pass of an RNN in evaluation mode, so it is off for this call; training mode would
    bring dropout back.
    """
    faster = faster_convolutions(network)
    parts = [_of_part(faster, part) for part in cache_sized(faster, X, n_caches=_N_CACHES)]
    if len(parts) == 1:
        return parts[0]
    logits, gradients = zip(*parts, strict=True)
    return torch.cat(logits), torch.cat(gradients)


def _of_part(network: nn.Module, X: Tensor) -> tuple[Tensor, Tensor]:
    X = X.detach().requires_grad_(True)
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        logit = positive_logit(network, X)
        (gradient,) = torch.autograd.grad(logit.sum(), X)
    return logit.detach(), gradient
