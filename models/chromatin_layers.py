"""Layers of the networks that read histone marks."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

Task = Literal["classification", "regression"]
Scale = Literal["counts", "log1p"]


class Attended(NamedTuple):
    """A network's output with the attention that made it, from one pass.

    Attributes
    ----------
    output : Tensor, shape (batch, 2) or (batch, 1)
        Log-probabilities of ON and OFF, or log10 expression.
    bin_attention : Tensor, shape (batch, n_marks or 1, n_bins)
        Alpha; each row sums to 1. One row where the marks share it.
    mark_attention : Tensor, shape (batch, n_marks), or None
        Beta; sums to 1.
    """

    output: Tensor
    bin_attention: Tensor
    mark_attention: Tensor | None


class SignalScale(nn.Module):
    """Leave read counts as they are, or take log(1 + reads).

    Parameters
    ----------
    scale : {"counts", "log1p"}
        The published networks see raw counts; log1p keeps a few tall peaks from ruling the gradient.
    """

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, signal: Tensor) -> Tensor:
        """Return the scaled signal, of the same shape; below zero, where only an optimiser goes, log1p stays at 0."""
        return signal.clamp(min=0.0).log1p() if self.scale == "log1p" else signal


class ReadOut(nn.Module):
    """The last linear layer and what it means.

    Parameters
    ----------
    in_features : int
    task : {"classification", "regression"}
    n_logits : int, default 2
        2 is a log-softmax over ON and OFF; 1 is a sigmoid, as in the PyTorch release of AttentiveChrome.
    """

    def __init__(self, in_features: int, *, task: Task, n_logits: int = 2) -> None:
        super().__init__()
        self.task = task
        self.linear = nn.Linear(in_features, 1 if task == "regression" else n_logits)
        self.log_softmax = nn.LogSoftmax(dim=-1)
        self.log_sigmoid = nn.LogSigmoid()

    def forward(self, features: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), shape (batch, 2), or log10 expression, shape (batch, 1)."""
        values: Tensor = self.linear(features)
        if self.task == "regression":
            return values
        if values.shape[-1] == 1:
            return torch.cat([self.log_sigmoid(values), self.log_sigmoid(-values)], dim=-1)
        log_probabilities: Tensor = self.log_softmax(values)
        return log_probabilities


class Attention(nn.Module):
    """A softmax over steps of one learnt vector, without bias or tanh: alpha over bins, beta over marks.

    Parameters
    ----------
    n_features : int

    References
    ----------
    Singh et al., Attend and Predict, NeurIPS 2017, arXiv:1708.00339, equations 3 to 6.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.context = nn.Parameter(torch.empty(n_features).uniform_(-0.1, 0.1))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and sum the states.

        Parameters
        ----------
        states : Tensor, shape (n_steps, batch, n_features)
            Steps are bins or marks.

        Returns
        -------
        tuple of Tensors
            Sum, shape (batch, n_features), and weights, shape (batch, n_steps).
        """
        weights = (states @ self.context).T.softmax(1)
        return torch.bmm(weights[:, None], states.transpose(0, 1))[:, 0], weights


class MarkEncoder(nn.Module):
    """A bidirectional LSTM over the scalar signal of one mark, and its attention over bins.

    Parameters
    ----------
    hidden_size : int
        Units per direction.
    dropout : float
        On the hidden states, in training only.

    Notes
    -----
    torch's LSTM over the whole batch, mark by mark, is faster on a CPU than one batched recurrence over all marks that
    is written out step by step, and attention within the mark keeps its states in the processor's cache.
    """

    def __init__(self, hidden_size: int, *, dropout: float) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_size, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.bin_attention = Attention(2 * hidden_size)

    def forward(self, signal: Tensor) -> tuple[Tensor, Tensor]:
        """Read one mark.

        Parameters
        ----------
        signal : Tensor, shape (batch, n_bins)

        Returns
        -------
        tuple of Tensors
            Context, shape (batch, 2 * hidden_size), and alpha, shape (batch, n_bins).
        """
        context, alpha = self.bin_attention(self.dropout(self.lstm(signal.T[..., None])[0]))
        return context, alpha


def encode_marks(encoders: nn.ModuleList, signal: Tensor) -> tuple[Tensor, Tensor]:
    """Read every mark with its own encoder.

    Parameters
    ----------
    encoders : nn.ModuleList
        Each maps its part of the signal to a context, shape (batch, n_features), and alpha, shape (batch, n_bins).
    signal : Tensor, shape (batch, n_marks, n_bins)

    Returns
    -------
    tuple of Tensors
        Contexts, shape (n_marks, batch, n_features), and alpha, shape (batch, n_marks, n_bins).
    """
    read = [encoder(values) for encoder, values in zip(encoders, signal.unbind(1), strict=True)]
    return torch.stack([context for context, _ in read]), torch.stack([alpha for _, alpha in read], dim=1)


def initialise_for_length(lstm: nn.LSTM, n_steps: int) -> None:
    """Draw the biases of the gates so that the units remember for between 1 and `n_steps` steps.

    References
    ----------
    Tallec & Ollivier, Can recurrent neural networks warp time?, ICLR 2018, arXiv:1804.11188, equation 16.
    """
    hidden = lstm.hidden_size
    with torch.no_grad():
        for name, bias in lstm.named_parameters():
            if name.startswith("bias"):
                bias.zero_()
            if name.startswith("bias_ih"):
                span = torch.empty(hidden).uniform_(1, n_steps - 1).log()
                bias[hidden : 2 * hidden] = span  # gates are ordered i, f, g, o
                bias[:hidden] = -span
