import inspect

import pytest
import torch
from torch import nn

from models.architectures import ARCHITECTURES
from models.baselines import BASELINES
from models.checkpoints import architecture_spec

PARAMETERS = {"demo_cnn": 136_322, "demo_rnn": 9_858, "demo_cnn_rnn": 46_338}
EVERY = (*ARCHITECTURES.names(), *BASELINES.names())


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    return architecture_spec(name).network().eval()


@pytest.mark.parametrize("name", ARCHITECTURES.names())
def test_parameter_count_is_the_originals_with_torchs_second_lstm_bias(name: str) -> None:
    assert sum(parameter.numel() for parameter in build(name).parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", ARCHITECTURES.names())
def test_constructors_share_one_vocabulary(name: str) -> None:
    parameters = inspect.signature(architecture_spec(name).network.__init__).parameters

    assert list(parameters)[1:4] == ["in_channels", "input_length", "n_classes"]
    assert set(parameters) - {"self"} <= {
        "in_channels", "input_length", "n_classes", "n_filters", "hidden_size", "dropout",
    }  # fmt: skip
    assert all(p.kind is p.KEYWORD_ONLY for p in list(parameters.values())[1:])


@pytest.mark.parametrize("name", EVERY)
def test_output_is_two_normalised_log_probabilities(name: str, X: torch.Tensor) -> None:
    output = build(name)(X)

    assert output.shape == (8, 2)
    torch.testing.assert_close(output.exp().sum(1), torch.ones(8))


@pytest.mark.parametrize("name", EVERY)
def test_a_sequence_gets_the_same_answer_in_any_batch_and_any_run(name: str, X: torch.Tensor) -> None:
    network = build(name)

    torch.testing.assert_close(network(X)[3:4], network(X[3:4]), atol=1e-6, rtol=1e-5)
    assert torch.equal(network(X), network(X))


@pytest.mark.parametrize("name", EVERY)
def test_spec_can_be_shown(name: str) -> None:
    spec = architecture_spec(name)

    assert spec.title
    assert spec.summary.endswith(".")


def test_layers_of_the_cnn_have_the_lengths_of_the_original() -> None:
    lengths, X = [], torch.zeros(1, 4, 101)
    for layer in build("demo_cnn").features[:-2]:
        X = layer(X)
        lengths.append(X.shape[2])

    assert lengths == [93, 93, 46, 46, 42, 42, 21, 21, 19, 19, 19]


@pytest.mark.parametrize("name", ["demo_rnn", "demo_cnn_rnn"])
def test_temporal_outputs_end_in_the_plain_prediction(name: str, X: torch.Tensor) -> None:
    network = build(name)
    forward, backward = network.temporal_log_probabilities(X)

    torch.testing.assert_close(forward[:, -1], network(X))
    torch.testing.assert_close(backward[:, 0], network(X))


def test_temporal_outputs_of_the_rnn_are_the_network_on_each_prefix_and_suffix(X: torch.Tensor) -> None:
    network = build("demo_rnn")
    forward, backward = network.temporal_log_probabilities(X[:2])

    for i in (0, 1, 50, 99):
        torch.testing.assert_close(forward[:, i], network(X[:2, :, : i + 1]), atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(backward[:, i], network(X[:2, :, i:]), atol=1e-6, rtol=1e-5)


def test_temporal_outputs_of_the_cnn_rnn_convolve_the_whole_sequence_once(X: torch.Tensor) -> None:
    network = build("demo_cnn_rnn")
    changed = X.clone()
    changed[:, :, 54] = X[:, :, 54].flip(1)  # four bases beyond position 50

    difference = network.temporal_log_probabilities(X)[0] - network.temporal_log_probabilities(changed)[0]

    assert difference[:, 50].abs().max() > 0
    assert difference[:, :50].abs().max() == 0
