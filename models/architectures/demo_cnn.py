"""DeMo's convolutional network."""

from collections.abc import Sequence

from torch import Tensor, nn


class DeMoCNN(nn.Module):
    """Three convolutions and a global maximum over positions.

    Parameters
    ----------
    in_channels : int, default 4
        Rows of the input: the bases A, C, G, T.
    input_length : int, default 101
        Positions that the network was trained on; the global maximum accepts others.
    n_classes : int, default 2
        Outputs: class 0 is bound, class 1 is not bound.
    n_filters : int, default 128
        Feature maps per convolution.
    dropout : float, default 0.5

    References
    ----------
    Lanchantin et al., Deep Motif Dashboard, PSB 2017, arXiv:1608.03644, section 3 ("CNN", medium size);
    released options ``-cnn -cnn_filters 9-5-3 -cnn_size 128 -cnn_pool 2``.
    """

    def __init__(
        self,
        *,
        in_channels: int = 4,
        input_length: int = 101,
        n_classes: int = 2,
        n_filters: int = 128,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.input_length = input_length
        self.features = nn.Sequential(
            nn.Conv1d(in_channels, n_filters, 9),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Dropout(dropout),
            nn.Conv1d(n_filters, n_filters, 5),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Dropout(dropout),
            nn.Conv1d(n_filters, n_filters, 3),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
        )
        self.output = nn.Linear(n_filters, n_classes)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, X: Tensor) -> Tensor:
        """Return log-probabilities.

        Parameters
        ----------
        X : Tensor, shape (batch, 4, length)

        Returns
        -------
        Tensor, shape (batch, n_classes)
            Natural logarithms of P(bound), P(not bound).
        """
        return self.read_out(self.features(X))

    def local_layers(self) -> Sequence[nn.Module]:
        """Return the layers before the maximum over positions; what they give at a position has seen 28 bases."""
        return list(self.features)[:-2]

    def read_out(self, maxima: Tensor) -> Tensor:
        """Return log-probabilities, shape (batch, n_classes), of the maxima, shape (batch, n_filters)."""
        log_probabilities: Tensor = self.log_softmax(self.output(maxima))
        return log_probabilities
