"""DeepLIFT's rules as layers: they answer like the layer, and pass multipliers back instead of gradients.

Row 0 of a batch is the input that is explained, the other rows are its references. Backwards, each reference's row
gets the multipliers of its pair.
"""

import copy
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn

from models.explanations.completeness import PATH_BATCH, gauss_legendre
from models.layers import BidirectionalMean

_NO_CHANGE: Final = 1e-6  # below it the ratio of two differences is noise, and the gradient is its limit

ELEMENTWISE: Final = (
    nn.ReLU, nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Sigmoid, nn.Tanh, nn.Softplus,
    nn.LogSigmoid,
)  # fmt: skip
MAXIMA: Final = (nn.MaxPool1d, nn.MaxPool2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d)


class _Rescaled(torch.autograd.Function):
    """What acts on every number by itself: the multiplier is the change of the output over that of the input."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, layer: nn.Module) -> Tensor:
        y: Tensor = layer(z)
        ctx.layer = layer
        ctx.save_for_backward(z, y)
        return y

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        z, y = ctx.saved_tensors
        dz, dy = z[:1] - z, y[:1] - y
        if isinstance(ctx.layer, nn.ReLU):  # both differences are exact or both are 0
            return dy.div_(dz).where(dz != 0, y.sign()).mul_(upstream), None
        near = dz.abs() < _NO_CHANGE
        return upstream * torch.where(near, _local_gradient(ctx.layer, z), dy / dz.masked_fill(near, 1.0)), None


def _local_gradient(layer: nn.Module, z: Tensor) -> Tensor:
    z = z.detach().requires_grad_(True)
    with torch.enable_grad():
        gradient: Tensor = torch.autograd.grad(layer(z).sum(), z)[0]
    return gradient


class _RescaledMaximum(torch.autograd.Function):
    """The change of a maximum goes to the place that wins: the input's where its maximum is greater, else the other's.

    Where the winner is the input's, its value there is greater than the reference's by at least the change of the
    maximum, and the other way round: nothing is divided by zero and nothing gets lost.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor, layer: nn.Module) -> Tensor:
        indexed: Any = copy.copy(layer)
        indexed.return_indices = True
        y, places = indexed(z)
        ctx.save_for_backward(z, y, places)
        result: Tensor = y
        return result

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        z, y, places = (one.flatten(2) for one in ctx.saved_tensors)
        winner = torch.where(y[:1] > y, places[:1], places)
        at_winner = z[:1].expand_as(z).gather(2, winner) - z.gather(2, winner)
        share = (y[:1] - y).div_(at_winner).nan_to_num_(nan=1.0)  # 0 / 0: nothing changes, and the gradient is left
        gradient = torch.zeros_like(z).scatter_add_(2, winner, share.mul_(upstream.flatten(2)))
        return gradient.view_as(ctx.saved_tensors[0]), None


class _Integrated(torch.autograd.Function):
    """A layer without a rule of its own: its gradient, averaged along the line from each reference to the input."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, layer: nn.Module, n_steps: int) -> Tensor:
        y: Tensor = layer(z)
        ctx.layer, ctx.n_steps = layer, n_steps
        ctx.save_for_backward(z)
        return y

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:
        (z,) = ctx.saved_tensors
        x, references, upstream = z[:1], z[1:], upstream[1:]
        rule = gauss_legendre(ctx.n_steps)
        per_batch = max(1, PATH_BATCH // len(references))
        total = torch.zeros_like(z)
        for start in range(0, ctx.n_steps, per_batch):
            nodes = z.new_tensor(rule.nodes[start : start + per_batch])
            weights = z.new_tensor(rule.weights[start : start + per_batch])
            steps = nodes.reshape(-1, *(1,) * z.ndim)
            points = (references + steps * (x - references)).flatten(0, 1).requires_grad_(True)
            with torch.enable_grad():
                outputs = ctx.layer(points)
            pulled = (weights.reshape(-1, *(1,) * upstream.ndim) * upstream).flatten(0, 1)
            (gradient,) = torch.autograd.grad(outputs, points, pulled)
            total[1:] += gradient.unflatten(0, (-1, len(references))).sum(0)
        return total, None, None


class _Ruled(nn.Module):
    """A layer that answers as before and passes back what its rule says."""

    def __init__(self, layer: nn.Module, apply: Callable[..., Any], *options: Any) -> None:
        super().__init__()
        self.layer, self._apply_rule, self._options = layer, apply, options

    def forward(self, z: Tensor) -> Tensor:
        """Return what the layer returns."""
        output: Tensor = self._apply_rule(z, self.layer, *self._options)
        return output


def with_rules(network: nn.Module, *, n_steps: int) -> nn.Module:
    """Return the network with DeepLIFT's rules in place of its non-linear layers; the network is left as it was.

    Parameters
    ----------
    network : nn.Module
    n_steps : int
        Gauss-Legendre nodes for recurrent layers.
    """
    if isinstance(network, BidirectionalMean):
        return _Ruled(network, _Integrated.apply, n_steps)
    if isinstance(network, MAXIMA):
        return _Ruled(network, _RescaledMaximum.apply)
    if isinstance(network, ELEMENTWISE):
        return _Ruled(network, _Rescaled.apply)
    children = dict(network.named_children())
    if not children:
        return network
    ruled = copy.copy(network)
    ruled._modules = {name: with_rules(child, n_steps=n_steps) for name, child in children.items()}
    return ruled
