"""Numbers as they go over the wire: no digits that mean nothing."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DIGITS: Final = 6


def probabilities(values: NDArray[Any]) -> NDArray[np.float64]:
    """Round to six decimals."""
    rounded: NDArray[np.float64] = values.astype(np.float64).round(DIGITS)
    return rounded


def significant(values: NDArray[Any]) -> NDArray[np.float64]:
    """Round to six significant digits."""
    exact = values.astype(np.float64)
    magnitude = np.floor(np.log10(np.abs(exact), where=exact != 0, out=np.zeros_like(exact)))
    scale = 10.0 ** (DIGITS - 1 - magnitude)
    rounded: NDArray[np.float64] = np.round(exact * scale) / scale
    return rounded


def shortened(value: float) -> float:
    """Round one number to six significant digits."""
    return float(f"{value:.{DIGITS}g}")
