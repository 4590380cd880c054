"""Whether contributions add up to what they explain, and the quadrature by which they are made to."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from models.explanations.gradient import logit_and_gradient

LARGEST_GAP: Final = 0.01
FEWEST_STEPS, MOST_STEPS = 16, 512  # of 240 test windows of four factors, the RNNs needed 256 for one
PATH_BATCH: Final = 40  # what a LSTM reads fastest on a CPU, a convolution not much slower than in any other batch


class Contributions(NamedTuple):
    """Contributions to the difference of a logit from its references.

    Attributes
    ----------
    values : Tensor
        One sequence or gene; their sum should be `difference`.
    difference : Tensor, shape ()
        Logit minus mean logit of the references.
    scale : Tensor, shape ()
        Mean absolute difference from a single reference: what an error is small or large against.
    hypothetical : Tensor or None
        What each base would contribute in each place.
    """

    values: Tensor
    difference: Tensor
    scale: Tensor
    hypothetical: Tensor | None = None

    @property
    def error(self) -> Tensor:
        """Return what the contributions miss, in units of the logit."""
        return (self.values.sum() - self.difference).abs()

    @property
    def gap(self) -> Tensor:
        """Return the completeness gap: the error over the absolute difference; 0 where nothing differs."""
        return self.error / self.difference.abs().clamp(min=torch.finfo(self.difference.dtype).eps)

    @property
    def missed(self) -> float:
        """Return the error as a share of the mean size of a difference from a reference."""
        return float(self.error / self.scale.clamp(min=torch.finfo(self.scale.dtype).tiny))


class Quadrature(NamedTuple):
    """Gauss-Legendre nodes and weights on the unit interval."""

    nodes: tuple[float, ...]
    weights: tuple[float, ...]


@cache
def gauss_legendre(n_steps: int) -> Quadrature:
    """Return the rule that is exact for polynomials up to degree ``2 * n_steps - 1``."""
    nodes, weights = np.polynomial.legendre.leggauss(n_steps)
    return Quadrature(tuple((nodes + 1) / 2), tuple(weights / 2))


def first_steps(network: nn.Module) -> int:
    """Return how many steps to begin with: 32 where a recurrent layer reads the bases themselves; 16 never do there."""
    modules = list(network.modules())
    recurrent = any(isinstance(module, nn.RNNBase) for module in modules)
    convolved = any(isinstance(module, nn.Conv1d | nn.Conv2d) for module in modules)
    return 2 * FEWEST_STEPS if recurrent and not convolved else FEWEST_STEPS


def refined(
    attribute: Callable[[int], Contributions], *, first: int = FEWEST_STEPS, fixed: int | None = None
) -> tuple[Contributions, int]:
    """Double the steps until the completeness gap is below 1 %, at most to 512; return the contributions and the steps.

    Where the differences from the references nearly cancel, 0.1 % of their mean size is as near as it need come. Steps
    that are fixed are taken as they are.
    """
    n_steps = fixed or first
    while True:
        contributions = attribute(n_steps)
        close = contributions.gap < LARGEST_GAP or contributions.missed < LARGEST_GAP / 10
        if fixed or n_steps >= MOST_STEPS or bool(close):
            return contributions, n_steps
        n_steps *= 2


def integrated(network: nn.Module, x: Tensor, references: Tensor, *, n_steps: int) -> Tensor:
    """Return the gradient of the logit, averaged along the straight line from each reference to one input.

    Parameters
    ----------
    network : nn.Module
    x : Tensor, shape (channels, length)
    references : Tensor, shape (n_references, channels, length)
    n_steps : int

    Returns
    -------
    Tensor, shape (n_references, channels, length)
    """
    rule = gauss_legendre(n_steps)
    per_batch = max(1, PATH_BATCH // len(references))
    total = torch.zeros_like(references)
    for start in range(0, n_steps, per_batch):
        nodes = x.new_tensor(rule.nodes[start : start + per_batch])[:, None, None, None]
        weights = x.new_tensor(rule.weights[start : start + per_batch])[:, None, None, None]
        points = (references + nodes * (x - references)).flatten(0, 1)
        gradient = logit_and_gradient(network, points)[1].unflatten(0, (-1, len(references)))
        total += (weights * gradient).sum(0)
    return total


def answer(method: str, rows: Sequence[tuple[Contributions, int]]) -> dict[str, Tensor]:
    """Return the contributions of all rows under the method's name, with their gaps and steps."""
    contributions = [row for row, _ in rows]
    return {
        method: torch.stack([row.values for row in contributions]),
        "completeness_gap": torch.stack([row.gap for row in contributions]),
        "n_steps": contributions[0].values.new_tensor([float(n_steps) for _, n_steps in rows]),
    }
