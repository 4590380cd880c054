"""Several attributions of one sequence, brought to one scale and held against each other."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SPAN_FROM: Final = 2.0  # times the mean disagreement
BRIDGED: Final = 2  # bases: a motif has positions that no model heeds
N_SPANS: Final = 3

Values = NDArray[np.float64]


class Span(NamedTuple):
    """Neighbouring bases on which the models disagree.

    Attributes
    ----------
    start, stop : int
        0-based, `stop` is the first base left out.
    disagreement : float
        Sum over the span.
    says : ndarray, shape (n_models,)
        Sum of each scaled attribution over the span: the share of the model's whole attribution, with sign.
    """

    start: int
    stop: int
    disagreement: float
    says: Values


def scales(attributions: Values) -> Values:
    """Return the sum of absolute contributions of each model.

    Parameters
    ----------
    attributions : ndarray, shape (n_models, length)

    Returns
    -------
    ndarray, shape (n_models,)
        In the unit of the attributions; 0 for a model that says the same everywhere.
    """
    sizes: Values = np.abs(attributions).sum(axis=1)
    return sizes


def scaled(attributions: Values) -> Values:
    """Divide each attribution by its own sum of absolute values.

    Parameters
    ----------
    attributions : ndarray, shape (n_models, length)

    Returns
    -------
    ndarray, shape (n_models, length)
        Shares with sign: the absolute values of each row sum to 1; a row of zeros stays one. Logits of different
        networks have different scales, so only shares can be compared base by base.
    """
    sizes = scales(attributions)[:, None]
    return np.divide(attributions, sizes, out=np.zeros_like(attributions), where=sizes > 0)


def consensus(shares: Values) -> Values:
    """Return the mean share where all models agree in sign, 0 elsewhere.

    Parameters
    ----------
    shares : ndarray, shape (n_models, length)
        As from `scaled`.

    Returns
    -------
    ndarray, shape (length,)
    """
    signs = np.sign(shares)
    alike = (signs == signs[0]).all(axis=0)
    return np.where(alike, shares.mean(axis=0), 0.0)


def disagreement(shares: Values) -> Values:
    """Return the greatest minus the least share at each base.

    Parameters
    ----------
    shares : ndarray, shape (n_models, length)
        As from `scaled`.

    Returns
    -------
    ndarray, shape (length,)
        Not negative; 0 where all say the same.
    """
    spread: Values = np.ptp(shares, axis=0)
    return spread


def disagreeing_spans(shares: Values, *, n: int = N_SPANS) -> list[Span]:
    """Return where the models disagree most.

    Parameters
    ----------
    shares : ndarray, shape (n_models, length)
        As from `scaled`.
    n : int
        How many at most.

    Returns
    -------
    list of Span
        The largest sum of disagreement first. A span is a run of bases with at least `SPAN_FROM` times the mean
        disagreement of the sequence; up to `BRIDGED` quieter bases between two such runs join them. No test of
        significance: even models that agree well have a place where they disagree most.
    """
    spread = disagreement(shares)
    loud = np.flatnonzero(spread >= SPAN_FROM * spread.mean()) if spread.any() else np.empty(0, np.int64)
    runs = np.split(loud, np.flatnonzero(np.diff(loud) > BRIDGED + 1) + 1) if loud.size else []
    spans = [_span(int(run[0]), int(run[-1]) + 1, shares, spread) for run in runs]
    return sorted(spans, key=lambda span: (-span.disagreement, span.start))[:n]


def _span(start: int, stop: int, shares: Values, spread: Values) -> Span:
    return Span(start, stop, float(spread[start:stop].sum()), shares[:, start:stop].sum(axis=1))
