"""Training, validation and test sequences of a user's set, so divided that nothing of a held-out one is learned."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import InvalidSequencesError, TextProblem
from models.text_problems import shown
from models.training.own_examples import Examples
from models.training.splits import (
    SHARED_KMER,
    FactorSplit,
    canonical_sequences,
    kmers_of_both_strands,
    n_shared_kmers,
    training_set,
    with_negatives,
)

# As in DeepSEA (Zhou & Troyanskaya, Nature Methods 2015).
VALIDATION_CHROMOSOMES: Final = ("chr7",)
TEST_CHROMOSOMES: Final = ("chr8", "chr9")
HELD_OUT_SHARE: Final = 0.1  # each of validation and test
MIN_POSITIVES: Final = 50
MIN_HELD_OUT: Final = 5  # of each class
FEW_HELD_OUT: Final = 50
MANY_REMOVED: Final = 0.2

SplitBy = Literal["auto", "chromosome", "random"]
Sets = NDArray[np.str_]


class SplitPlan(NamedTuple):
    """How a set is divided.

    Attributes
    ----------
    by : {"auto", "chromosome", "random"}
        "auto" is by chromosome where every sequence has one.
    validation_chromosomes, test_chromosomes : tuple of str
        With or without ``chr``.
    random_state : int
    """

    by: SplitBy
    validation_chromosomes: tuple[str, ...] = VALIDATION_CHROMOSOMES
    test_chromosomes: tuple[str, ...] = TEST_CHROMOSOMES
    random_state: int = 0


class OwnSplit(NamedTuple):
    """A user's set after the split.

    Attributes
    ----------
    split : FactorSplit
    sets : array of str, shape (n,)
        training, validation, test or removed, for each sequence of the set.
    test_names : tuple of str
        Of the sequences of `split.test` that are given; shuffles of them may follow.
    words : str
        How it was divided.
    warnings : tuple of str
    """

    split: FactorSplit
    sets: Sets
    test_names: tuple[str, ...]
    words: str
    warnings: tuple[str, ...]


def split_own(examples: Examples, plan: SplitPlan, *, test: Examples | None = None) -> OwnSplit:
    """Divide a set; sequences that would leak from a held-out set into training are removed from training.

    Of sequences that are equal, or each other's reverse complement, the first stays. A validation sequence that shares
    `SHARED_KMER` bases with a test sequence on either strand is removed, and a training sequence that shares them with
    either.

    Parameters
    ----------
    examples : Examples
    plan : SplitPlan
    test : Examples, optional
        A test set of the user's own; then only a validation set is taken from `examples`.

    Raises
    ------
    InvalidSequencesError
        If a sequence has both labels, `test` holds sequences of `examples`, chromosomes are not known, or a set is too
        small.
    """
    _refuse_few_positives(examples)
    canonical = canonical_sequences(examples.labelled.X)
    _refuse_both_labels(examples, canonical)
    if test is not None:
        _refuse_known_test(examples, canonical, test)
    by_chromosome = _by_chromosome(examples, plan)
    sets = _by_chromosomes(examples, plan) if by_chromosome else _at_random(examples, plan, with_test=test is None)
    if test is not None:
        sets[sets == "test"] = "training"
    sets[_repeats(canonical)] = "removed"
    held_out = examples.take(np.flatnonzero(sets == "test")) if test is None else test
    _remove_overlaps(examples, sets, held_out.labelled.X)
    _refuse_small(examples, sets, held_out)
    parts = {name: examples.labelled.take(np.flatnonzero(sets == name)) for name in ("training", "validation")}
    check_leakage(parts["training"].X, {"validation": parts["validation"].X, "test": held_out.labelled.X})
    n_removed = int((sets == "removed").sum())
    split = FactorSplit(
        training_set(parts["training"]),
        with_negatives(parts["validation"], random_state=plan.random_state),
        with_negatives(held_out.labelled, random_state=plan.random_state + 1),
        n_removed,
    )
    words = _words(plan, by_chromosome=by_chromosome, own_test=test is not None)
    return OwnSplit(split, sets, held_out.names, words, tuple(_warnings(split, n_removed / len(sets))))


def check_leakage(training: Tensor, held_out: Mapping[str, Tensor]) -> None:
    """Refuse training sequences that share `SHARED_KMER` bases with a held-out one on either strand.

    Parameters
    ----------
    training : Tensor, shape (n, 4, length)
    held_out : mapping of str to Tensor, shape (n, 4, length)

    Raises
    ------
    InvalidSequencesError
        With the numbers.
    """
    for name, X in held_out.items():
        shared = n_shared_kmers(training, kmers_of_both_strands(X))
        if shared.any():
            message = (
                f"{int((shared > 0).sum()):,} training sequences share {int(shared.sum()):,} stretches of "
                f"{SHARED_KMER} bases with the {name} sequences, so the {name} figures would be too good."
            )
            raise _refusal("leakage", message)


def _refuse_few_positives(examples: Examples) -> None:
    n_positives = int(examples.labelled.bound.sum())
    if n_positives < MIN_POSITIVES:
        message = f"There are {n_positives:,} bound sequences; training needs {MIN_POSITIVES} or more."
        raise _refusal("too_few_positives", message)


def _refuse_both_labels(examples: Examples, canonical: NDArray[np.object_]) -> None:
    labels: defaultdict[bytes, set[bool]] = defaultdict(set)
    for sequence, bound in zip(canonical, examples.labelled.bound.tolist(), strict=True):
        labels[sequence].add(bound)
    names = [name for name, sequence in zip(examples.names, canonical, strict=True) if len(labels[sequence]) > 1]
    if names:
        message = f"{len(names):,} sequences are bound and unbound at once, on either strand: {_some(names)}."
        raise _refusal("both_labels", f"{message} Decide for one label.")


def _refuse_known_test(examples: Examples, canonical: NDArray[np.object_], test: Examples) -> None:
    known = set(canonical)
    names = [
        name
        for name, sequence in zip(test.names, canonical_sequences(test.labelled.X), strict=True)
        if sequence in known
    ]
    if names:
        message = f"{len(names):,} sequences of the test file are in the training file too, on either strand: "
        raise _refusal("test_in_training", f"{message}{_some(names)}. Remove them from one of the files.")
    has_own = not examples.labelled.bound.all()
    if has_own and test.labelled.bound.all():
        message = "The test file holds no unbound sequences, as the training set does: label them 0 and add them."
        raise _refusal("no_test_negatives", message)


def _by_chromosome(examples: Examples, plan: SplitPlan) -> bool:
    n_unknown = sum(chromosome is None for chromosome in examples.chromosomes)
    if plan.by == "chromosome" and n_unknown:
        message = (
            f"{n_unknown:,} of {len(examples.names):,} sequences have no coordinates. Name them as chr1:100-201 or in "
            "columns chrom, start and end, or divide at random."
        )
        raise _refusal("no_coordinates", message)
    return plan.by != "random" and not n_unknown


def _by_chromosomes(examples: Examples, plan: SplitPlan) -> Sets:
    wanted = {"validation": _bare(plan.validation_chromosomes), "test": _bare(plan.test_chromosomes)}
    both = wanted["validation"] & wanted["test"]
    if both:
        raise _refusal("chromosome_twice", f"Chromosome {min(both)} is to be in the validation and in the test set.")
    sets = np.full(len(examples.names), "training", dtype="<U10")
    for index, chromosome in enumerate(examples.chromosomes):
        for name, chromosomes in wanted.items():
            if (chromosome or "").removeprefix("chr") in chromosomes:
                sets[index] = name
    return sets


def _bare(chromosomes: Sequence[str]) -> set[str]:
    return {chromosome.removeprefix("chr") for chromosome in chromosomes}


def _at_random(examples: Examples, plan: SplitPlan, *, with_test: bool) -> Sets:
    rng = np.random.default_rng(plan.random_state)
    sets = np.full(len(examples.names), "training", dtype="<U10")
    for is_bound in (True, False):
        members = rng.permutation(np.flatnonzero(examples.labelled.bound.numpy() == is_bound))
        n = round(HELD_OUT_SHARE * len(members))
        sets[members[:n]] = "validation"
        if with_test:
            sets[members[n : 2 * n]] = "test"
    return sets


def _repeats(canonical: NDArray[np.object_]) -> NDArray[np.bool_]:
    repeats = np.ones(len(canonical), dtype=np.bool_)
    repeats[np.unique(canonical, return_index=True)[1]] = False
    return repeats


def _remove_overlaps(examples: Examples, sets: Sets, test: Tensor) -> None:
    X = examples.labelled.X

    def remove(name: str, seen: NDArray[np.int64]) -> None:
        members = np.flatnonzero(sets == name)
        sets[members[n_shared_kmers(X[torch.from_numpy(members)], seen) > 0]] = "removed"

    of_test = kmers_of_both_strands(test)
    remove("validation", of_test)
    of_validation = kmers_of_both_strands(X[torch.from_numpy(np.flatnonzero(sets == "validation"))])
    remove("training", np.concatenate([of_test, of_validation]))


def _refuse_small(examples: Examples, sets: Sets, test: Examples) -> None:
    own_negatives = not examples.labelled.bound.all()
    bound = examples.labelled.bound.numpy()
    counts = {
        ("training", "bound"): int((bound & (sets == "training")).sum()),
        ("validation", "bound"): int((bound & (sets == "validation")).sum()),
        ("test", "bound"): int(test.labelled.bound.sum()),
    }
    if own_negatives:
        counts |= {
            ("training", "unbound"): int((~bound & (sets == "training")).sum()),
            ("validation", "unbound"): int((~bound & (sets == "validation")).sum()),
            ("test", "unbound"): int((~test.labelled.bound).sum()),
        }
    for (name, kind), n in counts.items():
        if n < MIN_HELD_OUT:
            message = (
                f"The {name} set would hold {n} {kind} sequences, of {MIN_HELD_OUT} that it needs, after "
                f"{int((sets == 'removed').sum()):,} repeated or overlapping sequences are left out. Give more "
                "sequences, choose other chromosomes, or divide otherwise."
            )
            raise _refusal("set_too_small", message)


def _words(plan: SplitPlan, *, by_chromosome: bool, own_test: bool) -> str:
    if by_chromosome:
        validation = f"Validation: chromosomes {', '.join(plan.validation_chromosomes)}."
        test = f"Test: chromosomes {', '.join(plan.test_chromosomes)}."
    else:
        validation = f"Validation: {HELD_OUT_SHARE:.0%} of each class at random (seed {plan.random_state})."
        test = f"Test: {HELD_OUT_SHARE:.0%} of each class at random."
    if own_test:
        test = "Test: the user's own test file."
    return (
        f"{test} {validation} Repeats, validation sequences that share {SHARED_KMER} bases with a test sequence on "
        "either strand, and training sequences that share them with either, are left out."
    )


def _warnings(split: FactorSplit, removed_share: float) -> list[str]:
    warnings = []
    n_test = int(split.test.bound.sum())
    if n_test < FEW_HELD_OUT:
        warnings.append(f"The test set holds only {n_test} bound sequences: its intervals are wide.")
    if removed_share > MANY_REMOVED:
        warnings.append(
            f"{removed_share:.0%} of the sequences repeat or overlap others and were left out. With coordinates, a "
            "division by chromosome keeps more."
        )
    return warnings


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(shown(name) for name in names[:5])
    return listed if len(names) <= 5 else f"{listed} and {len(names) - 5:,} more"


def _refusal(code: str, message: str) -> InvalidSequencesError:
    return InvalidSequencesError((TextProblem(code, message),))
