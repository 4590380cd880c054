import inspect
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.architectures import CHROMATIN_ARCHITECTURES
from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.averaged import averaged
from models.baselines import CHROMATIN_BASELINES
from models.baselines.histone_linear import HistoneLinear
from models.checkpoints import architecture_spec, chromatin_architecture_names
from models.chromatin_layers import initialise_for_length
from models.explanations.method import HasBinAttention
from models.histone import MARKS, golden_signal
from models.predict import positive_logit
from models.published import published_names, read_published

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
NETWORKS = CHROMATIN_ARCHITECTURES.names()
EVERY = chromatin_architecture_names()
ATTENTIVE = [
    name for name in NETWORKS if name not in ("deepchrome", "deepchrome_mlp", "deepchrome_linear", "attentive_lstm")
]
WITH_BETA = ["attentive_lstm_alpha_beta", "attentive_cnn_alpha_beta"]
PARAMETERS = {"deepchrome": 644_177, "attentive_lstm_alpha_beta": 55_681, "deepchrome_linear": 1_002}
FEATURES = dict(zip(CHROMATIN_BASELINES, ("mark_mean", "best_bin", "all_bins"), strict=True))


def build(name: str, **options: object) -> nn.Module:
    torch.manual_seed(0)
    if name in FEATURES:
        options = {"features": FEATURES[name]} | options
    return architecture_spec(name).network(**options).eval()


@pytest.fixture
def X() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).poisson(3.0, (6, 5, 100)).astype(np.float32))


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter_count_is_the_published_one(name: str) -> None:
    assert sum(parameter.numel() for parameter in build(name).parameters()) == PARAMETERS[name]


def test_the_12_parameter_network_has_12_parameters() -> None:
    assert sum(parameter.numel() for parameter in build("mark_mean_linear").parameters()) == 12


@pytest.mark.parametrize("name", NETWORKS)
def test_constructors_share_one_vocabulary(name: str) -> None:
    network = architecture_spec(name).network
    classes = [one for one in network.__mro__ if one.__module__.startswith("models.") and "__init__" in vars(one)]
    names = {name for one in classes for name in inspect.signature(one.__init__).parameters} - {"self", "options"}

    assert {"n_marks", "scale", "task", "dropout"} <= names
    assert names <= {"n_marks", "n_bins", "n_filters", "hidden_size", "scale", "task", "dropout"}


@pytest.mark.parametrize("name", EVERY)
def test_output_is_two_normalised_log_probabilities(name: str, X: Tensor) -> None:
    output = build(name)(X)

    assert output.shape == (6, 2)
    torch.testing.assert_close(output.exp().sum(1), torch.ones(6))


