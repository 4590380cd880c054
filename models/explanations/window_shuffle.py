"""Window shuffle: what is lost when the bases around a position are shuffled."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from models.channels_last import faster_convolutions
from models.errors import ExplanationRefusedError
from models.explanations.method import Explanation, ExplanationParameters
from models.predict import positive_logit

NAME: Final = "window_shuffle"
_PER_BATCH: Final = 256


class WindowShuffleParameters(ExplanationParameters):
    """How wide a window is shuffled, how often, and from which seed."""

    width: int = Field(default=9, ge=2, le=101, description="Bases that are shuffled together; cut off at the edges.")
    n_shuffles: int = Field(default=20, ge=1, le=100, description="Shuffles per position.")
    random_state: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the shuffles.")


def window_shuffle(network: nn.Module, X: Tensor, parameters: WindowShuffleParameters) -> dict[str, Tensor]:
    """Return the logit minus its mean when a window around each position is shuffled.

    Parameters
    ----------
    network : nn.Module
        Only its answers are asked for.
    X : Tensor, shape (batch, 4, length)
    parameters : WindowShuffleParameters

    Returns
    -------
    dict with ``window_shuffle``, Tensor, shape (batch, length)
        In units of the logit of class bound; positive: the order of the bases in the window supports bound. Windows
        overlap, so the values do not add up, and they belong to windows, not to bases. 0 where the base is unknown;
        unknown bases in a window stay where they are.

    Raises
    ------
    ExplanationRefusedError
        If no base of a sequence is known.

    References
    ----------
    Zeiler & Fergus, ECCV 2014, arXiv:1311.2901, section 4.2 (occlusion), with a shuffle in place of a grey square.
    """
    faster = faster_convolutions(network)
    with torch.inference_mode():
        return {NAME: torch.stack([_losses(faster, x, parameters) for x in X])}


def _losses(network: nn.Module, x: Tensor, parameters: WindowShuffleParameters) -> Tensor:
    known = x.sum(0) > 0
    if not bool(known.any()):
        raise ExplanationRefusedError(NAME, "no base of the sequence is known, so there is nothing to explain")
    order = torch.from_numpy(_orders(known.cpu().numpy(), parameters)).to(x.device)
    variants = x[:, order.flatten(0, 1)].transpose(0, 1)
    logits = torch.cat([positive_logit(network, part) for part in variants.split(_PER_BATCH)])
    losses = torch.zeros_like(x[0])
    losses[known] = positive_logit(network, x[None]) - logits.reshape(order.shape[:2]).mean(1)
    return losses


def _orders(known: NDArray[np.bool_], parameters: WindowShuffleParameters) -> NDArray[np.int64]:
    """Return which position's base stands where, for the window of every known position.

    Shape (n_known, n_shuffles, length). The known positions of a window change places at random; all others stay.
    """
    length, width = len(known), parameters.width
    keys = np.random.default_rng(parameters.random_state).random((length, parameters.n_shuffles, width))
    positions = np.flatnonzero(known)
    orders = np.tile(np.arange(length), (len(positions), parameters.n_shuffles, 1))
    for row, position in enumerate(positions.tolist()):
        start = max(position - (width - 1) // 2, 0)
        window = np.arange(start, min(position - (width - 1) // 2 + width, length))
        places = window[known[window]]
        orders[row][:, places] = places[np.argsort(keys[position, :, : len(places)], axis=1)]
    return orders


def refuse_nothing(network: nn.Module) -> str | None:  # noqa: ARG001
    """Accept every network: window shuffle only asks it."""
    return None


WINDOW_SHUFFLE = Explanation(
    name=NAME,
    title="Window shuffle",
    summary="Logit of class bound minus its mean over shuffles of the bases around each position.",
    how_to_read="A position above the line stands in a stretch whose order of bases supports bound; windows overlap, "
    "so heights do not add up.",
    convention="logit(bound) as it is minus its mean with the window around the position shuffled (9 bases, 20 "
    "shuffles, seed 0, unless the parameters say otherwise); positive supports bound; not additive; natural logarithm; "
    "strand as named in the row.",
    parameters=WindowShuffleParameters,
    tracks={NAME: "loss of logit(bound) by shuffling the window around the base; positive supports bound"},
    refusal=refuse_nothing,
    compute=window_shuffle,
)
