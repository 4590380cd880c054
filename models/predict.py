"""From log-probabilities to the two numbers that the product shows."""

import torch
from torch import Tensor, nn

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
    """Return P(bound) or P(ON), without gradients.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (batch, 4, length) or (batch, n_marks, n_bins)

    Returns
    -------
    Tensor, shape (batch,)
        Between 0 and 1.
    """
    with torch.inference_mode():
        probability: Tensor = network(X)[:, POSITIVE].exp()
    return probability
