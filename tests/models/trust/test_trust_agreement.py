"""Agreement of two attributions, and what has none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from models.trust.agreement import cosine, jaccard_of_top, spearman

RNG = np.random.default_rng(3)
A, B = RNG.normal(size=(2, 101))
ZEROS = np.zeros(101)


def test_rank_correlation_is_that_of_scipy_and_knows_no_scale():
    assert spearman(A, B) == pytest.approx(spearmanr(A, B).statistic)
    assert spearman(A, np.exp(3 * A)) == pytest.approx(1)
    assert spearman(A, -A) == pytest.approx(-1)


def test_cosine_weighs_by_magnitude_and_heeds_the_sign():
    assert cosine(A, 7 * A) == pytest.approx(1)
    assert cosine(A, -A) == pytest.approx(-1)
    noisy = A.copy()
    noisy[:3] = 100
    other = B.copy()
    other[:3] = 100
    assert cosine(noisy, other) > 0.99
    assert spearman(noisy, other) < 0.5


def test_the_top_is_by_absolute_value_and_ties_count_from_left_to_right():
    assert jaccard_of_top(A, -A) == 1
    a, b = np.zeros(20), np.zeros(20)
    a[:3], b[1:4] = (5, -6, 7), (5, 6, 7)
    assert jaccard_of_top(a, b, k=3) == 2 / 4
    assert jaccard_of_top(np.ones(20), np.ones(20), k=4) == 1
    assert jaccard_of_top(np.ones(5), A[:5], k=10) == 1  # fewer positions than the top has


@pytest.mark.parametrize("compare", [spearman, cosine, jaccard_of_top])
def test_an_attribution_of_zeros_agrees_with_nothing(compare):
    assert compare(A, ZEROS) is None
    assert compare(ZEROS, ZEROS) is None


@given(st.integers(0, 1000))
def test_agreement_is_symmetric_and_bounded(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 30)).round(1)
    for compare, lowest in ((spearman, -1), (cosine, -1), (jaccard_of_top, 0)):
        assert compare(a, b) == pytest.approx(compare(b, a))
        assert lowest <= compare(a, b) <= 1
