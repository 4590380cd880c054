"""Stretches whose attribution stands out: tangermeme's recursive seqlets, at a false discovery rate."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.numba_calls import one_at_a_time

FDR: Final = 0.1
SHORTEST, LONGEST = 4, 25
NEAR: Final = 1  # positions between two calls that are halves of one site
_COLUMNS: Final = ("start", "end", "p-value")


class Seqlet(NamedTuple):
    """A stretch of a sequence.

    Attributes
    ----------
    start, stop : int
        First position and the first behind it.
    sign : 1 or -1
        1 supports bound, -1 speaks against it.
    p_value : float
        Of the span, if positions were independent draws from the attributions of this sequence; the least of those
        that were joined. It ranks; the error rate is the FDR at which seqlets were called.
    attribution : float
        Sum over the span.
    share : float
        Of the sum of all attributions of its sign, 0 to 1.
    """

    start: int
    stop: int
    sign: Literal[1, -1]
    p_value: float
    attribution: float
    share: float


def find_seqlets(attribution: NDArray[np.float64], controls: NDArray[np.float64], *, fdr: float = FDR) -> list[Seqlet]:
    """Return stretches of 4 or more positions that stand out, from left to right; often there is none.

    Positive and negative attributions are searched one after the other, each at the FDR; of two that overlap the
    positive one stays. Calls of one sign with at most one position between them are joined: one weak base in the
    middle of a site would split it.

    Parameters
    ----------
    attribution : array, shape (length,)
        Contribution of each base that is present, signed.
    controls : array, shape (n_controls, length)
        Of dinucleotide shuffles of the sequence, by the same network and method. With one seqlet to find, at least
        ``1 / fdr`` are needed: a control's seqlet counts as false, and one is added.
    fdr : float

    References
    ----------
    `tangermeme.seqlet.recursive_seqlets` 1.6 with ``X_control``.
    """
    positive = _called(attribution, controls, 1, fdr)
    negative = [
        seqlet
        for seqlet in _called(attribution, controls, -1, fdr)
        if not any(seqlet.start < other.stop and other.start < seqlet.stop for other in positive)
    ]
    return sorted(positive + negative)


def _called(
    attribution: NDArray[np.float64], controls: NDArray[np.float64], sign: Literal[1, -1], fdr: float
) -> list[Seqlet]:
    if len(attribution) < SHORTEST or not (sign * attribution > 0).any():
        return []
    signed = np.ascontiguousarray(sign * attribution, dtype=np.float64)
    with one_at_a_time(ignored="No threshold reaches"):  # an empty answer says it
        frame = recursive_seqlets()(
            signed[None],
            min_seqlet_len=SHORTEST,
            max_seqlet_len=min(LONGEST, len(attribution)),
            X_control=np.ascontiguousarray(sign * controls, dtype=np.float64),
            target_fdr=fdr,
        )
    total = signed.clip(min=0).sum()
    spans = sorted(zip(*(frame[name].tolist() for name in _COLUMNS), strict=True))
    return [
        Seqlet(
            start,
            stop,
            sign,
            p_value,
            attribution=float(attribution[start:stop].sum()),
            share=float(signed[start:stop].clip(min=0).sum() / total),
        )
        for start, stop, p_value in _joined(spans)
    ]


def _joined(spans: Sequence[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Join neighbours among spans from left to right: start, stop and p-value of each."""
    joined: list[tuple[int, int, float]] = []
    for start, stop, p_value in spans:
        if joined and start - joined[-1][1] <= NEAR:
            first, _, other = joined.pop()
            joined.append((first, stop, min(p_value, other)))
        else:
            joined.append((start, stop, p_value))
    return joined


@cache
def recursive_seqlets() -> Any:
    """Return tangermeme's function with its parts on numba's disk cache, where it leaves them to be compiled anew.

    Compiling takes 11 s in every process, reading the cache 0.1 s.
    """
    from numba.core.dispatcher import Dispatcher  # noqa: PLC0415 - for those who look for seqlets
    from tangermeme import seqlet  # noqa: PLC0415

    for part in vars(seqlet).values():
        if isinstance(part, Dispatcher):
            part.enable_caching()
    return seqlet.recursive_seqlets
