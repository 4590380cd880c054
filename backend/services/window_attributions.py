"""One window of DNA, the networks that are asked about it, and by which method."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from backend.schemas.window import Attribution
from backend.services.analysis_plan import Method, parameter_mistakes
from backend.services.checkpoints import WINDOW_LENGTH, Checkpoints
from backend.services.errors import InvalidFieldsError, refused_field
from backend.services.inference import Operation, Run
from backend.services.names import shown
from models.card import SequenceCard
from models.checkpoints import Checkpoint
from models.explanations import EXPLANATIONS, best_method
from models.sequence import one_hot_encode


class Attributed(NamedTuple):
    """A checkpoint and the method by which it is explained."""

    checkpoint: Checkpoint
    method: Method

    @property
    def card(self) -> SequenceCard:
        """Return the checkpoint's card."""
        return self.checkpoint.card

    @property
    def operation(self) -> Operation:
        """Return what is asked of the engine."""
        return Operation(self.method.explanation.name, self.card.name, self.method.parameters)


class WindowPlan(NamedTuple):
    """What is asked, and what is refused: checkpoint to reason."""

    attributed: tuple[Attributed, ...]
    refused: dict[str, str]


def plan_window(attributions: Sequence[Attribution], *, checkpoints: Checkpoints) -> WindowPlan:
    """Resolve names, methods and parameters; a method that is not valid for a network is refused, not an error."""
    attributed: list[Attributed] = []
    refused: dict[str, str] = {}
    for position, asked in enumerate(attributions):
        checkpoint = _checkpoint(asked, position, checkpoints)
        name = asked.method or best_method(checkpoint.network)
        if name not in EXPLANATIONS or not EXPLANATIONS.get(name).attributes:
            known = ", ".join(each for each in EXPLANATIONS if EXPLANATIONS.get(each).attributes)
            message = f"There is no attribution method {shown(name)}. Known: {known}."
            raise refused_field(f"attributions.{position}.method", "unknown_method", message)
        explanation = EXPLANATIONS.get(name)
        if reason := explanation.refusal(checkpoint.network):
            refused[asked.checkpoint] = reason
            continue
        try:
            parameters = explanation.parameters.model_validate(asked.parameters)
        except ValidationError as error:
            raise InvalidFieldsError(tuple(parameter_mistakes(error, f"attributions.{position}"))) from None
        attributed.append(Attributed(checkpoint, Method(explanation, parameters)))
    return WindowPlan(tuple(attributed), refused)


def settings_of(sequence: str, attributed: Sequence[Attributed]) -> dict[str, Any]:
    """Return what was asked, with all defaults, so that it can be asked again."""
    return {
        "sequence": sequence,
        "attributions": [
            {
                "checkpoint": one.card.name,
                "method": one.method.explanation.name,
                "parameters": one.method.parameters.model_dump(),
            }
            for one in attributed
        ],
    }


def encode_window(sequence: str) -> Tensor:
    """Return one window, shape (1, 4, window); more bases than the networks read are refused, nothing is cropped."""
    if len(sequence) > WINDOW_LENGTH:
        message = f"The window holds {len(sequence)} bases, the networks read {WINDOW_LENGTH}."
        raise refused_field("sequence", "window_too_long", message)
    return one_hot_encode([sequence], length=WINDOW_LENGTH)


async def attribute(run: Run, attributed: Attributed, X: Tensor) -> NDArray[np.float64]:
    """Return the signed contribution of each base to the logit of bound, shape (batch, window)."""
    arrays = await run(attributed.operation, X)
    return arrays[attributed.method.explanation.name].astype(np.float64)


def _checkpoint(asked: Attribution, position: int, checkpoints: Checkpoints) -> Checkpoint:
    if asked.checkpoint not in checkpoints:
        message = f"There is no checkpoint {shown(asked.checkpoint)}. GET /api/v1/checkpoints lists those that exist."
        raise refused_field(f"attributions.{position}.checkpoint", "unknown_checkpoint", message)
    return checkpoints[asked.checkpoint]
