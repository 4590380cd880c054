"""Negatives of equal GC content."""

import numpy as np
import pytest

from models.errors import InvalidSequencesError
from models.examples import random_sequence
from models.sequence import gc_content
from models.training.negatives import GC_TOLERANCE, gc_matched


def sequences(n: int, *, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [random_sequence(rng, 101) for _ in range(n)]


def percent(sequence: str) -> int:
    return round(100 * (gc_content(sequence) or 0))


def test_each_positive_gets_one_of_its_gc_content_and_none_is_taken_twice() -> None:
    positives, pool = sequences(100, seed=1), sequences(1000, seed=2)
    chosen = gc_matched(positives, pool, random_state=0)

    assert len(set(chosen)) == len(positives)
    for positive, index in zip(positives, chosen, strict=True):
        assert abs(percent(positive) - percent(pool[index])) <= GC_TOLERANCE


def test_the_choice_is_decided_by_the_seed() -> None:
    positives, pool = sequences(50, seed=1), sequences(1000, seed=2)
    first, again, other = (gc_matched(positives, pool, random_state=seed) for seed in (0, 0, 1))

    assert first == again
    assert first != other


def test_a_pool_that_is_too_small_is_refused_with_what_is_missing() -> None:
    with pytest.raises(
        InvalidSequencesError, match=r"3 of 5 bound sequences find none .* most of them \(3\) are at 100 % GC"
    ):
        gc_matched(["G" * 20] * 5, ["G" * 20, "C" * 20, "A" * 20], random_state=0)
