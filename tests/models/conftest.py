from collections.abc import Mapping
from typing import NamedTuple

import pytest
import torch
from hypothesis import settings
from torch import Tensor, nn

from models.architectures import ARCHITECTURES
from models.sequence import one_hot_encode, reverse_complement

# A busy machine must not fail a property, and every run tries the same examples.
settings.register_profile("regulens", deadline=None, derandomize=True)
settings.load_profile("regulens")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Two torch threads on a machine whose second core is busy are several times slower than one."""
    torch.set_num_threads(1)


@pytest.fixture
def X() -> torch.Tensor:
    """Eight random sequences of 101 bases; the last four columns of the last are unknown."""
    letters = torch.randint(4, (8, 101), generator=torch.Generator().manual_seed(1))
    sequences = ["".join("ACGT"[i] for i in row) for row in letters.tolist()]
    return one_hot_encode([*sequences[:-1], sequences[-1][:-4] + "NNNN"])


MOTIF = "CCAGGGGGC"  # the core of CTCF's
WORD = "CAGGG"  # in its middle, short enough for a register of five units
STEEP = 11.5
BACKGROUND = "TTGACATCATTGAATCTAGTATTCAAGTACTTGCATAATCTTAGATGACTA"


class Planted(NamedTuple):
    """Networks made by hand that look for one motif, and a window that holds it once."""

    networks: Mapping[str, nn.Module]
    X: Tensor  # (1, 4, 101)
    sequence: str
    start: int
    stop: int
    motif: str

    def share(self, track: Tensor) -> float:
        """Return how much of a track's positive mass lies on the motif."""
        positive = track[0].clamp(min=0)
        return float(positive[self.start : self.stop].sum() / positive.sum())


def _scan(convolution: nn.Conv1d) -> None:
    """Make one filter per strand that fires from eight of the nine bases on."""
    filters = one_hot_encode([MOTIF, reverse_complement(MOTIF)]) * 2 - 1
    convolution.weight.copy_(filters)
    convolution.bias.fill_(-6.0)


def _planted_cnn() -> nn.Module:
    """Scan, hand the two features on to the maximum, and add them."""
    network = ARCHITECTURES.get("demo_cnn").network(n_filters=2)
    first, second, third = (layer for layer in network.features if isinstance(layer, nn.Conv1d))
    _scan(first)
    for layer, tap in ((second, 2), (third, 1)):
        layer.weight.zero_()
        layer.weight[:, :, tap] = torch.eye(2)
        layer.bias.zero_()
    _read(network.output, [2.0, 2.0], bias=-3.0)
    return network


def _planted_cnn_rnn() -> nn.Module:
    """Scan, and count in a cell of either direction: the mean of one is high behind the motif, of the other before."""
    network = ARCHITECTURES.get("demo_cnn_rnn").network(n_filters=2, hidden_size=1)
    _scan(network.convolution)
    for lstm in (network.recurrent.forward_lstm, network.recurrent.backward_lstm):
        lstm.weight_hh_l0.zero_()
        lstm.weight_ih_l0.zero_()
        lstm.weight_ih_l0[0] = 3.0  # the input gate opens for a feature
        lstm.bias_hh_l0.zero_()
        lstm.bias_ih_l0.copy_(torch.tensor([-7.0, 9.0, 3.0, 9.0]))  # gates i, f, g, o: closed, kept, 1, shown
    _read(network.output, [6.0, 6.0], bias=-3.0)
    return network


def _planted_rnn() -> nn.Module:
    """A shift register in either direction: unit k is on if the last k bases are the first k of the word."""
    n_units = len(WORD)
    network = ARCHITECTURES.get("demo_rnn").network(hidden_size=n_units)
    words = (WORD, reverse_complement(WORD)[::-1])  # one strand each, so that both strands get the same answer
    for lstm, word in zip((network.recurrent.forward_lstm, network.recurrent.backward_lstm), words, strict=True):
        for parameter in lstm.parameters():
            parameter.zero_()
        for unit, base in enumerate(word):
            lstm.weight_ih_l0[unit, "ACGT".index(base)] = STEEP
            if unit:
                lstm.weight_hh_l0[unit, unit - 1] = STEEP / 0.67  # of the unit before, when it is on
            lstm.bias_ih_l0[unit] = 1.5 - (2 * STEEP if unit else STEEP)  # both together open the gate, one does not
        _, f, g, o = lstm.bias_hh_l0.split(n_units)
        f.fill_(-9.0)
        f[-1] = 9.0  # the last unit remembers
        g.fill_(3.0)
        o.fill_(9.0)
    _read(network.output, [0.0] * (n_units - 1) + [12.0] + [0.0] * (n_units - 1) + [12.0], bias=-3.0)
    return network


def _read(output: nn.Linear, weights: list[float], *, bias: float) -> None:
    output.weight.zero_()
    output.weight[0] = torch.tensor(weights)
    output.bias.copy_(torch.tensor([bias, 0.0]))


@pytest.fixture(scope="session")
def planted() -> Planted:
    """One network per architecture, made by hand to look for the motif."""
    makers = {"demo_cnn": _planted_cnn, "demo_rnn": _planted_rnn, "demo_cnn_rnn": _planted_cnn_rnn}
    with torch.no_grad():
        networks = {name: make().eval().requires_grad_(False) for name, make in makers.items()}
    start = 46
    sequence = BACKGROUND[:start] + MOTIF + BACKGROUND[::-1][: 101 - start - len(MOTIF)]
    return Planted(networks, one_hot_encode([sequence]), sequence, start, start + len(MOTIF), MOTIF)
