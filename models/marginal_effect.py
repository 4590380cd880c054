"""What a motif does by itself: pasted into shuffled backgrounds, with the uncertainty over backgrounds."""

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.explanations.references import ReferenceParameters, shuffled_references
from models.predict import positive_logit
from models.sequence import one_hot_encode

N_BACKGROUNDS: Final = 20
CONFIDENCE: Final = 0.95
_CHUNK: Final = 64


class MarginalEffect(NamedTuple):
    """Mean change of the logit over backgrounds, with its 95 % confidence interval; shape (n_positions,) each."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def marginal_effect(
    network: nn.Module,
    sequence: str,
    *,
    motif: str,
    positions: list[int],
    length: int,
    n_backgrounds: int = N_BACKGROUNDS,
    random_state: int = 0,
) -> MarginalEffect:
    """Return ``mean over backgrounds of f(background + motif) - f(background)``, f the logit of the first class.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2).
    sequence : str
        Whose dinucleotide shuffles are the backgrounds.
    motif : str
        Written over the background; N leaves the background's base.
    positions : list of int
        0-based starts; the motif ends within the sequence.
    length : int
        Columns that the network reads; zeros on the right of a shorter sequence.
    n_backgrounds : int
        At least 2.
    random_state : int
        Seed of the shuffles.

    Returns
    -------
    MarginalEffect
        Differences are paired by background. It says what the motif does on average in sequences of this composition,
        not what it does here, where other sites may need it, hinder it or do its work.

    References
    ----------
    `tangermeme.marginalize.marginalize`, which does the same for one position.
    """
    backgrounds = shuffled_backgrounds(sequence, length=length, n=n_backgrounds, random_state=random_state)
    pasted = pasted_everywhere(backgrounds, motif, positions=positions)
    with torch.inference_mode():
        before = positive_logit(network, backgrounds)
        after = torch.cat([positive_logit(network, part) for part in pasted.flatten(0, 1).split(_CHUNK)])
    return paired_effect(before.numpy(), after.unflatten(0, pasted.shape[:2]).numpy())


def shuffled_backgrounds(sequence: str, *, length: int, n: int = N_BACKGROUNDS, random_state: int = 0) -> Tensor:
    """Return dinucleotide shuffles of a sequence, zeros on its right up to `length`, shape (n, 4, length).

    Raises
    ------
    ExplanationRefusedError
        If the sequence has no shuffle but itself.
    """
    parameters = ReferenceParameters(n_references=n, random_state=random_state)
    return shuffled_references(one_hot_encode([sequence], length=length)[0], parameters, method="marginal_effect")


def pasted_everywhere(backgrounds: Tensor, motif: str, *, positions: list[int]) -> Tensor:
    """Return every background with the motif at every position, shape (n_positions, n_backgrounds, 4, length)."""
    columns = one_hot_encode([motif])[0]
    known = columns.sum(0) > 0
    pasted = backgrounds.repeat(len(positions), 1, 1, 1)
    for row, start in zip(pasted, positions, strict=True):
        row[:, :, start : start + len(motif)][:, :, known] = columns[:, known]
    return pasted


def paired_effect(before: NDArray[np.float32], after: NDArray[np.float32]) -> MarginalEffect:
    """Return mean and Student's confidence interval of the differences.

    Parameters
    ----------
    before : ndarray, shape (n_backgrounds,)
    after : ndarray, shape (n_positions, n_backgrounds)
    """
    from scipy.stats import t  # noqa: PLC0415 - slow to import

    change = after.astype(np.float64) - before.astype(np.float64)
    n = change.shape[1]
    mean = change.mean(1)
    half = t.ppf((1 + CONFIDENCE) / 2, n - 1) * change.std(1, ddof=1) / np.sqrt(n)
    return MarginalEffect(mean, mean - half, mean + half)
