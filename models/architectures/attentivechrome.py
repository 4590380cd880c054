"""AttentiveChrome and the alternatives that its paper compares it with."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from models.chromatin_layers import (
    Attended,
    Attention,
    MarkEncoder,
    ReadOut,
    Scale,
    SignalScale,
    Task,
    encode_marks,
)
from models.histone import MARKS

CONV_WIDTH = 10


class _ChromatinNetwork(nn.Module):
    """What all of them take.

    Parameters
    ----------
    n_marks : int, default 5
    hidden_size : int
        LSTM units per direction, or convolution filters.
    scale : {"counts", "log1p"}, default "counts"
    task : {"classification", "regression"}, default "classification"
    dropout : float
        On what the encoder returns, in training only.

    References
    ----------
    Singh et al., Attend and Predict: Understanding Gene Regulation by Selective Attention on Chromatin, NeurIPS 2017,
    arXiv:1708.00339, sections 3 and 4 and table 2.
    """

    def __init__(
        self,
        *,
        n_marks: int = len(MARKS),
        hidden_size: int = 32,
        scale: Scale = "counts",
        task: Task = "classification",
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.n_marks, self.hidden_size, self.task = n_marks, hidden_size, task
        self.scale = SignalScale(scale)
        self.dropout = nn.Dropout(dropout)


class _AttentiveNetwork(_ChromatinNetwork, ABC):
    shared_bin_attention = False
    has_mark_attention = False

    @abstractmethod
    def attend(self, signal: Tensor) -> Attended:
        """Return output and attention from one pass.

        Parameters
        ----------
        signal : Tensor, shape (batch, n_marks, n_bins)
        """

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), shape (batch, 2), or log10 expression, shape (batch, 1)."""
        return self.attend(signal).output


class AttentiveLSTM(_ChromatinNetwork):
    """A bidirectional LSTM over bins with all marks as its input; the last state of each direction decides."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.recurrent = nn.LSTM(self.n_marks, self.hidden_size, batch_first=True, bidirectional=True)
        self.output = ReadOut(2 * self.hidden_size, task=self.task)

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), shape (batch, 2), or log10 expression, shape (batch, 1)."""
        last = self.recurrent(self.scale(signal).transpose(1, 2))[1][0]
        output: Tensor = self.output(self.dropout(last.transpose(0, 1).flatten(1)))
        return output


class AttentiveLSTMAttn(_AttentiveNetwork):
    """A bidirectional LSTM over bins with all marks as its input, and one attention over bins."""

    shared_bin_attention = True

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.recurrent = nn.LSTM(self.n_marks, self.hidden_size, bidirectional=True)
        self.bin_attention = Attention(2 * self.hidden_size)
        self.output = ReadOut(2 * self.hidden_size, task=self.task)

    def attend(self, signal: Tensor) -> Attended:
        """Return output and attention; alpha has one row, shared by all marks."""
        states = self.dropout(self.recurrent(self.scale(signal).permute(2, 0, 1))[0])
        context, alpha = self.bin_attention(states)
        return Attended(self.output(context), alpha[:, None], None)


