import pytest
import torch

from models.channels_last import CACHE_BYTES, ChannelsLast, cache_sized, faster_convolutions
from models.checkpoints import load_checkpoint, load_chromatin_checkpoint
from models.explanations.gradient import logit_and_gradient
from models.predict import fast_logit, positive_logit, positive_probability


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


def test_the_copy_is_made_once_and_anew_when_a_weight_is_written_to() -> None:
    network = load_checkpoint("ctcf_weri-demo_cnn").network
    first = faster_convolutions(network)
    X = torch.rand(2, 4, 101, generator=torch.Generator().manual_seed(0))
    assert faster_convolutions(network) is first

    with torch.no_grad():
        network.get_parameter("features.0.weight").mul_(2.0)
    again = faster_convolutions(network)

    assert again is not first
    torch.testing.assert_close(again(X), network(X), atol=1e-5, rtol=1e-5)


def test_a_network_that_learns_is_returned_itself() -> None:
    network = load_checkpoint("ctcf_weri-demo_cnn").network.train()

    assert faster_convolutions(network) is network


def test_a_copy_made_without_gradients_gives_gradients_later() -> None:
    network = load_checkpoint("ctcf_weri-demo_cnn").network
    X = torch.rand(2, 4, 101, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        positive_probability(network, X)

    logit, gradient = logit_and_gradient(network, X)
    assert gradient.abs().sum() > 0
    torch.testing.assert_close(logit, positive_logit(network, X), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["demo_cnn", "demo_rnn", "demo_cnn_rnn"])
def test_a_large_batch_is_answered_in_parts_and_in_order(name: str) -> None:
    network = load_checkpoint(f"ctcf_weri-{name}").network
    X = torch.rand(150, 4, 101, generator=torch.Generator().manual_seed(0))
    parts = cache_sized(faster_convolutions(network), X)
    one_by_one = torch.cat([positive_logit(network, x[None]) for x in X])
    gradients = torch.cat([logit_and_gradient(network, x[None])[1] for x in X])

    assert len(parts) > 1
    assert torch.equal(torch.cat(parts), X)
    if name != "demo_rnn":
        assert max(map(len, parts)) * 128 * 101 * 4 <= CACHE_BYTES
    torch.testing.assert_close(fast_logit(network, X), one_by_one, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(positive_probability(network, X), one_by_one.sigmoid(), atol=1e-5, rtol=0)
    torch.testing.assert_close(logit_and_gradient(network, X)[1], gradients, atol=1e-5, rtol=1e-4)
