"""Windows of fixed length over sequences of any length."""

import numpy as np
from numpy.typing import NDArray


def tile_starts(length: int, *, window: int, step: int) -> NDArray[np.int64]:
    """Return the starts of windows that together cover a sequence.

    Parameters
    ----------
    length : int
        Bases of the sequence.
    window : int
        Bases of a window.
    step : int
        Bases between starts; the last window ends flush with the sequence.

    Returns
    -------
    array, shape (n_tiles,)
        0-based, ascending; a single 0 where the sequence fits one window.
    """
    if length <= window:
        return np.zeros(1, dtype=np.int64)
    last = length - window
    return np.append(np.arange(0, last, step), last).astype(np.int64)
