"""Logistic regression on which k-mers a sequence holds."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.logistic import penalised_logistic
from models.sequence import ALPHABET

REGULARISATION_GRID: Final = tuple(float(c) for c in np.logspace(-3, 0, 7))


class KmerLogisticRegression(nn.Module):
    """Presence of k-mers, a k-mer and its reverse complement being one feature, weighted and summed.

    Parameters
    ----------
    k : int, default 6
        Length of the k-mers; 6 gives 2,080 features.
    input_length : int, default 101
        Positions that the weights were fitted on.

    Notes
    -----
    The module holds buffers, no parameters: it counts, so it has no input gradient and explanations by gradient are
    refused for it. A k-mer that overlaps an unknown base is not counted.

    References
    ----------
    Ghandi et al., Enhanced regulatory sequence prediction using gapped k-mer features, PLoS Comput Biol 2014, for
    merging reverse complements.
    """

    index: Tensor
    weight: Tensor
    bias: Tensor

    def __init__(self, *, k: int = 6, input_length: int = 101) -> None:
        super().__init__()
        self.k = k
        self.input_length = input_length
        index = canonical_kmer_index(k)
        self.register_buffer("index", torch.from_numpy(index), persistent=False)
        self.register_buffer("weight", torch.zeros(int(index.max()) + 1))
        self.register_buffer("bias", torch.zeros(()))
        self.log_sigmoid = nn.LogSigmoid()

    def forward(self, X: Tensor) -> Tensor:
        """Return log-probabilities.

        Parameters
        ----------
        X : Tensor, shape (batch, 4, length)

        Returns
        -------
        Tensor, shape (batch, 2)
            Natural logarithms of P(bound), P(not bound).
        """
        logit = self.presence(X) @ self.weight + self.bias
        return torch.stack([self.log_sigmoid(logit), self.log_sigmoid(-logit)], dim=1)

    def presence(self, X: Tensor) -> Tensor:
        """Return which k-mers each sequence holds.

        Parameters
        ----------
        X : Tensor, shape (batch, 4, length)

        Returns
        -------
        Tensor, shape (batch, n_kmers), float32
            1 where the k-mer or its reverse complement occurs, else 0.
        """
        bases = X.argmax(1)
        known = X.sum(1) > 0
        n_windows = X.shape[2] - self.k + 1
        code = torch.zeros(X.shape[0], max(n_windows, 0), dtype=torch.long, device=X.device)
        complete = torch.ones_like(code, dtype=torch.bool)
        for offset in range(self.k):
            code = code * len(ALPHABET) + bases[:, offset : offset + code.shape[1]]
            complete &= known[:, offset : offset + code.shape[1]]
        n_kmers = self.weight.shape[0]
        feature = torch.where(complete, self.index[code], n_kmers)  # the last column collects what is not counted
        present = torch.zeros(X.shape[0], n_kmers + 1, device=X.device)
        return present.scatter_(1, feature, 1.0)[:, :n_kmers]


def canonical_kmer_index(k: int) -> NDArray[np.int64]:
    """Map every k-mer to a feature, reverse complements to the same one.

    Returns
    -------
    array, shape (4 ** k,)
        Indexed by the k-mer read as a number in base 4 with A, C, G, T = 0, 1, 2, 3.
    """
    codes = np.arange(4**k)
    digits = codes[:, None] // 4 ** np.arange(k)[None, :] % 4  # last base first
    reverse_complement = ((3 - digits) * 4 ** np.arange(k)[::-1]).sum(1)
    canonical = np.minimum(codes, reverse_complement)
    return np.unique(canonical, return_inverse=True)[1].astype(np.int64)


def fit_kmer_logistic(X: Tensor, y: Tensor, *, k: int = 6, random_state: int) -> KmerLogisticRegression:
    """Fit the baseline; the strength of the L2 penalty is chosen by five-fold cross-validation.

    Parameters
    ----------
    X : Tensor, shape (n, 4, length)
    y : Tensor, shape (n,)
        True where bound.
    k : int
    random_state : int
    """
    from scipy.sparse import csr_matrix, vstack  # noqa: PLC0415 - for who trains

    network = KmerLogisticRegression(k=k, input_length=X.shape[2])
    features = vstack([csr_matrix(network.presence(chunk.float()).numpy()) for chunk in X.split(4096)])
    search = penalised_logistic(max_iter=300, random_state=random_state, grid=REGULARISATION_GRID)
    search.fit(features, y.numpy())
    network.weight.copy_(torch.from_numpy(search.coef_[0]))
    network.bias.copy_(torch.tensor(search.intercept_[0]))
    return network
