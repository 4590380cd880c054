"""Unbound sequences chosen from a pool so that they have the GC content of the bound ones."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from models.errors import InvalidSequencesError, TextProblem
from models.sequence import gc_content

GC_TOLERANCE: Final = 2  # percentage points


def gc_matched(positives: Sequence[str], pool: Sequence[str], *, random_state: int) -> list[int]:
    """Choose one sequence of the pool for each positive, none twice, of nearly the same GC content.

    Parameters
    ----------
    positives, pool : sequence of str
        Each with at least one known base.
    random_state : int
        Of the order in which positives choose and of the choice among equals.

    Returns
    -------
    list of int, length len(positives)
        Indices into `pool`. GC contents, rounded to whole per cents, differ by at most `GC_TOLERANCE`.

    Raises
    ------
    InvalidSequencesError
        If the pool has too few, saying how many are missing and at which GC content.
    """
    rng = np.random.default_rng(random_state)
    left: defaultdict[int, list[int]] = defaultdict(list)
    for index in rng.permutation(len(pool)).tolist():
        left[_percent(pool[index])].append(index)
    chosen: dict[int, int] = {}
    order = rng.permutation(len(positives)).tolist()
    for distance in range(GC_TOLERANCE + 1):  # the nearest first, for all of them
        for index in order:
            if index not in chosen:
                wanted = _percent(positives[index])
                source = left[wanted - distance] or left[wanted + distance]
                if source:
                    chosen[index] = source.pop()
    missing = Counter(_percent(positives[index]) for index in order if index not in chosen)
    if missing:
        raise _too_few(missing, n_positives=len(positives))
    return [chosen[index] for index in range(len(positives))]


def _percent(sequence: str) -> int:
    return round(100 * (gc_content(sequence) or 0.0))


def _too_few(missing: Counter[int], *, n_positives: int) -> InvalidSequencesError:
    percent, count = max(missing.items(), key=lambda item: (item[1], -item[0]))
    message = (
        f"The pool has too few sequences: {missing.total():,} of {n_positives:,} bound sequences find none whose GC "
        f"content is within {GC_TOLERANCE} percentage points and not taken yet; most of them ({count:,}) are at "
        f"{percent} % GC. Add sequences to the pool, three times as many as bound ones or more."
    )
    return InvalidSequencesError((TextProblem("pool_too_small", message),))
