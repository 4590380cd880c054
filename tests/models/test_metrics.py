import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.training.metrics import evaluate, reliability


def test_estimates_equal_their_definitions_and_lie_in_their_intervals() -> None:
    rng = np.random.default_rng(0)
    bound = np.arange(200) % 2 == 0
    probability = np.clip(0.3 * bound + rng.uniform(0, 0.7, 200), 0, 1)

    metrics = evaluate(bound, probability, random_state=0)

    assert metrics.auroc.value == pytest.approx(roc_auc_score(bound, probability), abs=1e-6)
    assert metrics.accuracy.value == pytest.approx(np.mean((probability >= 0.5) == bound))
    assert metrics.brier.value == pytest.approx(np.mean((probability - bound) ** 2), abs=1e-6)
    for estimate in (metrics.auroc, metrics.auprc, metrics.accuracy, metrics.brier):
        assert estimate.low < estimate.value < estimate.high
    assert (metrics.n_positive, metrics.n_negative) == (100, 100)


def test_the_bootstrap_is_repeatable_and_narrower_with_more_sequences() -> None:
    def auroc(n: int) -> tuple[float, float]:
        bound = np.arange(n) % 2 == 0
        probability = np.where(bound, 0.6, 0.4) + 0.2 * np.sin(np.arange(n))
        estimate = evaluate(bound, probability, random_state=1).auroc
        return estimate.low, estimate.high

    small, large = auroc(40), auroc(4000)

    assert auroc(40) == small
    assert large[1] - large[0] < (small[1] - small[0]) / 3


def test_reliability_averages_each_bin_and_leaves_out_empty_ones() -> None:
    curve = reliability(np.array([True, False, True, True]), np.array([0.01, 0.03, 0.95, 1.0]))

    assert [(b.predicted, b.observed, b.n) for b in curve] == [(0.02, 0.5, 2), (0.975, 1.0, 2)]
