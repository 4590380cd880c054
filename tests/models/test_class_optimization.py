import pytest
import torch
from torch import nn

from models.class_optimization import as_frequencies, class_optimization
from models.predict import NEGATIVE


class Likes(nn.Module):
    """The logit of class bound is a weighted sum of the input."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        logit = (X * self.weight).sum((1, 2))
        return nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))


@pytest.fixture
def network() -> nn.Module:
    weight = torch.full((4, 3), -2.0)
    weight[2, 0] = weight[0, 1] = weight[3, 2] = 2.0
    return Likes(weight).eval().requires_grad_(False)


def test_the_input_that_the_network_likes_is_found(network: nn.Module) -> None:
    assert class_optimization(network, 3).argmax(0).tolist() == [2, 0, 3]


def test_the_other_class_gets_the_opposite(network: nn.Module) -> None:
    disliked = class_optimization(network, 3, target=NEGATIVE)

    assert disliked[[2, 0, 3], [0, 1, 2]].max() < disliked.max()


def test_equal_seeds_give_equal_matrices_and_the_network_keeps_no_gradient(network: nn.Module) -> None:
    first, second = (class_optimization(network, 3, n_steps=20, random_state=4) for _ in range(2))

    assert torch.equal(first, second)
    assert not torch.equal(first, class_optimization(network, 3, n_steps=20, random_state=5))
    assert all(parameter.grad is None for parameter in network.parameters())


def test_post_processing_clamps_scales_adds_and_normalises() -> None:
    frequencies = as_frequencies(torch.tensor([[2.0, -1.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.0]]))

    torch.testing.assert_close(frequencies[:, 0], torch.tensor([1.01, 0.51, 0.01, 0.01]) / 1.54)
    torch.testing.assert_close(frequencies[:, 1], torch.full((4,), 0.25))


def test_an_input_without_anything_positive_becomes_uniform() -> None:
    assert torch.equal(as_frequencies(torch.full((4, 2), -1.0)), torch.full((4, 2), 0.25))
