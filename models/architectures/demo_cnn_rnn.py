"""DeMo's convolutional-recurrent network."""

from torch import Tensor, nn

from models.layers import BidirectionalMean, initialise_lstm


class DeMoCNNRNN(nn.Module):
    """One convolution that keeps the length, then a bidirectional LSTM averaged over positions.

    Parameters
    ----------
    in_channels : int, default 4
        Rows of the input: the bases A, C, G, T.
    input_length : int, default 101
        Positions that the network was trained on; the mean over positions accepts others.
    n_classes : int, default 2
        Outputs: class 0 is bound, class 1 is not bound.
    n_filters : int, default 128
        Feature maps of the convolution.
    hidden_size : int, default 32
        LSTM units per direction.
    dropout : float, default 0.5

    References
    ----------
    Lanchantin et al., Deep Motif Dashboard, PSB 2017, arXiv:1608.03644, section 3 ("CNN-RNN", medium size);
    released options ``-cnn -rnn``: zero padding of 4 at both ends, no pooling and no dropout after the convolution.
    """

    def __init__(
        self,
        *,
        in_channels: int = 4,
        input_length: int = 101,
        n_classes: int = 2,
        n_filters: int = 128,
        hidden_size: int = 32,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.input_length = input_length
        self.convolution = nn.Conv1d(in_channels, n_filters, 9, padding=4)
        self.relu = nn.ReLU()
        self.recurrent = BidirectionalMean(n_filters, hidden_size, dropout=dropout)
        self.output = nn.Linear(2 * hidden_size, n_classes)
        self.log_softmax = nn.LogSoftmax(dim=-1)
        initialise_lstm(self.recurrent.forward_lstm)
        initialise_lstm(self.recurrent.backward_lstm)

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
        log_probabilities: Tensor = self.log_softmax(self.output(self.recurrent(self._features(X))))
        return log_probabilities

    def temporal_log_probabilities(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return the recurrent head's output on every prefix and every suffix of the convolved sequence.

        The convolution runs once on the whole sequence, as in DeMo, so the feature at position i has already seen
        four bases to either side of it.

        Parameters
        ----------
        X : Tensor, shape (batch, 4, length)

        Returns
        -------
        tuple of two Tensors, shape (batch, length, n_classes)
            Prefixes ``features[:i+1]`` and suffixes ``features[i:]`` at position i.
        """
        features = self._features(X)
        return (
            self.log_softmax(self.output(self.recurrent.prefix_means(features))),
            self.log_softmax(self.output(self.recurrent.suffix_means(features))),
        )

    def _features(self, X: Tensor) -> Tensor:
        features: Tensor = self.relu(self.convolution(X)).transpose(1, 2)
        return features
