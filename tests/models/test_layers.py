import pytest
import torch
from torch import nn

from models.layers import BidirectionalMean, initialise_lstm


@pytest.fixture
def layer() -> BidirectionalMean:
    torch.manual_seed(0)
    return BidirectionalMean(3, 5, dropout=0.5).eval()


def test_it_is_torchs_bidirectional_lstm_averaged_over_time(layer: BidirectionalMean) -> None:
    reference = nn.LSTM(3, 5, batch_first=True, bidirectional=True)
    reference.load_state_dict(
        layer.forward_lstm.state_dict() | {f"{k}_reverse": v for k, v in layer.backward_lstm.state_dict().items()}
    )
    features = torch.randn(2, 11, 3)

    torch.testing.assert_close(layer(features), reference(features)[0].mean(1))


def test_prefix_and_suffix_means_equal_a_run_on_each_prefix_and_suffix(layer: BidirectionalMean) -> None:
    features = torch.randn(3, 9, 3)

    prefixes = torch.stack([layer(features[:, : i + 1]) for i in range(9)], dim=1)
    suffixes = torch.stack([layer(features[:, i:]) for i in range(9)], dim=1)

    torch.testing.assert_close(layer.prefix_means(features), prefixes)
    torch.testing.assert_close(layer.suffix_means(features), suffixes)


def test_initialisation_is_torch_rnns() -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(96, 32)
    initialise_lstm(lstm)

    assert lstm.bias_ih_l0[32:64].tolist() == [1.0] * 32
    assert lstm.bias_ih_l0.sum() + lstm.bias_hh_l0.sum() == 32
    assert lstm.weight_hh_l0.std().item() == pytest.approx(128**-0.5, rel=0.05)
