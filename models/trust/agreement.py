"""How far two attributions of the same window agree; None where a constant attribution leaves nothing to compare."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spearman(a: NDArray[Any], b: NDArray[Any]) -> float | None:
    """Return the rank correlation over positions.

    Parameters
    ----------
    a, b : ndarray, shape (length,)

    Returns
    -------
    float or None
        Between -1 and 1; None where one of them is the same everywhere. Every position counts alike, so far from a
        motif it is the noise that is compared.
    """
    if min(np.ptp(a), np.ptp(b), key=float) == 0:
        return None
    from scipy.stats import spearmanr  # noqa: PLC0415 - 75 MB, not for who only predicts

    return float(spearmanr(a, b).statistic)


def cosine(a: NDArray[Any], b: NDArray[Any]) -> float | None:
    """Return the cosine of the angle between two attributions: their agreement, weighted by magnitude, with sign.

    Parameters
    ----------
    a, b : ndarray, shape (length,)

    Returns
    -------
    float or None
        Between -1 and 1, whatever their scales; None where one of them is 0 everywhere.
    """
    norms = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    return None if norms == 0 else float(np.clip(np.dot(a, b) / norms, -1, 1))


def jaccard_of_top(a: NDArray[Any], b: NDArray[Any], k: int = 10) -> float | None:
    """Return the overlap of the k strongest positions, by absolute value: shared positions / positions in either.

    Parameters
    ----------
    a, b : ndarray, shape (length,)
    k : int, default 10
        Equally strong positions count from left to right.

    Returns
    -------
    float or None
        Between 0 and 1; None where one of them is 0 everywhere.
    """
    if not (np.any(a) and np.any(b)):
        return None
    one, other = (set(np.argsort(-np.abs(values), kind="stable")[:k].tolist()) for values in (a, b))
    return len(one & other) / len(one | other)
