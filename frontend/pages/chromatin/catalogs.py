"""What can be asked, fetched once: cards are too large to travel with every callback."""

from collections.abc import Sequence

from backend.schemas.chromatin_catalog import ChromatinCard, ChromatinCatalog
from frontend.askers import PerAsker
from frontend.client import BackendClient

KEPT = 64


class CatalogCache:
    """Remember the catalog of each asker; checkpoints come and go, so an unknown name asks again."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client
        self._catalogs: PerAsker[ChromatinCatalog] = PerAsker(kept=KEPT)

    async def refresh(self) -> ChromatinCatalog:
        """Ask anew."""
        return self._catalogs.put(await self._client.chromatin_catalog())

    async def get(self) -> ChromatinCatalog:
        """Return the catalog as last known."""
        return self._catalogs.get() or await self.refresh()

    async def cards(self, names: Sequence[str]) -> dict[str, ChromatinCard]:
        """Return the cards of those checkpoints that exist."""
        catalog = await self.get()
        if any(name not in {card.name for card in catalog.checkpoints} for name in names):
            catalog = await self.refresh()
        known = {card.name: card for card in catalog.checkpoints}
        return {name: known[name] for name in names if name in known}


def fits(card: ChromatinCard, *, bin_size_bp: int, n_bins: int | None) -> bool:
    """Whether a checkpoint answers for files of these bins; None stands for any number."""
    return card.bin_size_bp == bin_size_bp and (n_bins in (None, card.n_bins) or card.other_lengths)


def default_checkpoints(cards: Sequence[ChromatinCard], *, bin_size_bp: int, n_bins: int | None) -> list[str]:
    """Choose those trained on several cell types, or, where none fits the file, all that fit."""
    fitting = [card for card in cards if fits(card, bin_size_bp=bin_size_bp, n_bins=n_bins)]
    pooled = [card.name for card in fitting if len(card.cell_types) > 1]
    return pooled or [card.name for card in fitting]
