"""The checkpoints that read DNA: those that come with Regulens, and trained ones that come and go."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

import torch

from backend.config import Settings
from backend.jobs.storage import Storage
from backend.schemas.catalog import CheckpointCard
from backend.schemas.sequence_analyses import CheckpointReference
from backend.services.checkpoint_store import CheckpointStore
from models.card import SequenceCard, read_card
from models.checkpoints import Checkpoint, architecture_names, load_checkpoint
from models.errors import CheckpointError

WINDOW_LENGTH: Final = 101
Checkpoints: TypeAlias = Mapping[str, Checkpoint]


class SequenceCheckpoints(CheckpointStore[Checkpoint]):
    """All that are loaded: what comes along first, then by factor, networks before baselines."""

    def __init__(self, *, settings: Settings, storage: Storage, device: str) -> None:
        def load(name: str, folder: Path) -> Checkpoint:
            checkpoint = load_checkpoint(name, folder=folder, device=device)
            if checkpoint.card.input_length != WINDOW_LENGTH:
                raise CheckpointError(name, f"its window is not of {WINDOW_LENGTH} bases.")
            return checkpoint

        super().__init__("sequence", settings=settings, storage=storage, load=load, order=_order)

    async def seek_factors(self, factors: Iterable[str]) -> None:
        """Refresh, off the event loop, if a factor is not known; say so if none of its checkpoints can be used."""
        unknown = {*factors} - by_factor(self.loaded).keys()
        if unknown:
            await asyncio.to_thread(self.refresh)
            unknown -= by_factor(self.loaded).keys()
            self._refuse_unavailable(name for name in self.damaged if unknown and self._factor(name) in unknown)

    def _factor(self, name: str) -> str | None:
        """Return the factor of a damaged checkpoint, if its card can be read."""
        with suppress(Exception):  # whatever is wrong with it, or with the storage
            return read_card(self.folder(name) / name, SequenceCard).factor
        return None

    def wire_card(self, name: str) -> CheckpointCard:
        """Return the card of one checkpoint as it goes over the wire."""
        return self._wire(self.find(name).card)

    def wire_cards(self) -> list[CheckpointCard]:
        """Return all cards as they go over the wire."""
        return [self._wire(checkpoint.card) for checkpoint in self.loaded.values()]

    def _wire(self, card: SequenceCard) -> CheckpointCard:
        return CheckpointCard.model_validate({**card.model_dump(), "source": self.source(card)})


def choose_device(wanted: Literal["auto", "cpu", "cuda"]) -> str:
    """Take CUDA where it is there, unless told otherwise."""
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


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


def card_reference(card: SequenceCard) -> CheckpointReference:
    """Say which weights answered."""
    return CheckpointReference(name=card.name, architecture=card.architecture, factor=card.factor, sha256=card.sha256)
