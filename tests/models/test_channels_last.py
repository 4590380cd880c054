import pytest
import torch

from models.channels_last import ChannelsLast, faster_convolutions
from models.checkpoints import load_checkpoint, load_chromatin_checkpoint


@pytest.mark.parametrize(
    ("load", "name", "shape"),
    [
        (load_checkpoint, "ctcf_weri-demo_cnn", (4, 101)),
        (load_checkpoint, "ctcf_weri-demo_cnn_rnn", (4, 101)),
        (load_chromatin_checkpoint, "e003-deepchrome", (5, 100)),
    ],
)
def test_answers_and_gradients_are_those_of_the_network(load, name: str, shape: tuple[int, int]) -> None:
    network = load(name).network
    faster = faster_convolutions(network)
    X = torch.rand(3, *shape, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    gradients = [torch.autograd.grad(each(X)[:, 0].sum(), X)[0] for each in (network, faster)]

    assert any(isinstance(child, ChannelsLast) for child in faster.children())
    torch.testing.assert_close(faster(X), network(X), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4)


def test_the_network_is_left_as_it_was() -> None:
    network = load_checkpoint("ctcf_weri-demo_cnn").network
    before = dict(network.named_modules())
    faster_convolutions(network)

    assert dict(network.named_modules()) == before


def test_a_network_without_convolutions_is_returned_itself() -> None:
    network = load_checkpoint("ctcf_weri-demo_rnn").network

    assert faster_convolutions(network) is network
