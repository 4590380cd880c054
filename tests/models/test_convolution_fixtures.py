"""The tutorials' worked examples: a PSSM is a convolution, and what the slides print wrongly."""

import math

import pytest
import torch
from torch import nn

from models.sequence import one_hot_encode

PSSM = torch.tensor(
    [
        [-5.7, -3.2, 3.7, -3.2, 3.7, 0.6],
        [0.5, -3.2, -3.2, -3.2, -3.2, -5.7],
        [0.5, 3.7, -3.2, -3.2, -3.2, -5.7],
        [-5.7, -3.2, -3.2, 3.7, -3.2, 0.5],
    ]
)
SLIDE = [-2.2, -5.4, 2.0, -4.3, -24, -17, -18, -11, -12, 16, -5.5, -8.5, -5.2]


def scan(sequence: str) -> torch.Tensor:
    X = nn.functional.pad(one_hot_encode([sequence]), (2, 3))
    return nn.functional.conv1d(X, PSSM[None])[0, 0]


def test_the_printed_sequence_does_not_give_the_printed_scores() -> None:
    expected = [-2.2, -12.2, 15.9, -11.1, -17.3, -17.3, -17.9, -11.1, -11.7, 15.8, -12.3, -1.5, -12.1]

    torch.testing.assert_close(scan("CGATAACCGATAT"), torch.tensor(expected), atol=0.01, rtol=0)


def test_the_corrected_sequence_gives_the_slides_scores_within_their_rounding() -> None:
    scores = scan("GCATTACCGATAA")

    for score, printed in zip(scores.tolist(), SLIDE, strict=True):
        assert score == pytest.approx(printed, abs=0.5 if isinstance(printed, int) else 0.11)
    assert torch.nonzero(scores.relu()).flatten().tolist() == [2, 9]
    assert "GCATTACCGATAA"[scores.argmax() - 2 :][:6] == "CGATAA"


def test_one_neuron_adds_five_terms_where_the_slide_prints_four() -> None:
    X = one_hot_encode(["CGATA"])

    assert (X * PSSM[None, :, :5]).sum().item() == pytest.approx(15.3, abs=1e-5)
    assert torch.sigmoid(torch.tensor(0.5 + 3 * 3.7)).item() == pytest.approx(0.999991, abs=1e-6)
    assert 1 / (1 + math.exp(-7.82)) == pytest.approx(0.9996, abs=1e-4)


def test_shapes_of_the_tutorials_layers() -> None:
    dense = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1))

    assert sum(p.numel() for name, p in dense.named_parameters() if "weight" in name) == 32
    assert sum(p.numel() for p in dense.parameters()) == 41
    assert nn.Conv1d(4, 3, 4, stride=2)(torch.zeros(1, 4, 13)).shape == (1, 3, 5)


def test_two_dimensional_cross_correlation() -> None:
    image = torch.tensor([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1.0]])
    kernel = torch.tensor([[0, 1, 2], [2, 2, 0], [0, 1, 2.0]])

    result = nn.functional.conv2d(image[None, None], kernel[None, None])[0, 0]

    assert result.tolist() == [[12, 12, 17], [10, 17, 19], [9, 6, 14]]


def test_autograd_on_the_tutorials_expression() -> None:
    a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    ((a + b) * (b + 1)).backward()

    assert (a.grad, b.grad) == (torch.tensor(2.0), torch.tensor(5.0))
