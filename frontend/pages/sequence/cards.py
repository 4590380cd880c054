"""Model cards, fetched once per set of weights."""

import asyncio
from collections.abc import Sequence

from backend.schemas.catalog import CheckpointCard
from frontend.askers import PerAsker
from frontend.client import BackendClient

KEPT = 2000


class CardCache:
    """Remember the cards that each asker has fetched; a card never changes while its weights do not."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client
        self._cards: PerAsker[CheckpointCard] = PerAsker(kept=KEPT)

    async def get(self, names: Sequence[str]) -> list[CheckpointCard]:
        """Return the cards in the order of the names."""
        known = {name: self._cards.get(name) for name in names}
        missing = [name for name, card in known.items() if card is None]
        for card in await asyncio.gather(*(self._client.checkpoint(name) for name in missing)):
            known[card.name] = self._cards.put(card, card.name)
        return [found for name in names if (found := known[name])]
