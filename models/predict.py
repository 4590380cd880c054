"""From log-probabilities to the two numbers that the product shows."""

import torch
from torch import Tensor, nn

from models.channels_last import cache_sized, faster_convolutions

POSITIVE, NEGATIVE = 0, 1
CLASSES = ("bound", "not bound")
ON_OFF = ("ON", "OFF")


def positive_logit(network: nn.Module, X: Tensor) -> Tensor:
    """Return log P(bound) - log P(not bound), or of ON and OFF: the difference of the outputs before the softmax.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2).
    X : Tensor, shape (batch, 4, length) or (batch, n_marks, n_bins)

    Returns
    -------
    Tensor, shape (batch,)
    """
    log_probabilities = network(X)
    logit: Tensor = log_probabilities[:, POSITIVE] - log_probabilities[:, NEGATIVE]
    return logit


def positive_probability(network: nn.Module, X: Tensor) -> Tensor:
    """Return P(bound) or P(ON), without gradients, as fast as the processor allows.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (batch, 4, length) or (batch, n_marks, n_bins)

    Returns
    -------
    Tensor, shape (batch,)
        Between 0 and 1.
    """
    return _answers(network, X)[:, POSITIVE].exp()


def fast_logit(network: nn.Module, X: Tensor) -> Tensor:
    """Return `positive_logit` up to rounding, without gradients, as fast as the processor allows."""
    log_probabilities = _answers(network, X)
    return log_probabilities[:, POSITIVE] - log_probabilities[:, NEGATIVE]


def _answers(network: nn.Module, X: Tensor) -> Tensor:
    faster = faster_convolutions(network)
    with torch.inference_mode():
        parts = [faster(part) for part in cache_sized(faster, X)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)
