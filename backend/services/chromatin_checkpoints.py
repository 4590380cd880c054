"""The checkpoints that read histone marks: those that come with Regulens, and imported ones that come and go."""

import os
import shutil
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import structlog

from backend.schemas.chromatin_catalog import ChromatinCard
from backend.services.errors import CheckpointNotFoundError, ShippedCheckpointError
from models.checkpoints import (
    PRETRAINED_CHROMATIN,
    ChromatinCheckpoint,
    checkpoint_names,
    chromatin_architecture_names,
    load_chromatin_checkpoint,
)
from models.errors import ModelsError
from models.explanations.method import HasBinAttention
from models.published import import_published

LIST = "/api/v1/chromatin-checkpoints"
UNFINISHED = ".unfinished-"

log = structlog.get_logger(__name__)


class ChromatinCheckpoints(Mapping[str, ChromatinCheckpoint]):
    """All that are loaded, by name: what comes along first, then by cell type and architecture.

    A change replaces the whole mapping, so who reads it meanwhile, in whatever thread, sees the old or the new one.
    `networks` follows; it is one and the same mapping all the time, so that the engine can hold on to it.
    """

    def __init__(self, shipped: Path | None, *, imported: Path, device: str) -> None:
        self._imported = imported
        self._device = device
        self._changing = threading.Lock()
        imported.mkdir(parents=True, exist_ok=True)
        for rest in imported.glob(f"{UNFINISHED}*"):
            shutil.rmtree(rest, ignore_errors=True)
        folders = (shipped or PRETRAINED_CHROMATIN, imported)
        self.n_damaged = 0
        loaded = {name: each for folder in reversed(folders) for name, each in self._load_all(folder).items()}
        self.networks = {name: checkpoint.network for name, checkpoint in loaded.items()}
        self._checkpoints = _sorted(loaded)

    def __getitem__(self, name: str) -> ChromatinCheckpoint:
        return self._checkpoints[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._checkpoints)

    def __len__(self) -> int:
        return len(self._checkpoints)

    def find(self, name: str) -> ChromatinCheckpoint:
        """Return one checkpoint, or say that there is none of that name."""
        if name not in self._checkpoints:
            raise CheckpointNotFoundError(name, list_path=LIST)
        return self._checkpoints[name]

    def add(self, path: Path, *, file_name: str, cell_type: str | None) -> ChromatinCheckpoint:
        """Convert a published file and serve it at once; the same file again replaces itself."""
        unfinished = self._imported / f"{UNFINISHED}{uuid.uuid4().hex}"
        try:
            card = import_published(path, name=file_name, cell_type=cell_type, folder=unfinished)
            checkpoint = load_chromatin_checkpoint(card.name, folder=unfinished, device=self._device)
            with self._changing:
                if card.name in self._checkpoints and self._checkpoints[card.name].card.origin != "imported":
                    raise ShippedCheckpointError(card.name)
                shutil.rmtree(self._imported / card.name, ignore_errors=True)
                os.rename(unfinished / card.name, self._imported / card.name)
                self._checkpoints = _sorted({**self._checkpoints, card.name: checkpoint})
                self.networks[card.name] = checkpoint.network
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return checkpoint

    def remove(self, name: str) -> None:
        """Take an imported checkpoint out of service and off the disk."""
        with self._changing:
            if self.find(name).card.origin != "imported":
                raise ShippedCheckpointError(name)
            self._checkpoints = {other: each for other, each in self._checkpoints.items() if other != name}
            self.networks.pop(name)
            shutil.rmtree(self._imported / name, ignore_errors=True)

    def _load_all(self, folder: Path) -> dict[str, ChromatinCheckpoint]:
        """Load what can be loaded; a damaged checkpoint is logged and left out."""
        loaded = {}
        for name in checkpoint_names(folder):
            try:
                loaded[name] = load_chromatin_checkpoint(name, folder=folder, device=self._device)
            except ModelsError as error:
                self.n_damaged += 1
                log.error("checkpoint_left_out", checkpoint=name, reason=str(error))
        return loaded


def _sorted(checkpoints: Mapping[str, ChromatinCheckpoint]) -> dict[str, ChromatinCheckpoint]:
    return dict(sorted(checkpoints.items(), key=lambda item: _order(item[1])))


def _order(checkpoint: ChromatinCheckpoint) -> tuple[bool, int, str, int, str]:
    """Put what comes along first, then smaller bins, then by cell type and architecture, baselines last."""
    card = checkpoint.card
    architecture = chromatin_architecture_names().index(card.architecture)
    return card.origin == "imported", card.bin_size_bp, card.cell_type, architecture, card.name


def wire_card(checkpoint: ChromatinCheckpoint) -> ChromatinCard:
    """Return a card as it goes over the wire; what the network can show is asked of the network."""
    network, card = checkpoint
    fields = card.model_dump(
        exclude={"architecture_parameters", "reference", "reference_origin", "golden_probabilities"}
    )
    return ChromatinCard(
        **fields,
        reference=card.reference_origin,
        has_bin_attention=isinstance(network, HasBinAttention),
        has_mark_attention=isinstance(network, HasBinAttention) and network.has_mark_attention,
    )
