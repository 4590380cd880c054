"""DeepChrome's convolutional network and the two alternatives of its released code."""

from torch import Tensor, nn

from models.chromatin_layers import ReadOut, Scale, SignalScale, Task
from models.histone import MARKS, N_BINS

CONV_WIDTH, POOL = 10, 5


class DeepChrome(nn.Module):
    """One convolution over bins with all marks as channels, then three dense layers.

    Parameters
    ----------
    n_marks, n_bins : int, default 5, 100
        Shape of the input; the dense layers take no other number of bins.
    n_filters : int, default 50
    scale : {"counts", "log1p"}, default "counts"
    task : {"classification", "regression"}, default "classification"
    dropout : float, default 0.5

    References
    ----------
    Singh et al., DeepChrome, Bioinformatics 2016, arXiv:1607.02078, section 3; released option ``-model convnet``.
    Regression: one linear output on log10 expression.
    """

    def __init__(
        self,
        *,
        n_marks: int = len(MARKS),
        n_bins: int = N_BINS,
        n_filters: int = 50,
        scale: Scale = "counts",
        task: Task = "classification",
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.n_bins = n_bins
        self.scale = SignalScale(scale)
        self.features = nn.Sequential(
            nn.Conv1d(n_marks, n_filters, CONV_WIDTH), nn.ReLU(), nn.MaxPool1d(POOL), nn.Flatten(), nn.Dropout(dropout)
        )
        self.dense = nn.Sequential(
            nn.Linear((n_bins - CONV_WIDTH + 1) // POOL * n_filters, 625), nn.ReLU(), nn.Linear(625, 125), nn.ReLU()
        )
        self.output = ReadOut(125, task=task)

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), or log10 expression.

        Parameters
        ----------
        signal : Tensor, shape (batch, n_marks, n_bins)

        Returns
        -------
        Tensor, shape (batch, 2) or (batch, 1)
        """
        output: Tensor = self.output(self.dense(self.features(self.scale(signal))))
        return output


class DeepChromeMLP(nn.Module):
    """One hidden layer of 250 tanh units on all bins of all marks.

    Parameters
    ----------
    n_marks, n_bins : int, default 5, 100
    scale : {"counts", "log1p"}, default "counts"
    task : {"classification", "regression"}, default "classification"
    dropout : float, default 0.0
        The released network has none.

    References
    ----------
    Singh et al., Bioinformatics 2016, arXiv:1607.02078; released option ``-model mlp``.
    """

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
        self.n_bins = n_bins
        self.scale = SignalScale(scale)
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(n_marks * n_bins, 250), nn.Tanh(), nn.Dropout(dropout))
        self.output = ReadOut(250, task=task)

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), or log10 expression; shapes as in `DeepChrome.forward`."""
        output: Tensor = self.output(self.hidden(self.scale(signal)))
        return output


class DeepChromeLinear(nn.Module):
    """One weight per mark and bin.

    Parameters
    ----------
    n_marks, n_bins : int, default 5, 100
    scale : {"counts", "log1p"}, default "counts"
    task : {"classification", "regression"}, default "classification"
    dropout : float, default 0.0
        On the input; the released network has none.

    References
    ----------
    Singh et al., Bioinformatics 2016, arXiv:1607.02078; released option ``-model linear``.
    """

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
        self.n_bins = n_bins
        self.scale = SignalScale(scale)
        self.flatten = nn.Sequential(nn.Flatten(), nn.Dropout(dropout))
        self.output = ReadOut(n_marks * n_bins, task=task)

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), or log10 expression; shapes as in `DeepChrome.forward`."""
        output: Tensor = self.output(self.flatten(self.scale(signal)))
        return output
