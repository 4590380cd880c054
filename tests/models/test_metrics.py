import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, brier_score_loss, roc_auc_score

from models.training.metrics import N_BOOTSTRAPS, evaluate, reliability


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


@pytest.mark.parametrize("digits", [1, 17], ids=["ties", "no ties"])
def test_values_and_intervals_are_those_of_scikit_learn_on_the_same_resamples(digits: int) -> None:
    rng = np.random.default_rng(digits)
    bound = rng.random(120) < 0.35
    probability = np.clip(0.3 * bound + rng.uniform(0, 0.7, 120), 0, 1).round(digits)
    draws = np.random.default_rng(5)
    classes = [np.flatnonzero(bound), np.flatnonzero(~bound)]
    resamples = [
        np.concatenate([draws.choice(members, size=len(members)) for members in classes]) for _ in range(N_BOOTSTRAPS)
    ]
    oracles = {
        "auroc": roc_auc_score,
        "auprc": average_precision_score,
        "accuracy": lambda y, p: accuracy_score(y, p >= 0.5),
        "brier": brier_score_loss,
    }

    metrics = evaluate(bound, probability, random_state=5)

    for name, oracle in oracles.items():
        low, high = np.percentile([oracle(bound[i], probability[i]) for i in resamples], [2.5, 97.5])
        estimate = getattr(metrics, name)
        expected = (oracle(bound, probability), low, high)
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, abs=1e-6), name


def test_resamples_in_portions_are_the_same_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = np.arange(90) % 3 == 0
    probability = (np.sin(np.arange(90)) + 1) / 2
    whole = evaluate(bound, probability, random_state=2)

    monkeypatch.setattr("models.training.metrics.COUNTS_AT_A_TIME", 7 * 90)

    assert evaluate(bound, probability, random_state=2) == whole


def test_a_prediction_without_any_difference_is_a_coin() -> None:
    bound = np.arange(40) % 4 == 0

    metrics = evaluate(bound, np.full(40, 0.5), random_state=0)

    assert (metrics.auroc.low, metrics.auroc.value, metrics.auroc.high) == (0.5, 0.5, 0.5)
    assert metrics.auprc.value == 0.25


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
