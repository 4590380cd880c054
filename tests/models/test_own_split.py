"""The division of a user's set: nothing held out is learned, and what cannot be divided is refused."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from models.errors import InvalidSequencesError
from models.examples import random_sequence
from models.sequence import decode, one_hot_encode, reverse_complement
from models.training.own_examples import Examples
from models.training.own_split import OwnSplit, SplitPlan, check_leakage, split_own
from models.training.splits import Labelled

RANDOM = SplitPlan("random", random_state=1)


def texts(n: int, *, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [random_sequence(rng, 101) for _ in range(n)]


def examples(
    positives: list[str], negatives: Sequence[str] = (), *, chromosomes: list[str | None] | None = None
) -> Examples:
    everything = [*positives, *negatives]
    return Examples(
        tuple(f"peak_{i}" for i in range(len(everything))),
        tuple(chromosomes or [None] * len(everything)),
        Labelled(one_hot_encode(everything).to(torch.int8), torch.arange(len(everything)) < len(positives)),
    )


def sets_of(division: OwnSplit) -> dict[str, int]:
    names, counts = np.unique(division.sets, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def kmers(rows: list[str]) -> set[str]:
    return {strand[i : i + 24] for row in rows for strand in (row, reverse_complement(row)) for i in range(78)}


def test_a_random_division_is_stratified_and_repeated_by_its_seed() -> None:
    given = examples(texts(100, seed=1), texts(200, seed=2))
    first, again = split_own(given, RANDOM), split_own(given, RANDOM)
    other = split_own(given, SplitPlan("random", random_state=2))

    assert sets_of(first) == {"training": 240, "validation": 30, "test": 30}
    assert first.split.test.bound.sum() == 10
    assert (first.sets == again.sets).all()
    assert (first.sets != other.sets).any()


def test_overlaps_on_either_strand_are_removed_from_training_and_counted() -> None:
    rows = texts(200, seed=1)
    shifted = [row[30:] + other[:30] for row, other in zip(rows[:60], texts(60, seed=9), strict=True)]
    turned = [reverse_complement(row) for row in rows[60:70]]
    division = split_own(examples([*rows, *shifted, *turned]), RANDOM)

    training = decode(division.split.training.positives)
    held_out = [
        *decode(division.split.test.X[division.split.test.bound]),
        *decode(division.split.validation.X[division.split.validation.bound]),
    ]
    assert not kmers(training) & kmers(held_out)
    assert division.split.n_removed == sets_of(division)["removed"] >= 10
    canonical = {min(row, reverse_complement(row)) for row in [*training, *held_out]}
    assert len(canonical) == len(training) + len(held_out)


def test_unknown_bases_are_not_overlap() -> None:
    rows = [row[:40] + "N" * 30 + row[70:] for row in texts(100, seed=1)]

    assert sets_of(split_own(examples(rows), RANDOM)) == {"training": 80, "validation": 10, "test": 10}


def test_chromosomes_are_held_out_whole_with_or_without_chr() -> None:
    where: list[str | None] = [["chr1", "7", "chr8", "9", "chr10"][i % 5] for i in range(100)]
    division = split_own(examples(texts(100, seed=1), chromosomes=where), SplitPlan("auto"))

    assert sets_of(division) == {"training": 40, "validation": 20, "test": 40}
    assert {where[i] for i in np.flatnonzero(division.sets == "test")} == {"chr8", "9"}
    assert "chromosomes chr8, chr9" in division.words


def test_shuffles_stand_in_for_missing_negatives_in_held_out_sets() -> None:
    split = split_own(examples(texts(100, seed=1)), RANDOM).split

    assert split.training.negatives is None
    assert (int(split.test.bound.sum()), len(split.test.X)) == (10, 20)


def test_a_test_file_of_ones_own_is_the_test_set_and_what_overlaps_it_is_not_learned() -> None:
    rows, test = texts(100, seed=1), texts(20, seed=2)
    overlapping = rows[0][:50] + test[0][:51]
    division = split_own(examples([*rows, overlapping]), RANDOM, test=examples(test))

    assert division.sets[100] == "removed"
    assert "test" not in sets_of(division)
    assert decode(division.split.test.X)[:20] == test


def test_a_test_file_that_repeats_training_sequences_is_refused_with_their_names() -> None:
    rows = texts(100, seed=1)
    test = examples([*texts(20, seed=2), rows[3], reverse_complement(rows[4])])

    with pytest.raises(InvalidSequencesError, match=r"2 sequences of the test file .* 'peak_20', 'peak_21'"):
        split_own(examples(rows), RANDOM, test=test)


def test_a_sequence_with_both_labels_is_refused_on_either_strand() -> None:
    rows = texts(60, seed=1)

    with pytest.raises(InvalidSequencesError, match="2 sequences are bound and unbound at once") as caught:
        split_own(examples(rows, [*texts(60, seed=2), reverse_complement(rows[5])]), RANDOM)

    assert "'peak_5', 'peak_120'" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "plan", "says"),
    [
        (examples(texts(40, seed=1)), RANDOM, "There are 40 bound sequences; training needs 50"),
        (examples(texts(60, seed=1)), SplitPlan("chromosome"), "60 of 60 sequences have no coordinates"),
        (
            examples(texts(60, seed=1), chromosomes=["chr1"] * 60),
            SplitPlan("auto"),
            "The validation set would hold 0 bound sequences",
        ),
        (
            examples(texts(60, seed=1), chromosomes=["chr1"] * 60),
            SplitPlan("auto", ("chr1",), ("1",)),
            "Chromosome 1 is to be in the validation and in the test set",
        ),
        (examples(texts(60, seed=1), texts(9, seed=2)), RANDOM, "would hold 1 unbound sequences"),
    ],
)
def test_what_cannot_be_divided_is_refused_in_words(given: Examples, plan: SplitPlan, says: str) -> None:
    with pytest.raises(InvalidSequencesError) as caught:
        split_own(given, plan)

    assert says in str(caught.value)


def test_leakage_is_counted_and_refused() -> None:
    rows = texts(10, seed=1)
    training, clean = one_hot_encode(rows).to(torch.int8), one_hot_encode(texts(5, seed=2)).to(torch.int8)
    leaking = one_hot_encode([reverse_complement(rows[0][:40] + "A" * 61)]).to(torch.int8)

    check_leakage(training, {"validation": clean})
    with pytest.raises(
        InvalidSequencesError, match="1 training sequences share 17 stretches of 24 bases with the test"
    ):
        check_leakage(training, {"validation": clean, "test": leaking})
