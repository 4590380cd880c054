"""The checkpoints that this process has loaded, each once."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

import structlog
import torch

from backend.schemas.catalog import CheckpointCard
from backend.services.errors import CheckpointNotFoundError
from models.card import SequenceCard
from models.checkpoints import PRETRAINED, Checkpoint, architecture_names, checkpoint_names, load_checkpoint
from models.errors import ModelsError

WINDOW_LENGTH: Final = 101
Checkpoints: TypeAlias = Mapping[str, Checkpoint]

log = structlog.get_logger(__name__)


def choose_device(wanted: Literal["auto", "cpu", "cuda"]) -> str:
    """Take CUDA where it is there, unless told otherwise."""
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def load_checkpoints(folder: Path | None, *, device: str) -> dict[str, Checkpoint]:
    """Load what can be loaded, by factor and architecture; a damaged checkpoint is logged and left out."""
    folder = folder or PRETRAINED
    loaded = {}
    for name in checkpoint_names(folder):
        try:
            checkpoint = load_checkpoint(name, folder=folder, device=device)
        except ModelsError as error:
            log.error("checkpoint_left_out", checkpoint=name, reason=str(error))
            continue
        if checkpoint.card.input_length == WINDOW_LENGTH:
            loaded[name] = checkpoint
        else:
            log.error("checkpoint_left_out", checkpoint=name, reason=f"its window is not of {WINDOW_LENGTH} bases")
    return dict(sorted(loaded.items(), key=lambda item: _order(item[1].card)))


def _order(card: SequenceCard) -> tuple[str, int]:
    return card.factor, architecture_names().index(card.architecture)


def by_factor(checkpoints: Checkpoints) -> dict[str, tuple[SequenceCard, ...]]:
    """Group the cards by factor, networks first."""
    factors: dict[str, tuple[SequenceCard, ...]] = {}
    for checkpoint in checkpoints.values():
        factors[checkpoint.card.factor] = (*factors.get(checkpoint.card.factor, ()), checkpoint.card)
    return factors


def networks(cards: Iterable[SequenceCard]) -> list[SequenceCard]:
    """Leave the baselines out."""
    return [card for card in cards if card.kind == "network"]


def wire_card(name: str, *, checkpoints: Checkpoints) -> CheckpointCard:
    """Return the card of one checkpoint as it goes over the wire."""
    if name not in checkpoints:
        raise CheckpointNotFoundError(name)
    return CheckpointCard.model_validate(checkpoints[name].card.model_dump())


def wire_cards(checkpoints: Checkpoints) -> list[CheckpointCard]:
    """Return all cards as they go over the wire."""
    return [wire_card(name, checkpoints=checkpoints) for name in checkpoints]
