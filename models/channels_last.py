"""The same convolutions in the memory layout in which CPUs run them fastest."""

import copy
from collections.abc import Iterable
from math import ceil
from typing import Final, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from models.few_channels import MOST_CHANNELS, FewChannels

CACHE_BYTES: Final = 1_700_000  # of the widest layer's output: measured with a second-level cache of 1 MB
RECURRENT_ROWS: Final = 64  # what an LSTM reads fastest
_UNCHANGED: Final = (nn.ReLU, nn.Dropout, nn.Flatten)
_CONVERTED: Final = (nn.Conv1d, nn.MaxPool1d, nn.AdaptiveMaxPool1d)
_IMAGE_MAXIMA: Final = (nn.MaxPool2d, nn.AdaptiveMaxPool2d)


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
        self.widest = max(layer.out_channels for layer in self.layers if isinstance(layer, nn.Conv2d))

    def forward(self, X: Tensor) -> Tensor:
        """Return what the layers return, up to rounding.

        Parameters
        ----------
        X : Tensor, shape (batch, channels, length)
        """
        output = X[:, :, None].contiguous(memory_format=torch.channels_last)
        for layer in _maxima_first(self.layers):
            output = layer(output)
        return output.squeeze(2) if output.ndim == 4 else output


_Stamp: TypeAlias = tuple[tuple[int, int], ...]


class _Converted(NamedTuple):
    """What has been made of a network, and from which weights."""

    faster: nn.Module | None  # none: there was nothing to gain
    convolutions: tuple[nn.Conv1d, ...]
    stamp: _Stamp


_converted: WeakKeyDictionary[nn.Module, _Converted] = WeakKeyDictionary()


def faster_convolutions(network: nn.Module) -> nn.Module:
    """Return the network with its convolutions in channels-last layout, or itself where there is nothing to gain.

    Measured on one core, in batches that fit its cache: DeMo's CNN answers twice as fast, input gradients included.

    Parameters
    ----------
    network : nn.Module
        Left as it was. In training mode it is returned itself: the copy would not learn.

    Notes
    -----
    The copy is made once and kept as long as the network lives; it is made anew when a weight has been written to.
    """
    if network.training:
        return network
    known = _converted.get(network)
    if known is None or known.stamp != _stamp(known.convolutions):
        with torch.inference_mode(False):  # what is made here will also be asked for gradients
            known = _converted[network] = _convert(network)
    return known.faster or network


def cache_sized(network: nn.Module, X: Tensor, *, n_caches: int = 1) -> tuple[Tensor, ...]:
    """Split a batch into parts whose widest layer stays in a core's cache; on other devices it stays whole.

    Parameters
    ----------
    network : nn.Module
        As `faster_convolutions` returns it.
    X : Tensor, shape (batch, channels, length)
    n_caches : int, default 1
        How often the cache may be filled: a pass of many small steps gains more by fewer parts than it loses.
    """
    widest = max((child.widest for child in network.children() if isinstance(child, ChannelsLast)), default=0)
    rows = n_caches * CACHE_BYTES // (widest * X.shape[-1] * X.element_size()) if widest else RECURRENT_ROWS
    n_parts = ceil(len(X) / max(1, rows))
    return X.chunk(n_parts) if n_parts > 1 and X.device.type == "cpu" else (X,)


def _convert(network: nn.Module) -> _Converted:
    children = dict(network.named_children())
    convertible = {name: layers for name, child in children.items() if (layers := _convertible_layers(child))}
    convolutions = tuple(layer for layers in convertible.values() for layer in layers if isinstance(layer, nn.Conv1d))
    if not convertible:
        return _Converted(None, convolutions, ())
    faster = copy.copy(network)
    faster._modules = {**children, **{name: ChannelsLast(layers) for name, layers in convertible.items()}}
    return _Converted(faster, convolutions, _stamp(convolutions))


def _stamp(convolutions: Iterable[nn.Conv1d]) -> _Stamp:
    """Return what changes when a weight is moved, replaced or written to."""
    parameters = (parameter for layer in convolutions for parameter in (layer.weight, layer.bias))
    return tuple((parameter.data_ptr(), parameter._version) for parameter in parameters if parameter is not None)


def _convertible_layers(child: nn.Module) -> list[nn.Module]:
    layers = list(child) if isinstance(child, nn.Sequential) else [child]
    known = all(isinstance(layer, (*_UNCHANGED, *_CONVERTED)) for layer in layers)
    return layers if known and any(isinstance(layer, nn.Conv1d) for layer in layers) else []


def _maxima_first(layers: Iterable[nn.Module]) -> list[nn.Module]:
    """Take maxima before the ReLU that they follow: the same numbers, bit for bit, and half of the work."""
    ordered: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.Dropout):  # idle: nothing here is in training mode
            continue
        after_relu = isinstance(layer, _IMAGE_MAXIMA) and bool(ordered) and isinstance(ordered[-1], nn.ReLU)
        ordered.insert(len(ordered) - after_relu, layer)
    return ordered


def _as_image_layer(layer: nn.Module) -> nn.Module:
    if isinstance(layer, nn.MaxPool1d):
        width, stride, padding = (int(value) for value in (layer.kernel_size, layer.stride, layer.padding))  # type: ignore[arg-type]
        return nn.MaxPool2d((1, width), (1, stride), (0, padding))
    if isinstance(layer, nn.AdaptiveMaxPool1d):
        return nn.AdaptiveMaxPool2d((1, int(layer.output_size)))  # type: ignore[arg-type]
    return _as_image_convolution(layer) if isinstance(layer, nn.Conv1d) else layer


def _as_image_convolution(layer: nn.Conv1d) -> nn.Conv2d:
    image: nn.Conv2d = nn.utils.skip_init(  # the first weights would be drawn from the global generator, for nothing
        FewChannels if _has_few_channels(layer) else nn.Conv2d,
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


def _has_few_channels(layer: nn.Conv1d) -> bool:
    plain = layer.stride == (1,) and layer.dilation == (1,) and layer.groups == 1
    padded = isinstance(layer.padding, str) or layer.padding[0] >= layer.kernel_size[0]
    return plain and not padded and layer.in_channels <= MOST_CHANNELS
