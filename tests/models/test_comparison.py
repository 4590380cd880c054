"""Attributions on one scale: shares, what models have in common, and where they differ."""

import numpy as np
import pytest

from models.comparison import consensus, disagreeing_spans, disagreement, scaled, scales

SAME = np.array([[0.0, 1.0, -2.0, 1.0], [0.0, 10.0, -20.0, 10.0]])


def test_shares_have_no_scale_and_keep_their_sign():
    assert scales(SAME).tolist() == [4, 40]
    shares = scaled(SAME)
    np.testing.assert_array_equal(shares[0], [0, 0.25, -0.5, 0.25])
    np.testing.assert_array_equal(shares[0], shares[1])
    np.testing.assert_array_equal(np.abs(shares).sum(1), 1)


def test_a_model_that_says_the_same_everywhere_has_no_shares():
    shares = scaled(np.array([[0.0, 0.0], [1.0, -1.0]]))
    np.testing.assert_array_equal(shares, [[0, 0], [0.5, -0.5]])


def test_consensus_is_the_mean_where_all_signs_agree():
    shares = np.array([[0.4, -0.2, 0.4, 0.0], [0.2, -0.6, -0.2, 0.0], [0.3, -0.1, 0.6, 0.0]])
    np.testing.assert_allclose(consensus(shares), [0.3, -0.3, 0, 0])


def test_disagreement_is_the_spread_and_needs_no_opposite_signs():
    shares = np.array([[0.4, -0.2, 0.4], [0.2, 0.6, 0.4], [0.3, 0.2, 0.4]])
    np.testing.assert_allclose(disagreement(shares), [0.2, 0.8, 0])


def test_the_spans_of_disagreement_come_largest_first_and_bridge_quiet_bases():
    shares = np.zeros((2, 60))
    shares[0, [10, 11, 14]] = 0.1  # two quiet bases between
    shares[1, [40]] = -0.2
    shares[0, [50]] = 0.05
    first, second, third = disagreeing_spans(shares)
    assert [(span.start, span.stop) for span in (first, second, third)] == [(10, 15), (40, 41), (50, 51)]
    assert first.disagreement == pytest.approx(0.3)
    np.testing.assert_allclose(first.says, [0.3, 0])
    np.testing.assert_allclose(second.says, [0, -0.2])
    assert [span.start for span in disagreeing_spans(shares, n=1)] == [10]


def test_models_that_say_the_same_disagree_nowhere():
    assert disagreeing_spans(scaled(SAME)) == []
