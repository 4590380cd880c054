"""Training, validation and test sequences that share nothing, and the negatives that a set lacks."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.sequence import ALPHABET, one_hot_encode, reverse_complement_one_hot
from models.training.datasets import DATASETS, Dataset, read_labelled

SHARED_KMER: Final = 24
VALIDATION_SHARE: Final = 0.1
LARGEST_VALIDATION: Final = 1000  # per class

_UNKNOWN: Final = -1


class Labelled(NamedTuple):
    """One-hot sequences, shape (n, 4, length), int8, and whether each is bound, shape (n,), bool."""

    X: Tensor
    bound: Tensor

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Labelled":
        """Return the chosen sequences."""
        return Labelled(self.X[torch.from_numpy(chosen)], self.bound[torch.from_numpy(chosen)])


class TrainingSet(NamedTuple):
    """Bound sequences and, where the set has its own, unbound ones; None means dinucleotide shuffles."""

    positives: Tensor
    negatives: Tensor | None


class FactorSplit(NamedTuple):
    """One factor's sequences after the split.

    Attributes
    ----------
    training : TrainingSet
    validation, test : Labelled
    n_removed : int
        Training sequences left out because they repeat another one, or share `SHARED_KMER` bases with a held-out
        sequence of any factor.
    """

    training: TrainingSet
    validation: Labelled
    test: Labelled
    n_removed: int


def split_all(data: Path, *, random_state: int) -> dict[str, FactorSplit]:
    """Read and split every dataset.

    A tenth of the training file, at most `LARGEST_VALIDATION` a class, is the validation set. A training sequence of
    any factor that shares 24 consecutive bases, on either strand, with a validation or test sequence of *any* factor
    is left out: the networks are first trained on all factors together, whose peaks overlap.

    Parameters
    ----------
    data : Path
        Folder that holds the files of `DATASETS`.
    random_state : int

    Returns
    -------
    dict of str to FactorSplit
        By factor, in the order of `DATASETS`.
    """
    files = {factor: _read(data, DATASETS.get(factor)) for factor in DATASETS}
    test_kmers = _kmers_of_sets([test for _, test in files.values()])
    candidates = {factor: _without_kmers(_without_repeats(train), test_kmers) for factor, (train, _) in files.items()}
    rng = np.random.default_rng(random_state)
    chosen = {factor: _choose_validation(labelled, rng) for factor, labelled in candidates.items()}
    validation = {factor: candidates[factor].take(chosen[factor]) for factor in files}
    validation_kmers = _kmers_of_sets(list(validation.values()))
    splits = {}
    for number, (factor, (train, test)) in enumerate(files.items()):
        rest = _without_kmers(candidates[factor].take(~chosen[factor]), validation_kmers)
        splits[factor] = FactorSplit(
            training_set(rest),
            with_negatives(validation[factor], random_state=random_state + number),
            test,
            len(train.X) - len(rest.X) - len(validation[factor].X),
        )
    return splits


def shuffled(X: Tensor, *, random_state: int) -> Tensor:
    """Return one dinucleotide-preserving shuffle of each sequence.

    Parameters
    ----------
    X : Tensor, shape (n, 4, length)
    random_state : int

    Returns
    -------
    Tensor, shape (n, 4, length)
        First and last base and all dinucleotide counts are those of `X`.
    """
    from tangermeme.ersatz import dinucleotide_shuffle  # noqa: PLC0415 - 119 MB, for trainings that need it

    shuffles: Tensor = dinucleotide_shuffle(X, n=1, random_state=random_state, allow_N=True)[:, 0]
    return shuffles.to(X.dtype)


def _read(data: Path, dataset: Dataset) -> tuple[Labelled, Labelled]:
    return read_encoded(data / dataset.train_file, dataset), read_encoded(data / dataset.test_file, dataset)


def read_encoded(path: Path, dataset: Dataset) -> Labelled:
    """Read one file of a dataset as one-hot sequences."""
    text = read_labelled(path, dataset)
    return Labelled(one_hot_encode(text.sequences).to(torch.int8), torch.tensor(text.bound))


def _kmers(X: Tensor) -> NDArray[np.int64]:
    """Return the k-mer at each position as a number, `_UNKNOWN` where a base of it is."""
    bases = X.numpy().argmax(1)  # several times as fast as torch's on int8
    unknown = (X.sum(1) == 0).numpy()
    n_windows = bases.shape[1] - SHARED_KMER + 1
    code = np.zeros((len(bases), n_windows), dtype=np.int64)
    for offset in range(SHARED_KMER):
        here = unknown[:, offset : offset + n_windows]
        code = np.where(here | (code < 0), _UNKNOWN, code * len(ALPHABET) + bases[:, offset : offset + n_windows])
    return code


def kmers_of_both_strands(X: Tensor) -> NDArray[np.int64]:
    """Return the `SHARED_KMER` bases at every position of either strand, each once, as sorted numbers.

    Parameters
    ----------
    X : Tensor, shape (n, 4, length)
    """
    found = np.sort(np.concatenate([_kmers(X), _kmers(reverse_complement_one_hot(X))], axis=None))
    first = np.diff(found, prepend=_UNKNOWN) > 0  # numpy's own unique is ten times as slow on millions of numbers
    return found[first]


def n_shared_kmers(X: Tensor, held_out: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count at how many positions each sequence holds one of the k-mers; shape (n,)."""
    sorted_kmers, kmers = np.sort(held_out), _kmers(X)
    if not len(sorted_kmers):
        return np.zeros(len(X), dtype=np.int64)
    nearest = sorted_kmers[np.minimum(np.searchsorted(sorted_kmers, kmers), len(sorted_kmers) - 1)]
    counts: NDArray[np.int64] = (nearest == kmers).sum(axis=1)
    return counts


