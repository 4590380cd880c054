"""A convolution of few channels, such as four bases, with a gradient that uses the whole width of the processor."""

from functools import cached_property
from typing import Any, Final

import torch
from torch import Tensor, nn

MOST_CHANNELS: Final = 4  # with more, the usual gradient is as fast
_TOGETHER: Final = 4  # neighbouring positions


class FewChannels(nn.Conv2d):
    """A convolution of images one pixel high, of stride 1; its weights are not to be changed once it is used.

    The gradient at one position has as many numbers as there are channels, fewer than a processor multiplies at once:
    that of four neighbours together takes half of the time.
    """

    def forward(self, image: Tensor) -> Tensor:
        """Return what the convolution returns, shape (batch, out_channels, 1, width)."""
        if not (torch.is_grad_enabled() and image.requires_grad):
            return super().forward(image)
        output: Tensor = _Convolution.apply(image, self)  # type: ignore[no-untyped-call]
        return output

    def gradient(self, upstream: Tensor, width: int) -> Tensor:
        """Return the gradient by the image, shape (batch, in_channels, 1, width).

        Parameters
        ----------
        upstream : Tensor, shape (batch, out_channels, 1, any)
            Gradient by the output.
        width : int
            Of the image.
        """
        before = _TOGETHER - 1  # so many positions more at both ends, that the last group is whole
        padding = self.kernel_size[1] - 1 - int(self.padding[1]) + before
        groups = nn.functional.conv2d(upstream, self._of_neighbours, stride=(1, _TOGETHER), padding=(0, padding))
        rows = groups.permute(0, 2, 3, 1).reshape(len(groups), -1, self.in_channels)
        return rows[:, before : before + width].transpose(1, 2)[:, :, None]

    @cached_property
    def _of_neighbours(self) -> Tensor:
        """Return the reversed taps, once for each of the neighbours, shape (neighbours * in, out, 1, taps + 3)."""
        reversed_taps = self.weight.flip(3).transpose(0, 1)
        shifted = [nn.functional.pad(reversed_taps, (place, _TOGETHER - 1 - place)) for place in range(_TOGETHER)]
        return torch.cat(shifted).contiguous(memory_format=torch.channels_last)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor, layer: FewChannels) -> Tensor:
        ctx.layer, ctx.width = layer, image.shape[3]
        return nn.Conv2d.forward(layer, image)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:
        return ctx.layer.gradient(upstream, ctx.width), None