class AttentiveLSTMAlpha(_AttentiveNetwork):
    """One bidirectional LSTM and one attention over bins per mark; the contexts of all marks are concatenated."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.encoders = nn.ModuleList(
            MarkEncoder(self.hidden_size, dropout=self.dropout.p) for _ in range(self.n_marks)
        )
        self.output = ReadOut(2 * self.hidden_size * self.n_marks, task=self.task)

    def attend(self, signal: Tensor) -> Attended:
        """Return output and attention."""
        context, alpha = encode_marks(self.encoders, self.scale(signal))
        return Attended(self.output(context.transpose(0, 1).flatten(1)), alpha, None)


class AttentiveLSTMAlphaBeta(_AttentiveNetwork):
    """LSTM-alpha with a second bidirectional LSTM and an attention over the marks: AttentiveChrome itself.

    Notes
    -----
    55,681 parameters in the published size. One logit and a sigmoid, as in the PyTorch release; the marks are read
    in the order of `models.histone.MARKS`.
    """

    has_mark_attention = True

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.encoders = nn.ModuleList(
            MarkEncoder(self.hidden_size, dropout=self.dropout.p) for _ in range(self.n_marks)
        )
        half = self.hidden_size // 2
        self.mark_recurrent = nn.LSTM(2 * self.hidden_size, half, bidirectional=True)
        self.mark_attention = Attention(2 * half)
        self.output = ReadOut(2 * half, task=self.task, n_logits=1)

    def attend(self, signal: Tensor) -> Attended:
        """Return output and attention."""
        context, alpha = encode_marks(self.encoders, self.scale(signal))
        summary, beta = self.mark_attention(self.mark_recurrent(context)[0])
        return Attended(self.output(summary), alpha, beta)


class AttentiveCNNAttn(_AttentiveNetwork):
    """A convolution over bins with all marks as channels, and one attention over bins.

    Notes
    -----
    Not released; as many positions as bins are kept, so that alpha stands at bins.
    """

    shared_bin_attention = True

    def __init__(self, *, hidden_size: int = 50, **options: object) -> None:
        super().__init__(hidden_size=hidden_size, **options)  # type: ignore[arg-type]
        self.convolution = nn.Sequential(_padding(), nn.Conv1d(self.n_marks, hidden_size, CONV_WIDTH))
        self.relu = nn.ReLU()
        self.bin_attention = Attention(hidden_size)
        self.output = ReadOut(hidden_size, task=self.task)

    def attend(self, signal: Tensor) -> Attended:
        """Return output and attention; alpha has one row, shared by all marks."""
        maps = self.dropout(self.relu(self.convolution(self.scale(signal))))
        context, alpha = self.bin_attention(maps.permute(2, 0, 1))
        return Attended(self.output(context), alpha[:, None], None)


class AttentiveCNNAlphaBeta(_AttentiveNetwork):
    """One convolution and one attention over bins per mark, then a dense layer and an attention over the marks.

    Notes
    -----
    Not released. The dense layer, the same for every mark, stands where LSTM-alpha-beta reads the marks in turn.
    """

    has_mark_attention = True

    def __init__(self, *, hidden_size: int = 50, **options: object) -> None:
        super().__init__(hidden_size=hidden_size, **options)  # type: ignore[arg-type]
        self.encoders = nn.ModuleList(
            _MarkConvolution(hidden_size, dropout=self.dropout.p) for _ in range(self.n_marks)
        )
        self.mark_dense = nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.Tanh())
        self.mark_attention = Attention(hidden_size)
        self.output = ReadOut(hidden_size, task=self.task)

    def attend(self, signal: Tensor) -> Attended:
        """Return output and attention."""
        context, alpha = encode_marks(self.encoders, self.scale(signal))
        summary, beta = self.mark_attention(self.mark_dense(context))
        return Attended(self.output(summary), alpha, beta)


class _MarkConvolution(nn.Module):
    """A convolution over the signal of one mark, and its attention over bins; used as `MarkEncoder` is."""

    def __init__(self, n_filters: int, *, dropout: float) -> None:
        super().__init__()
        self.maps = nn.Sequential(_padding(), nn.Conv1d(1, n_filters, CONV_WIDTH), nn.ReLU(), nn.Dropout(dropout))
        self.bin_attention = Attention(n_filters)

    def forward(self, signal: Tensor) -> tuple[Tensor, Tensor]:
        context, alpha = self.bin_attention(self.maps(signal[:, None]).permute(2, 0, 1))
        return context, alpha


def _padding() -> nn.Module:
    """Pad the bins so that an even convolution keeps their number: one bin less before than after."""
    return nn.ZeroPad1d(((CONV_WIDTH - 1) // 2, CONV_WIDTH // 2))