def canonical_sequences(X: Tensor) -> NDArray[np.object_]:
    """Return one name for each sequence that it shares with its equals and its reverse complements only."""
    forward, reverse = (_letters(one) for one in (X, reverse_complement_one_hot(X)))
    return np.array([min(a.tobytes(), b.tobytes()) for a, b in zip(forward, reverse, strict=True)], dtype=object)


def _letters(X: Tensor) -> NDArray[np.int8]:
    letters: NDArray[np.int8] = np.where(X.sum(1).numpy() > 0, X.numpy().argmax(1), len(ALPHABET)).astype(np.int8)
    return letters


def _kmers_of_sets(sets: list[Labelled]) -> NDArray[np.int64]:
    return kmers_of_both_strands(torch.cat([labelled.X for labelled in sets]))


def _without_kmers(labelled: Labelled, held_out: NDArray[np.int64]) -> Labelled:
    return labelled.take(np.flatnonzero(n_shared_kmers(labelled.X, held_out) == 0))


def _without_repeats(labelled: Labelled) -> Labelled:
    """Keep the first of sequences that are equal or each other's reverse complement."""
    first = np.unique(canonical_sequences(labelled.X), return_index=True)[1]
    return labelled.take(np.sort(first))


def _choose_validation(labelled: Labelled, rng: np.random.Generator) -> NDArray[np.bool_]:
    chosen = np.zeros(len(labelled.X), dtype=np.bool_)
    for is_bound in (True, False):
        members = np.flatnonzero(labelled.bound.numpy() == is_bound)
        n = min(round(VALIDATION_SHARE * len(members)), LARGEST_VALIDATION)
        chosen[rng.permutation(members)[:n]] = True
    return chosen


def training_set(labelled: Labelled) -> TrainingSet:
    """Part bound from unbound sequences; a set without unbound ones gets its negatives as it is trained on."""
    negatives = labelled.X[~labelled.bound]
    return TrainingSet(labelled.X[labelled.bound], negatives if len(negatives) else None)


def with_negatives(labelled: Labelled, *, random_state: int) -> Labelled:
    """Add a dinucleotide shuffle of each sequence where there is none that is unbound."""
    if not labelled.bound.all():
        return labelled
    negatives = shuffled(labelled.X, random_state=random_state)
    return Labelled(
        torch.cat([labelled.X, negatives]), torch.cat([labelled.bound, torch.zeros(len(negatives), dtype=torch.bool)])
    )
