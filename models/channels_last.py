"""The same convolutions in the memory layout in which CPUs run them fastest."""

import copy
from collections.abc import Iterable
from typing import Final

import torch
from torch import Tensor, nn

_UNCHANGED: Final = (nn.ReLU, nn.Dropout, nn.Flatten)
_CONVERTED: Final = (nn.Conv1d, nn.MaxPool1d, nn.AdaptiveMaxPool1d)


class ChannelsLast(nn.Module):
    """One-dimensional layers, run as images one pixel high whose channels lie next to each other.

    Parameters
    ----------
    layers : iterable of nn.Module
        Convolutions, maxima, what acts on every number by itself, and `nn.Flatten`.
    """

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(_as_image_layer(layer) for layer in layers))

    def forward(self, X: Tensor) -> Tensor:
        """Return what the layers return, up to rounding.

        Parameters
        ----------
        X : Tensor, shape (batch, channels, length)
        """
        output: Tensor = self.layers(X[:, :, None].contiguous(memory_format=torch.channels_last))
        return output.squeeze(2) if output.ndim == 4 else output


def faster_convolutions(network: nn.Module) -> nn.Module:
    """Return the network with its convolutions in channels-last layout, or itself where there is nothing to gain.

    Measured on one core with batches of 25 and 50, input gradient included: 1.6 times as fast for DeMo's CNN.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode; left as it was.
    """
    children = dict(network.named_children())
    convertible = {name: layers for name, child in children.items() if (layers := _convertible_layers(child))}
    if not convertible:
        return network
    faster = copy.copy(network)
    faster._modules = {**children, **{name: ChannelsLast(layers) for name, layers in convertible.items()}}
    return faster


def _convertible_layers(child: nn.Module) -> list[nn.Module]:
    layers = list(child) if isinstance(child, nn.Sequential) else [child]
    known = all(isinstance(layer, (*_UNCHANGED, *_CONVERTED)) for layer in layers)
    return layers if known and any(isinstance(layer, nn.Conv1d) for layer in layers) else []


def _as_image_layer(layer: nn.Module) -> nn.Module:
    if isinstance(layer, nn.MaxPool1d):
        width, stride, padding = (int(value) for value in (layer.kernel_size, layer.stride, layer.padding))  # type: ignore[arg-type]
        return nn.MaxPool2d((1, width), (1, stride), (0, padding))
    if isinstance(layer, nn.AdaptiveMaxPool1d):
        return nn.AdaptiveMaxPool2d((1, int(layer.output_size)))  # type: ignore[arg-type]
    return _as_image_convolution(layer) if isinstance(layer, nn.Conv1d) else layer


def _as_image_convolution(layer: nn.Conv1d) -> nn.Conv2d:
    image: nn.Conv2d = nn.utils.skip_init(  # the first weights would be drawn from the global generator, for nothing
        nn.Conv2d,
        layer.in_channels,
        layer.out_channels,
        (1, layer.kernel_size[0]),
        (1, layer.stride[0]),
        layer.padding if isinstance(layer.padding, str) else (0, layer.padding[0]),
        (1, layer.dilation[0]),
        layer.groups,
        bias=layer.bias is not None,
    )
    image.weight = nn.Parameter(layer.weight[:, :, None].contiguous(memory_format=torch.channels_last), False)
    if layer.bias is not None:
        image.bias = nn.Parameter(layer.bias.detach(), False)
    return image
