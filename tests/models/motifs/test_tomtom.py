"""Tomtom: p-values against enumeration of every draw, places and strands against a planted query, q-values."""

from itertools import product

import numpy as np
import pytest

from models.motifs.motif import reverse_complement_matrix
from models.motifs.tomtom import LEAST_CORRELATION, best_matches, correlation, q_values, tomtom_table


def enumerated_p_value(query, targets, index):
    """Draw each query column's partner from all columns of the library, every combination of them.

    A column's score is its distance from its partner, less the median of its distances; columns that hang over score 0.
    The best of all alignments is as unlikely as that any of them reaches it.
    """
    both = [matrix for target in targets for matrix in (target, reverse_complement_matrix(target))]
    columns = np.concatenate(both, axis=1)
    distances = -np.linalg.norm(query[:, :, None] - columns[:, None, :], axis=0)
    medians = np.median(distances, axis=1, keepdims=True)
    drawn_scores = distances - medians
    alignments = []
    for target in (targets[index], reverse_complement_matrix(targets[index])):
        scores = -np.linalg.norm(query[:, :, None] - target[:, None, :], axis=0) - medians
        for shift in range(1 - target.shape[1], query.shape[1]):
            covered = [i for i in range(query.shape[1]) if 0 <= i - shift < target.shape[1]]
            alignments.append((covered, sum(scores[i, i - shift] for i in covered)))
    best = max(score for _, score in alignments)
    none = 1.0
    for covered, _ in alignments:
        drawn = np.zeros(1)
        for i in covered:
            drawn = (drawn[:, None] + drawn_scores[i][None]).ravel()
        none *= 1 - float((drawn >= best - 1e-9).mean())
    return 1 - none


def test_p_values_are_those_of_enumeration(small):
    targets = [matrix for matrix in small.matrices if matrix.shape[1] <= 5][:25]
    rng = np.random.default_rng(8)
    queries = [rng.dirichlet(np.full(4, 0.3), size=3).T, targets[0][:, :3], targets[4][:, :3]]
    table = tomtom_table(queries, targets * 1)
    pairs = list(product(range(len(queries)), range(0, len(targets), 4)))
    wanted = [enumerated_p_value(queries[row], targets, index) for row, index in pairs]
    given = [table.p_value[pair] for pair in pairs]
    # Tomtom sorts scores into 100 bins.
    np.testing.assert_allclose(np.log10(given), np.log10(wanted), atol=0.15)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("flank", [0, 3])
def test_place_and_strand_of_a_planted_motif(jaspar, reverse, flank):
    ctcf = jaspar.by_id["MA0139.2"].matrix
    core = reverse_complement_matrix(ctcf) if reverse else ctcf
    query = np.concatenate([np.full((4, flank), 0.25), core], axis=1)
    best = next(match for match in best_matches([query], jaspar)[0] if match.motif.id == "MA0139.2")
    assert (best.offset, best.reverse, best.overlap) == (flank, reverse, 15)
    assert best.q_value < 1e-6
    np.testing.assert_array_equal(best.matrix, core)
    assert correlation(query, best) == pytest.approx(1)


def test_a_query_without_a_preference_resembles_nothing(jaspar):
    assert best_matches([np.full((4, 12), 0.25), np.empty((4, 0)), np.eye(4)[:, :1]], jaspar) == [[], [], []]


def test_vague_queries_are_not_named_after_flat_matrices(jaspar):
    rng = np.random.default_rng(0)
    vague = [rng.dirichlet(np.full(4, 8.0), size=15).T for _ in range(20)]
    for query, matches in zip(vague, best_matches(vague, jaspar), strict=True):
        assert all(correlation(query, match) >= LEAST_CORRELATION for match in matches)


def test_q_values_are_benjamini_and_hochbergs():
    p_values = np.array([0.01, 0.04, 0.03, 0.005, 0.5])
    np.testing.assert_allclose(q_values(p_values), [0.025, 0.05, 0.05, 0.025, 0.5])
    shuffled = np.random.default_rng(0).permutation(5)
    np.testing.assert_allclose(q_values(p_values[shuffled]), q_values(p_values)[shuffled])
