"""Logistic regression on a few numbers per gene: what a network of histone marks must beat."""

from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.histone import MARKS, N_BINS
from models.logistic import penalised_logistic

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV

Features = Literal["mark_mean", "best_bin", "all_bins"]


class HistoneLinear(nn.Module):
    """A weighted sum of log(1 + signal): of the mean per mark, of one bin per mark, or of all bins.

    Parameters
    ----------
    features : {"mark_mean", "best_bin", "all_bins"}
        With ``mark_mean`` this is the 12-parameter linear network: five means, two outputs.
    n_marks, n_bins : int, default 5, 100

    References
    ----------
    ``mark_mean``: DeepChrome 2.0, arXiv:2209.11923. ``best_bin``: Dong et al., Genome Biology 2012,
    doi:10.1186/gb-2012-13-9-r53, who keep for each mark the bin that correlates best with expression.
    """

    best: Tensor

    def __init__(self, *, features: Features, n_marks: int = len(MARKS), n_bins: int = N_BINS) -> None:
        super().__init__()
        self.features, self.n_bins = features, n_bins
        self.register_buffer("best", torch.zeros(n_marks, dtype=torch.long))
        self.linear = nn.Linear(n_marks * n_bins if features == "all_bins" else n_marks, 2)
        self.log_softmax = nn.LogSoftmax(dim=-1)

    def forward(self, signal: Tensor) -> Tensor:
        """Return log P(ON), log P(OFF), shape (batch, 2), of signals of shape (batch, n_marks, n_bins)."""
        log_probabilities: Tensor = self.log_softmax(self.linear(self.select(signal)))
        return log_probabilities

    def select(self, signal: Tensor) -> Tensor:
        """Return the features, shape (batch, n_features)."""
        scaled = signal.log1p()
        if self.features == "mark_mean":
            return scaled.mean(2)
        if self.features == "all_bins":
            return scaled.flatten(1)
        return scaled.gather(2, self.best.expand(len(signal), -1)[..., None]).squeeze(2)


def best_bins(X: Tensor, on: Tensor) -> Tensor:
    """Return for each mark the bin whose log(1 + signal) correlates best, in either direction, with the label.

    Parameters
    ----------
    X : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)

    Returns
    -------
    Tensor of int, shape (n_marks,)
    """
    scaled = X.log1p() - X.log1p().mean(0)
    centred = on.float() - on.float().mean()
    covariance = torch.einsum("nmt,n->mt", scaled, centred)
    return (covariance.abs() / scaled.square().sum(0).sqrt().clamp(min=1e-9)).argmax(1)


def fit_histone_linear(X: Tensor, on: Tensor, *, features: Features, random_state: int) -> HistoneLinear:
    """Fit the baseline; the penalty on all bins is chosen by five-fold cross-validation.

    Parameters
    ----------
    X : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    features : {"mark_mean", "best_bin", "all_bins"}
    random_state : int
    """
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - 150 MB, for who trains

    network = HistoneLinear(features=features, n_marks=X.shape[1], n_bins=X.shape[2])
    network.best.copy_(best_bins(X, on))
    scaler = StandardScaler()
    values = scaler.fit_transform(network.select(X).numpy().astype(np.float64))
    search = _regression(features, random_state=random_state).fit(values, on.numpy())
    weight = cast("NDArray[np.float64]", search.coef_[0] / scaler.scale_)
    bias = float(search.intercept_[0] - weight @ scaler.mean_)
    with torch.no_grad():  # the difference of the two outputs is the logit
        network.linear.weight.copy_(torch.from_numpy(np.stack([weight, -weight]) / 2))
        network.linear.bias.copy_(torch.tensor([bias / 2, -bias / 2]))
    return network.eval().requires_grad_(False)


def _regression(features: Features, *, random_state: int) -> "LogisticRegression | LogisticRegressionCV":
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    if features != "all_bins":
        return LogisticRegression(max_iter=1000)
    return penalised_logistic(max_iter=1000, random_state=random_state)
