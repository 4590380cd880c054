import torch
from torch import Tensor, nn

from models.pattern_maps import pattern_map


class LikesMarkOne(nn.Module):
    """ON where mark 1 is high in the left half."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 8), requires_grad=False)
        self.weight[1, :4] = 3.0

    def forward(self, X: Tensor) -> Tensor:
        logit = (X * self.weight).sum((1, 2)) - 6.0
        return torch.nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))


def test_the_map_shows_what_the_network_likes() -> None:
    liked = pattern_map(LikesMarkOne().eval(), (2, 8), target="ON", space="published", n_steps=300)

    assert liked.active_bins == (0, 4)
    assert max(liked.values[1]) == 1.0
    assert max(liked.values[0]) < 0.05
    assert liked.means[1] > liked.means[0]


def test_off_is_the_absence_of_it() -> None:
    disliked = pattern_map(LikesMarkOne().eval(), (2, 8), target="OFF", space="published", n_steps=300)

    assert max(disliked.values[1][:4]) <= max(0.05, *disliked.values[0])


def test_log1p_space_reaches_the_height_of_reads() -> None:
    liked = pattern_map(LikesMarkOne().eval(), (2, 8), target="ON", space="log1p", n_steps=300)

    assert liked.active_bins == (0, 4)


def test_equal_seeds_give_equal_maps() -> None:
    network = LikesMarkOne().eval()
    first, second = (pattern_map(network, (2, 8), target="ON", space="log1p", n_steps=20) for _ in range(2))

    assert first == second
