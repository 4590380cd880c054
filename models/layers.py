"""Layers that more than one architecture uses; every non-linearity is a module, used once."""

import torch
from torch import Tensor, nn


class BidirectionalMean(nn.Module):
    """Two LSTMs reading in opposite directions, each averaged over time.

    Parameters
    ----------
    in_channels : int
        Values per time step.
    hidden_size : int
        Units per direction.
    dropout : float
        Probability of dropping one output unit at one time step, in training only.

    Notes
    -----
    DeMo averages over *all* time steps; it does not take the last state. The two directions are separate modules,
    so that the outputs after each prefix and each suffix can be had without running both directions again.

    References
    ----------
    Lanchantin et al., Deep Motif Dashboard, PSB 2017, arXiv:1608.03644, section 3.
    """

    def __init__(self, in_channels: int, hidden_size: int, *, dropout: float) -> None:
        super().__init__()
        self.forward_lstm = nn.LSTM(in_channels, hidden_size, batch_first=True)
        self.backward_lstm = nn.LSTM(in_channels, hidden_size, batch_first=True)
        self.forward_dropout = nn.Dropout(dropout)
        self.backward_dropout = nn.Dropout(dropout)

    def forward(self, features: Tensor) -> Tensor:
        """Return the mean hidden states of both directions.

        Parameters
        ----------
        features : Tensor, shape (batch, length, in_channels)

        Returns
        -------
        Tensor, shape (batch, 2 * hidden_size)
        """
        forward_states = self.forward_dropout(self.forward_lstm(features)[0])
        backward_states = self.backward_dropout(self.backward_lstm(features.flip(1))[0])
        return torch.cat([forward_states.mean(1), backward_states.mean(1)], dim=1)

    def prefix_means(self, features: Tensor) -> Tensor:
        """Return what `forward` gives for every prefix ``features[:, :i]``, i = 1..length.

        The direction that starts at the prefix's first step is one run with a running mean; the other starts at a
        different step for every prefix, so all prefixes run as one padded batch.

        Parameters
        ----------
        features : Tensor, shape (batch, length, in_channels)

        Returns
        -------
        Tensor, shape (batch, length, 2 * hidden_size)
        """
        return torch.cat(
            [_running_mean(self.forward_lstm, features), _mean_back_from_each_step(self.backward_lstm, features)],
            dim=2,
        )

    def suffix_means(self, features: Tensor) -> Tensor:
        """Return what `forward` gives for every suffix ``features[:, i:]``, i = 0..length-1.

        Parameters
        ----------
        features : Tensor, shape (batch, length, in_channels)

        Returns
        -------
        Tensor, shape (batch, length, 2 * hidden_size)
        """
        mirrored = features.flip(1)
        means = torch.cat(
            [_mean_back_from_each_step(self.forward_lstm, mirrored), _running_mean(self.backward_lstm, mirrored)],
            dim=2,
        )
        return means.flip(1)


def _running_mean(lstm: nn.LSTM, features: Tensor) -> Tensor:
    states: Tensor = lstm(features)[0]
    steps = torch.arange(1, features.shape[1] + 1, device=features.device, dtype=features.dtype)
    return states.cumsum(1) / steps[:, None]


def _mean_back_from_each_step(lstm: nn.LSTM, features: Tensor) -> Tensor:
    """For every step i, run from i back to the first step and average the states."""
    batch, length, channels = features.shape
    step = torch.arange(length, device=features.device)
    source = step[:, None] - step[None, :]  # (start i, time t) -> feature i - t
    inside = source >= 0
    reversed_prefixes = features[:, source.clamp(min=0)].reshape(batch * length, length, channels)
    states: Tensor = lstm(reversed_prefixes)[0].reshape(batch, length, length, -1)
    return (states * inside[None, :, :, None]).sum(2) / (step + 1)[:, None]


def initialise_lstm(lstm: nn.LSTM) -> None:
    """Initialise as torch-rnn does: weights N(0, 1/sqrt(in + hidden)), biases 0, forget-gate bias 1."""
    hidden, inputs = lstm.hidden_size, lstm.input_size
    deviation = (inputs + hidden) ** -0.5
    with torch.no_grad():
        parameters = dict(lstm.named_parameters())
        for name, parameter in parameters.items():
            if name.startswith("weight"):
                parameter.normal_(0.0, deviation)
            else:
                parameter.zero_()
        parameters["bias_ih_l0"][hidden : 2 * hidden] = 1.0  # gates are ordered i, f, g, o
