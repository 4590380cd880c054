"""Explanations of shuffled windows, which a real seqlet has to stand out from, at a price that can be waited for."""

from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor

from backend.services.analysis_plan import Method
from backend.services.inference import Run
from backend.services.window_attributions import Attributed, attribute
from models.explanations.references import ReferenceParameters, shuffled_references

CONTROLS: Final = 20
CONTROL_SEED: Final = 1  # another than that of the references, which would be held against themselves
CONTROL_STEPS: Final = 4
KEPT: Final = 256  # controls of one window by one network and method, 16 kB each
_AT_A_TIME: Final = 4  # so that other requests get their turn in between

_Key = tuple[bytes, str, str, BaseModel]


class Controls:
    """Attributions of shuffles by window, weights and method; the oldest are forgotten."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[_Key, NDArray[np.float64]] = OrderedDict()

    async def of(self, run: Run, attributed: Attributed, *, X: Tensor, shuffles: Tensor) -> NDArray[np.float64]:
        """Return attributions of the shuffles of a window, shape (CONTROLS, window)."""
        method = attributed.method
        key = (X.numpy().tobytes(), attributed.card.sha256, method.explanation.name, method.parameters)
        if key not in self._known:
            asked = cheaper(attributed)
            self._known[key] = np.concatenate(
                [await attribute(run, asked, part) for part in shuffles.split(_AT_A_TIME)]
            )
        self._known.move_to_end(key)
        answer = self._known[key]
        while len(self._known) > self._kept:
            self._known.popitem(last=False)
        return answer


def control_windows(X: Tensor) -> Tensor:
    """Return dinucleotide shuffles of a window, shape (CONTROLS, 4, window).

    Raises
    ------
    ExplanationRefusedError
        If no base is known, or all shuffles are the window itself.
    """
    parameters = ReferenceParameters(n_references=CONTROLS, random_state=CONTROL_SEED)
    return shuffled_references(X[0], parameters, method="a search for seqlets")


def cheaper(attributed: Attributed) -> Attributed:
    """Return the same method with few integration steps, where it integrates.

    Measured against 32 steps (benchmarks/motifs.py): attributions of shuffles correlate with r >= 0.9 and call the same
    seqlets at an eighth of the time. Fewer references would be as fast, but add noise that hides real seqlets.
    """
    parameters: BaseModel = attributed.method.parameters
    if isinstance(parameters, ReferenceParameters):
        parameters = parameters.model_copy(update={"n_steps": CONTROL_STEPS})
    return attributed._replace(method=Method(attributed.method.explanation, parameters))
