"""The checkpoints that read histone marks: those that come with Regulens, trained and imported ones."""

import tempfile
from pathlib import Path
from weakref import WeakKeyDictionary

import structlog
from torch import nn

from backend.config import Settings
from backend.jobs.storage import Storage
from backend.schemas.chromatin_catalog import ChromatinCard
from backend.services.checkpoint_library import add_to_library, take_over
from backend.services.checkpoint_store import CheckpointStore
from models import card as cards
from models.checkpoints import ChromatinCheckpoint, chromatin_architecture_names, load_chromatin_checkpoint
from models.explanations.method import HasBinAttention
from models.published import import_published

log = structlog.get_logger(__name__)


class ChromatinCheckpoints(CheckpointStore[ChromatinCheckpoint]):
    """All that are loaded: what comes along first, then by size of bin, cell type and architecture."""

    def __init__(self, *, settings: Settings, storage: Storage, device: str) -> None:
        for name in take_over(settings.data_dir / "checkpoints", "chromatin", storage=storage):
            log.error("checkpoint_not_taken_over", checkpoint=name, reason="the library has another one of that name")

        def load(name: str, folder: Path) -> ChromatinCheckpoint:
            return load_chromatin_checkpoint(name, folder=folder, device=device)

        super().__init__("chromatin", settings=settings, storage=storage, load=load, order=_order)
        # Pages read them often, and they hardly ever change.
        self._wired: WeakKeyDictionary[nn.Module, ChromatinCard] = WeakKeyDictionary()

    def add(self, path: Path, *, file_name: str, cell_type: str | None, owner: str) -> ChromatinCheckpoint:
        """Convert a published file and serve it at once; the same file again is the same checkpoint."""
        with tempfile.TemporaryDirectory() as folder:
            card = import_published(path, name=file_name, cell_type=cell_type, folder=Path(folder))
            self.refresh()
            if card.name in self.damaged:
                self._remove(card.name)
            if card.name not in self:  # its name holds the digest of the file
                add_to_library(Path(folder) / card.name, "chromatin", storage=self.storage, owner=owner)
        return self.find(card.name)

    def wire_card(self, name: str) -> ChromatinCard:
        """Return a card as it goes over the wire."""
        return self._wire(self.find(name))

    def wire_cards(self) -> list[ChromatinCard]:
        """Return all cards as they go over the wire."""
        return [self._wire(checkpoint) for checkpoint in self.loaded.values()]

    def _wire(self, checkpoint: ChromatinCheckpoint) -> ChromatinCard:
        """Return the wire's card, made once for as long as the same weights are loaded."""
        known = self._wired.get(checkpoint.network)
        if known is None or known.source != self.source(checkpoint.card):
            known = self._wired[checkpoint.network] = self._made(checkpoint)
        return known

    def _made(self, checkpoint: ChromatinCheckpoint) -> ChromatinCard:
        """Make the wire's card; what the network can show is asked of the network."""
        network, card = checkpoint
        fields = card.model_dump(
            exclude={"architecture_parameters", "reference", "reference_origin", "golden_probabilities"}
        )
        return ChromatinCard(
            **fields,
            source=self.source(card),
            reference=card.reference_origin,
            has_bin_attention=isinstance(network, HasBinAttention),
            has_mark_attention=isinstance(network, HasBinAttention) and network.has_mark_attention,
        )


def _order(card: cards.ChromatinCard) -> tuple[int, str, int]:
    """Put smaller bins first, then sort by cell type and architecture, baselines last."""
    return card.bin_size_bp, card.cell_type, chromatin_architecture_names().index(card.architecture)
