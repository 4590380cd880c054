"""Bound and unbound sequences of a user's files, put together."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import InvalidSequencesError, TextProblem
from models.sequence import one_hot_encode
from models.training.negatives import gc_matched
from models.training.own_sequences import OwnFile, OwnRecord
from models.training.splits import Labelled, kmers_of_both_strands, n_shared_kmers

Negatives = Literal["auto", "own", "shuffled", "gc_matched"]


class Examples(NamedTuple):
    """Sequences with what the split needs to know of each.

    Attributes
    ----------
    names : tuple of str
    chromosomes : tuple of str or None
    labelled : Labelled
        Without an unbound one, negatives are dinucleotide shuffles.
    notes : tuple of str
        What was left out, in sentences.
    """

    names: tuple[str, ...]
    chromosomes: tuple[str | None, ...]
    labelled: Labelled
    notes: tuple[str, ...] = ()

    def take(self, chosen: NDArray[np.int64]) -> "Examples":
        """Return the chosen examples, in their order."""
        return Examples(
            tuple(self.names[index] for index in chosen),
            tuple(self.chromosomes[index] for index in chosen),
            self.labelled.take(chosen),
            self.notes,
        )


def own_examples(
    file: OwnFile, *, negatives: Negatives = "auto", unbound_file: OwnFile | None = None, random_state: int
) -> Examples:
    """Put bound and unbound sequences together.

    Parameters
    ----------
    file : OwnFile
        The bound sequences; where it is labelled, the unbound ones too.
    negatives : {"auto", "own", "shuffled", "gc_matched"}
        "own" are those labelled 0 and those of `unbound_file`; "gc_matched" are chosen from `unbound_file`; "auto"
        means "own" where there are any and "shuffled" (dinucleotide shuffles, made anew in every epoch) where not.
    unbound_file : OwnFile, optional
    random_state : int
        Of the choice from a pool.

    Raises
    ------
    InvalidSequencesError
        If sequences of a kind that is needed are missing.
    """
    positives = [record for record in file.records if record.bound is not False]
    labelled_0 = [record for record in file.records if record.bound is False]
    given = [] if unbound_file is None else list(unbound_file.records)
    n_wrong = sum(record.bound is True for record in given)
    if n_wrong:
        raise _refusal("bound_among_unbound", f"The file of unbound sequences labels {n_wrong:,} of them 1 (bound).")
    if not positives:
        raise _refusal("no_positives", "The file labels all of its sequences 0: there is no bound one to learn from.")
    if negatives == "gc_matched":
        unbound, notes = _from_pool(positives, [*labelled_0, *given], random_state=random_state)
    elif negatives == "shuffled":
        unbound = []
        notes = (f"{len(labelled_0):,} sequences labelled 0 are not used.",) if labelled_0 else ()
    else:
        unbound, notes = [*labelled_0, *given], ()
        if negatives == "own" and not unbound:
            message = "There is no unbound sequence: upload them, label them 0, or choose shuffles as negatives."
            raise _refusal("no_negatives", message)
    return _examples(positives, unbound, notes)


def encoded(records: Sequence[OwnRecord]) -> Tensor:
    """Return one-hot windows, shape (n, 4, window), int8."""
    return one_hot_encode([record.sequence for record in records]).to(torch.int8)


def _examples(positives: Sequence[OwnRecord], unbound: Sequence[OwnRecord], notes: tuple[str, ...]) -> Examples:
    records = [*positives, *unbound]
    return Examples(
        tuple(record.name for record in records),
        tuple(record.chromosome for record in records),
        Labelled(encoded(records), torch.arange(len(records)) < len(positives)),
        notes,
    )


def _from_pool(
    positives: list[OwnRecord], pool: list[OwnRecord], *, random_state: int
) -> tuple[list[OwnRecord], tuple[str, ...]]:
    if not pool:
        raise _refusal("no_pool", "Matching of GC content needs a pool of unbound sequences: upload one.")
    shared = n_shared_kmers(encoded(pool), kmers_of_both_strands(encoded(positives))) > 0
    free = [record for record, overlaps in zip(pool, shared, strict=True) if not overlaps]
    chosen = gc_matched([p.sequence for p in positives], [f.sequence for f in free], random_state=random_state)
    note = f"{int(shared.sum()):,} sequences of the pool overlap a bound one and were not used."
    return [free[index] for index in chosen], (note,) if shared.any() else ()


def _refusal(code: str, message: str) -> InvalidSequencesError:
    return InvalidSequencesError((TextProblem(code, message),))
