"""DeepChrome's convolutional network and the two alternatives of its released code."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from models.chromatin_layers import ReadOut, Scale, SignalScale, Task
from models.histone import MARKS, N_BINS

CONV_WIDTH, POOL = 10, 5


class _DeepChromeNetwork(nn.Module, ABC):
    """What all of them take.

    Parameters
    ----------
    n_marks, n_bins : int, default 5, 100
        Shape of the input; the dense layers take no other number of bins.
    scale : {"counts", "log1p"}, default "counts"
    task : {"classification", "regression"}, default "classification"
    dropout : float, default 0.0
        The released convolutional network has 0.5, the other two have none.

    References
    ----------
    Singh et al., DeepChrome, Bioinformatics 2016, arXiv:1607.02078, section 3. Regression: one linear output on log10
    expression.
    """

    output: ReadOut

    def __init__(
        self,
        *,
        n_marks: int = len(MARKS),
        n_bins: int = N_BINS,
        scale: Scale = "counts",
        task: Task = "classification",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.n_marks, self.n_bins, self.task, self.dropout = n_marks, n_bins, task, dropout
        self.scale = SignalScale(scale)

    @abstractmethod
    def encode(self, signal: Tensor) -> Tensor:
        """Turn the scaled signal into features, shape (batch, n_features)."""

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), or log10 expression.

        Parameters
        ----------
        signal : Tensor, shape (batch, n_marks, n_bins)

        Returns
        -------
        Tensor, shape (batch, 2) or (batch, 1)
        """
        output: Tensor = self.output(self.encode(self.scale(signal)))
        return output


class DeepChrome(_DeepChromeNetwork):
    """One convolution over bins with all marks as channels, then three dense layers.

    Parameters
    ----------
    n_filters : int, default 50

    References
    ----------
    Released option ``-model convnet``.
    """

    def __init__(self, *, n_filters: int = 50, dropout: float = 0.5, **options: object) -> None:
        super().__init__(dropout=dropout, **options)  # type: ignore[arg-type]
        self.features = nn.Sequential(
            nn.Conv1d(self.n_marks, n_filters, CONV_WIDTH),
            nn.ReLU(),
            nn.MaxPool1d(POOL),
            nn.Flatten(),
            nn.Dropout(dropout),
        )
        n_pooled = (self.n_bins - CONV_WIDTH + 1) // POOL
        self.dense = nn.Sequential(nn.Linear(n_pooled * n_filters, 625), nn.ReLU(), nn.Linear(625, 125), nn.ReLU())
        self.output = ReadOut(125, task=self.task)

    def encode(self, signal: Tensor) -> Tensor:
        """Return 125 features."""
        features: Tensor = self.dense(self.features(signal))
        return features


class DeepChromeMLP(_DeepChromeNetwork):
    """One hidden layer of 250 tanh units on all bins of all marks; released option ``-model mlp``."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.hidden = nn.Sequential(
            nn.Flatten(), nn.Linear(self.n_marks * self.n_bins, 250), nn.Tanh(), nn.Dropout(self.dropout)
        )
        self.output = ReadOut(250, task=self.task)

    def encode(self, signal: Tensor) -> Tensor:
        """Return 250 features."""
        features: Tensor = self.hidden(signal)
        return features


class DeepChromeLinear(_DeepChromeNetwork):
    """One weight per mark and bin, with dropout on the input; released option ``-model linear``."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.flatten = nn.Sequential(nn.Flatten(), nn.Dropout(self.dropout))
        self.output = ReadOut(self.n_marks * self.n_bins, task=self.task)

    def encode(self, signal: Tensor) -> Tensor:
        """Return the bins of all marks in one row."""
        features: Tensor = self.flatten(signal)
        return features
