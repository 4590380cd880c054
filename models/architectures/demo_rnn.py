"""DeMo's recurrent network."""

from torch import Tensor, nn

from models.layers import BidirectionalMean, initialise_lstm


class DeMoRNN(nn.Module):
    """A bidirectional LSTM over the bases, averaged over positions.

    Parameters
    ----------
    in_channels : int, default 4
        Rows of the input: the bases A, C, G, T.
    input_length : int, default 101
        Positions that the network was trained on; the mean over positions accepts others.
    n_classes : int, default 2
        Outputs: class 0 is bound, class 1 is not bound.
    hidden_size : int, default 32
        LSTM units per direction.
    dropout : float, default 0.5

    References
    ----------
    Lanchantin et al., Deep Motif Dashboard, PSB 2017, arXiv:1608.03644, section 3 ("RNN", medium size);
    released options ``-rnn -rnn_size 32``.
    """

    def __init__(
        self,
        *,
        in_channels: int = 4,
        input_length: int = 101,
        n_classes: int = 2,
        hidden_size: int = 32,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.input_length = input_length
        self.recurrent = BidirectionalMean(in_channels, hidden_size, dropout=dropout)
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
        log_probabilities: Tensor = self.log_softmax(self.output(self.recurrent(X.transpose(1, 2))))
        return log_probabilities

    def temporal_log_probabilities(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return the whole network's output on every prefix and every suffix of the sequence.

        Parameters
        ----------
        X : Tensor, shape (batch, 4, length)

        Returns
        -------
        tuple of two Tensors, shape (batch, length, n_classes)
            Prefixes ``X[:, :, :i+1]`` and suffixes ``X[:, :, i:]`` at position i.
        """
        features = X.transpose(1, 2)
        return (
            self.log_softmax(self.output(self.recurrent.prefix_means(features))),
            self.log_softmax(self.output(self.recurrent.suffix_means(features))),
        )
