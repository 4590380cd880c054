import pytest
import torch
from torch import nn

from models.channels_last import ChannelsLast
from models.few_channels import FewChannels


def _layer(padding: int) -> FewChannels:
    torch.manual_seed(0)
    return FewChannels(4, 16, (1, 9), padding=(0, padding)).requires_grad_(False)


@pytest.mark.parametrize("padding", [0, 4, 8])
@pytest.mark.parametrize("width", [9, 20, 21, 22, 23])
def test_the_gradient_is_that_of_the_convolution(width: int, padding: int) -> None:
    layer = _layer(padding)
    image = torch.randn(3, 4, 1, width, requires_grad=True)
    output, usual = layer(image), nn.functional.conv2d(image, layer.weight, layer.bias, padding=(0, padding))
    upstream = torch.randn_like(usual)
    gradient, expected = (torch.autograd.grad(each, image, upstream)[0] for each in (output, usual))

    torch.testing.assert_close(output, usual)
    assert gradient.shape == image.shape
    torch.testing.assert_close(gradient, expected, atol=1e-5, rtol=1e-5)


def test_the_gradient_can_be_differentiated_by_what_comes_from_above() -> None:
    layer = _layer(0).double()
    image = torch.randn(1, 4, 1, 13, dtype=torch.double, requires_grad=True)

    assert torch.autograd.gradcheck(layer, image)
    assert torch.autograd.gradgradcheck(layer, image)


@pytest.mark.parametrize(
    ("convolution", "taken"),
    [
        (nn.Conv1d(4, 8, 9), True),
        (nn.Conv1d(4, 8, 9, padding=4), True),
        (nn.Conv1d(4, 8, 9, padding=9), False),
        (nn.Conv1d(4, 8, 9, padding="same"), False),
        (nn.Conv1d(4, 8, 9, stride=2), False),
        (nn.Conv1d(4, 8, 9, dilation=2), False),
        (nn.Conv1d(4, 8, 9, groups=2), False),
        (nn.Conv1d(5, 8, 9), False),
    ],
)
def test_only_a_plain_convolution_of_few_channels_becomes_one(convolution: nn.Conv1d, taken: bool) -> None:
    faster = ChannelsLast([convolution.requires_grad_(False)])
    X = torch.randn(2, convolution.in_channels, 40, requires_grad=True)
    gradients = [torch.autograd.grad(each(X).sin().sum(), X)[0] for each in (faster, convolution)]

    assert isinstance(faster.layers[0], FewChannels) == taken
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-5)
