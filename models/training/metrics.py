"""How well probabilities separate and how honest they are, with bootstrap intervals."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, average_precision_score, brier_score_loss, roc_auc_score

from models.card import Estimate, Metrics, ReliabilityBin

N_BOOTSTRAPS: Final = 1000
N_RELIABILITY_BINS: Final = 10

Bound = NDArray[np.bool_]
Probability = NDArray[np.float64]


def evaluate(bound: Bound, probability: Probability, *, random_state: int) -> Metrics:
    """Measure predictions against labels.

    Parameters
    ----------
    bound : array of bool, shape (n,)
    probability : array of float, shape (n,)
        P(bound).
    random_state : int
        Of the bootstrap: `N_BOOTSTRAPS` resamples within each class, percentiles 2.5 and 97.5.
    """

    def estimate(metric: Callable[[Bound, Probability], float]) -> Estimate:
        rng = np.random.default_rng(random_state)
        resampled = [metric(bound[i], probability[i]) for i in _stratified_resamples(bound, rng)]
        low, high = np.percentile(resampled, [2.5, 97.5])
        return Estimate(value=round(float(metric(bound, probability)), 6), low=round(low, 6), high=round(high, 6))

    return Metrics(
        auroc=estimate(roc_auc_score),
        auprc=estimate(average_precision_score),
        accuracy=estimate(lambda y, p: float(accuracy_score(y, p >= 0.5))),
        brier=estimate(brier_score_loss),
        reliability=reliability(bound, probability),
        n_positive=int(bound.sum()),
        n_negative=int((~bound).sum()),
    )


def reliability(bound: Bound, probability: Probability) -> tuple[ReliabilityBin, ...]:
    """Return the reliability curve over bins of equal width; empty bins are left out.

    References
    ----------
    DeGroot & Fienberg, The comparison and evaluation of forecasters, The Statistician 1983.
    """
    index = np.minimum((probability * N_RELIABILITY_BINS).astype(int), N_RELIABILITY_BINS - 1)
    return tuple(
        ReliabilityBin(
            predicted=round(float(probability[index == i].mean()), 6),
            observed=round(float(bound[index == i].mean()), 6),
            n=int((index == i).sum()),
        )
        for i in range(N_RELIABILITY_BINS)
        if (index == i).any()
    )


def _stratified_resamples(bound: Bound, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    classes = [np.flatnonzero(bound), np.flatnonzero(~bound)]
    return [
        np.concatenate([rng.choice(members, size=len(members)) for members in classes]) for _ in range(N_BOOTSTRAPS)
    ]
