"""What a seqlet does: the logit with and without it."""

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

KNOCK_OUTS: Final = 20
_T_19: Final = 2.093  # 97.5th percentile of Student's t with KNOCK_OUTS - 1 degrees of freedom


class Change(NamedTuple):
    """Mean change over shuffles, with its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def knocked_out(x: Tensor, *, start: int, stop: int, random_state: int = 0) -> Tensor:
    """Return copies of a sequence in which the columns of one stretch are shuffled, the rest left as it is.

    Parameters
    ----------
    x : Tensor, shape (4, length)
    start, stop : int
        First position of the stretch and the first behind it.
    random_state : int

    Returns
    -------
    Tensor, shape (KNOCK_OUTS, 4, length)
        A stretch of one base only stays what it is, so its change is 0.
    """
    rng = np.random.default_rng([random_state, start, stop])
    order = np.tile(np.arange(x.shape[1]), (KNOCK_OUTS, 1))
    order[:, start:stop] = rng.permuted(order[:, start:stop], axis=1)
    return x[:, torch.from_numpy(order)].transpose(0, 1).contiguous()


def change_interval(changes: NDArray[np.float64]) -> Change:
    """Return mean and 95 % interval of `KNOCK_OUTS` changes, shape (KNOCK_OUTS,), by Student's t."""
    mean, error = float(changes.mean()), float(changes.std(ddof=1) / len(changes) ** 0.5)
    return Change(mean, mean - _T_19 * error, mean + _T_19 * error)
