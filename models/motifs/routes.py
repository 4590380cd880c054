"""The three ways of the Deep Motif Dashboard paper from a network to a motif, held against each other."""

from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.explanations.method import ExplanationParameters, HasTemporalOutputs
from models.explanations.saliency import SaliencyParameters, saliency
from models.explanations.temporal_output import temporal_output
from models.motifs.library import MotifLibrary
from models.motifs.motif import Motif, information
from models.motifs.tomtom import Match, best_matches, tomtom_table
from models.motifs.windows import aligned, best_rises, best_windows

P_OF_WINDOW: Final = 0.001
MATCHES: Final = 3
_PER_BATCH: Final = 50

RouteName = Literal["saliency", "temporal_output", "class_optimization"]
TITLES: Final[dict[RouteName, str]] = {
    "saliency": "Saliency windows",
    "temporal_output": "Temporal-output windows",
    "class_optimization": "Class optimisation",
}


class RouteMotif(NamedTuple):
    """What one route finds.

    Attributes
    ----------
    name : str
    n_sequences : int
        Whose windows were averaged.
    matrix : array, shape (4, width), or None
        None where the route does not exist for the network.
    matches : tuple of Match
        Significant ones of that matrix.
    finds_factor : float or None
        Share of the sequences whose own window matches a motif of the factor; None where there is no such motif.
    note : str or None
    """

    name: RouteName
    n_sequences: int
    matrix: NDArray[np.float64] | None
    matches: tuple[Match, ...]
    finds_factor: float | None
    note: str | None


class Question(NamedTuple):
    """What all routes start from.

    Attributes
    ----------
    network : nn.Module
    X : Tensor, shape (n, 4, length)
        Sequences that are bound.
    class_optimization : array, shape (4, length), or None
    library : MotifLibrary
    factor_motifs : tuple of Motif
        Of the library, named like the factor.
    width : int
        Of the windows.
    """

    network: nn.Module
    X: Tensor
    class_optimization: NDArray[np.float64] | None
    library: MotifLibrary
    factor_motifs: tuple[Motif, ...]
    width: int

    def windows(self, starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return one window of each sequence, shape (n, 4, width)."""
        columns = starts[:, None] + np.arange(self.width)
        taken = self.X.to(torch.float64).numpy()[np.arange(len(self.X))[:, None], :, columns].transpose(0, 2, 1)
        return np.where(taken.sum(1, keepdims=True) > 0, taken, 1 / taken.shape[1])

    def share_of_factor(self, starts: NDArray[np.int64]) -> float | None:
        """Return the share of windows, as they are, that Tomtom finds to match a motif of the factor."""
        wanted = [index for index, motif in enumerate(self.library.motifs) if motif in self.factor_motifs]
        if not wanted:
            return None
        table = tomtom_table(list(self.windows(starts)), self.library.matrices)
        return float((table.p_value[:, wanted].min(1) <= P_OF_WINDOW).mean())


def routes(question: Question) -> list[RouteMotif]:
    """Extract motifs by all three routes.

    References
    ----------
    Lanchantin et al., PSB 2017, arXiv:1608.03644, sections 4 and 5.
    """
    chance = question.share_of_factor(_random_starts(question))
    note = None if chance is None else f"Of windows chosen at random {chance:.1%} match a motif of the factor."
    found = [_by_windows("saliency", question, _salient_windows(question), note)]
    if isinstance(question.network, HasTemporalOutputs):
        found.append(_by_windows("temporal_output", question, _rising_windows(question), note))
    else:
        reason = "Not defined: the network does not read the sequence step by step."
        found.append(RouteMotif("temporal_output", 0, None, (), None, reason))
    return [*found, _by_class_optimization(question)]


def _salient_windows(question: Question) -> NDArray[np.int64]:
    parameters = SaliencyParameters(label="bound")
    parts = [saliency(question.network, part, parameters)["saliency"] for part in question.X.split(_PER_BATCH)]
    return best_windows(torch.cat(parts).to(torch.float64).numpy(), width=question.width)


def _rising_windows(question: Question) -> NDArray[np.int64]:
    """Return the window in which P(bound) rises most, read in either direction."""
    parts = [temporal_output(question.network, part, ExplanationParameters()) for part in question.X.split(1)]
    forward, backward = (
        torch.cat([part[name] for part in parts]).to(torch.float64).numpy()
        for name in ("temporal_forward", "temporal_backward")
    )
    ahead, rise_ahead = best_rises(forward, width=question.width)
    mirrored, rise_back = best_rises(backward[:, ::-1], width=question.width)
    back = question.X.shape[2] - question.width - mirrored
    starts: NDArray[np.int64] = np.where(rise_ahead >= rise_back, ahead, back)
    return starts


def _by_windows(name: RouteName, question: Question, starts: NDArray[np.int64], note: str | None) -> RouteMotif:
    matrix = aligned(question.X.numpy(), starts, width=question.width).matrix
    (matches,) = best_matches([matrix], question.library, most=MATCHES)
    return RouteMotif(name, len(question.X), matrix, tuple(matches), question.share_of_factor(starts), note)


def _by_class_optimization(question: Question) -> RouteMotif:
    """Take the window with most information of the input that the network likes best."""
    matrix, width = question.class_optimization, question.width
    if matrix is None:
        return RouteMotif("class_optimization", 0, None, (), None, "The card holds no class optimisation.")
    start = int(best_windows(information(matrix)[None], width=width)[0])
    window = matrix[:, start : start + width]
    (matches,) = best_matches([window], question.library, most=MATCHES)
    note = "One optimised input, no sequences: the window of it with most information."
    return RouteMotif("class_optimization", 0, window, tuple(matches), None, note)


def _random_starts(question: Question) -> NDArray[np.int64]:
    last = question.X.shape[2] - question.width
    return np.random.default_rng(0).integers(0, last + 1, size=len(question.X))