@pytest.mark.parametrize("name", EVERY)
def test_a_gene_gets_the_same_answer_in_any_batch(name: str, X: Tensor) -> None:
    network = build(name)

    torch.testing.assert_close(network(X)[3:4], network(X[3:4]), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_regression_has_one_output(name: str, X: Tensor) -> None:
    assert build(name, task="regression")(X).shape == (6, 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_log1p_is_what_the_network_sees(name: str, X: Tensor) -> None:
    torch.testing.assert_close(build(name, scale="log1p")(X), build(name)(X.log1p()))


@pytest.mark.parametrize("name", NETWORKS)
def test_dropout_acts_in_training_only(name: str, X: Tensor) -> None:
    network = build(name, dropout=0.5)

    assert torch.equal(network(X), network(X))
    assert not torch.equal(network.train()(X), network(X))


@pytest.mark.parametrize("name", NETWORKS)
def test_capability_is_told_by_the_protocol(name: str) -> None:
    assert isinstance(build(name), HasBinAttention) == (name in ATTENTIVE)


@pytest.mark.parametrize("name", ATTENTIVE)
def test_attention_sums_to_one_and_comes_with_the_answer(name: str, X: Tensor) -> None:
    network = build(name)
    attended = network.attend(X)
    rows = 1 if network.shared_bin_attention else 5

    assert torch.equal(attended.output, network(X))
    assert attended.bin_attention.shape == (6, rows, 100)
    torch.testing.assert_close(attended.bin_attention.sum(2), torch.ones(6, rows))
    if name in WITH_BETA:
        torch.testing.assert_close(attended.mark_attention.sum(1), torch.ones(6))
        assert attended.mark_attention.shape == (6, 5)
    else:
        assert attended.mark_attention is None
    assert network.has_mark_attention == (name in WITH_BETA)


@pytest.mark.parametrize("name", ATTENTIVE)
def test_attentive_networks_take_any_number_of_bins(name: str, X: Tensor) -> None:
    assert build(name).attend(torch.cat([X, X], dim=2)).bin_attention.shape[2] == 200


def test_best_bin_reads_the_chosen_bin_of_each_mark(X: Tensor) -> None:
    network = HistoneLinear(features="best_bin")
    network.best.copy_(torch.tensor([0, 10, 20, 30, 99]))

    torch.testing.assert_close(
        network.select(X), torch.stack([X[:, 0, 0], X[:, 1, 10], X[:, 2, 20], X[:, 3, 30], X[:, 4, 99]], 1).log1p()
    )


def filled(scale: float) -> AttentiveLSTMAlphaBeta:
    """Return the network whose published tensors hold scale * sin(0.37 n), n running over all of them."""
    network = AttentiveLSTMAlphaBeta()
    state, n = network.state_dict(), 0
    for ours in published_names().values():
        size = state[ours].numel()
        values = scale * torch.arange(n, n + size, dtype=torch.float64).mul(0.37).sin()
        state[ours] = values.float().view(state[ours].shape)
        n += size
    network.load_state_dict(state)
    return network.eval()


def assert_near(values: Tensor, expected: list[float]) -> None:
    np.testing.assert_allclose(values.detach(), expected, atol=1e-5, rtol=0)


def golden() -> Tensor:
    return torch.from_numpy(golden_signal())


def test_fixture_a1_of_the_original_code() -> None:
    attended = filled(0.1).attend(golden())
    probability, beta, alpha = attended.output[:, 0].exp(), attended.mark_attention, attended.bin_attention

    assert_near(probability, [0.467835, 0.467817])
    torch.testing.assert_close(
        attended.output[:, 0] - attended.output[:, 1], torch.tensor([-0.128838, -0.128909]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        beta[0], torch.tensor([0.197912, 0.199508, 0.199757, 0.200975, 0.201848]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        alpha[0, 0, :5], torch.tensor([0.008907, 0.010212, 0.011243, 0.009842, 0.010498]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        alpha[1, 4, 48:52], torch.tensor([0.009908, 0.009284, 0.010245, 0.011104]), atol=1e-5, rtol=0
    )
    assert alpha[0].argmax(1).tolist() == [9, 87, 78, 99, 11]


def test_fixture_a2_of_the_original_code() -> None:
    attended = filled(0.6).attend(golden())
    beta, alpha = attended.mark_attention, attended.bin_attention

    assert_near(attended.output[:, 0].exp(), [0.237765, 0.218610])
    torch.testing.assert_close(
        beta[0], torch.tensor([0.169612, 0.234136, 0.125935, 0.220625, 0.249692]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        beta[1], torch.tensor([0.203803, 0.194159, 0.123068, 0.217797, 0.261173]), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        alpha[0, 0, :5], torch.tensor([0.000897, 0.007278, 0.014297, 0.001482, 0.021594]), atol=1e-5, rtol=0
    )
    assert alpha[0].argmax(1).tolist() == [6, 99, 97, 99, 4]


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published implementation's tensors are not here")
def test_published_network_is_reproduced() -> None:
    expected = np.load(REFERENCE / "attentivechrome.npz")
    attended = read_published(REFERENCE / "attentivechrome.pt").attend(
        torch.from_numpy(expected["input"]).float().transpose(1, 2)
    )

    logit = attended.output[:, 0] - attended.output[:, 1]
    np.testing.assert_allclose(logit.numpy(), expected["logit"][:, 0], atol=1e-5)
    np.testing.assert_allclose(attended.bin_attention.numpy(), expected["alpha"], atol=1e-5)
    np.testing.assert_allclose(attended.mark_attention.numpy(), expected["beta"], atol=1e-5)
    assert len(MARKS) == expected["alpha"].shape[1]


@pytest.mark.parametrize("name", ["deepchrome_linear", "attentive_lstm_attn", "attentive_lstm_alpha_beta"])
def test_averaged_members_answer_and_attend_together(name: str, X: Tensor) -> None:
    members = [build(name), build(name).requires_grad_(False)]
    for parameter in members[1].parameters():
        parameter.mul_(1.5)
    network = averaged(members)
    logits = [positive_logit(member, X) for member in members]

    torch.testing.assert_close(positive_logit(network, X), sum(logits) / 2, atol=1e-5, rtol=1e-5)
    assert isinstance(network, HasBinAttention) == (name in ATTENTIVE)
    if name in ATTENTIVE:
        attended = network.attend(X)
        alphas = [member.attend(X).bin_attention for member in members]
        torch.testing.assert_close(attended.bin_attention, sum(alphas) / 2)
        assert (attended.mark_attention is not None) == network.has_mark_attention == (name in WITH_BETA)


def test_a_single_member_answers_for_itself() -> None:
    network = build("deepchrome_linear")

    assert averaged([network]) is network


def test_long_memory_spans_the_window() -> None:
    lstm = nn.LSTM(1, 64, bidirectional=True)
    initialise_for_length(lstm, 100)
    spans = (lstm.bias_ih_l0 + lstm.bias_hh_l0)[64:128].exp()

    assert 1 <= spans.min() < 20
    assert 80 < spans.max() <= 99
