"""How well probabilities separate and how honest they are, with bootstrap intervals."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.card import Estimate, Metrics, ReliabilityBin

N_BOOTSTRAPS: Final = 1000
N_RELIABILITY_BINS: Final = 10
COUNTS_AT_A_TIME: Final = 1_000_000  # resamples times distinct predictions: what is held in memory

Bound = NDArray[np.bool_]
Probability = NDArray[np.float64]


class _Levels(NamedTuple):
    """Predictions grouped by equal probability, from the highest down; ties are one level, as in scikit-learn.

    probability has shape (n_levels,); positive and negative hold the level of each positive and negative example.
    """

    probability: Probability
    positive: NDArray[np.int64]
    negative: NDArray[np.int64]


class _Scores(NamedTuple):
    """The four measures of every resample, shape (n_resamples,) each."""

    auroc: Probability
    auprc: Probability
    accuracy: Probability
    brier: Probability


def evaluate(bound: Bound, probability: Probability, *, random_state: int) -> Metrics:
    """Measure predictions against labels.

    Parameters
    ----------
    bound : array of bool, shape (n,)
        Both classes must occur.
    probability : array of float, shape (n,)
        P(bound).
    random_state : int
        Of the bootstrap: `N_BOOTSTRAPS` resamples within each class, percentiles 2.5 and 97.5.

    Notes
    -----
    A resample is how often each example is drawn, so one sort serves all of them: AUROC (ties count half) and average
    precision are cumulative sums over the distinct predictions. The four measures share their resamples.
    """
    levels = _levels(bound, probability.astype(np.float64))
    once = _scores(_counts(levels.positive, levels)[None], _counts(levels.negative, levels)[None], levels.probability)
    parts = [_scores(p, n, levels.probability) for p, n in _resamples(levels, random_state)]

    def estimate(measure: str) -> Estimate:
        resampled = np.concatenate([getattr(part, measure) for part in parts])
        low, high = np.percentile(resampled, [2.5, 97.5])
        value = float(getattr(once, measure)[0])
        return Estimate(value=round(value, 6), low=round(float(low), 6), high=round(float(high), 6))

    return Metrics(
        **{measure: estimate(measure) for measure in _Scores._fields},
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


def _levels(bound: Bound, probability: Probability) -> _Levels:
    values, ascending = np.unique(probability, return_inverse=True)
    level = len(values) - 1 - ascending
    return _Levels(values[::-1], level[bound], level[~bound])


def _counts(drawn: NDArray[np.int64], levels: _Levels) -> NDArray[np.int64]:
    """Count how many of the examples drawn stand at each level."""
    return np.bincount(drawn, minlength=len(levels.probability))


def _resamples(levels: _Levels, random_state: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Draw with replacement within each class; yield counts of both, shape (n_resamples, n_levels), in portions."""
    rng = np.random.default_rng(random_state)
    portion = max(1, COUNTS_AT_A_TIME // len(levels.probability))
    for start in range(0, N_BOOTSTRAPS, portion):
        positive, negative = [], []
        for _ in range(min(portion, N_BOOTSTRAPS - start)):
            positive.append(_counts(rng.choice(levels.positive, size=len(levels.positive)), levels))
            negative.append(_counts(rng.choice(levels.negative, size=len(levels.negative)), levels))
        yield np.stack(positive), np.stack(negative)


def _scores(positive: NDArray[np.int64], negative: NDArray[np.int64], probability: Probability) -> _Scores:
    """Measure resamples given as counts per level, shape (n_resamples, n_levels), levels from the highest down."""
    positive_above, negative_above = positive.cumsum(axis=1), negative.cumsum(axis=1)
    n_positive, n_negative = positive_above[:, -1], negative_above[:, -1]
    beaten = ((2 * positive_above - positive) * negative).sum(axis=1)  # twice the pairs that are in order
    precision = positive_above / np.maximum(positive_above + negative_above, 1)
    called = probability >= 0.5
    squares = positive @ (1 - probability) ** 2 + negative @ probability**2
    return _Scores(
        auroc=beaten / (2 * n_positive * n_negative),
        auprc=(positive * precision).sum(axis=1) / n_positive,
        accuracy=(positive[:, called].sum(axis=1) + negative[:, ~called].sum(axis=1)) / (n_positive + n_negative),
        brier=squares / (n_positive + n_negative),
    )
