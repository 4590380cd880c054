"""Model cards, fetched once per set of weights."""

import asyncio
from collections.abc import Sequence

from backend.schemas.catalog import CheckpointCard
from frontend.client import BackendClient


class CardCache:
    """Remember the cards of this process's lifetime; a card never changes while its weights do not."""

    def __init__(self, client: BackendClient) -> None:
        self._client = client
        self._cards: dict[str, CheckpointCard] = {}

    async def get(self, names: Sequence[str]) -> list[CheckpointCard]:
        """Return the cards in the order of the names."""
        missing = [name for name in names if name not in self._cards]
        for card in await asyncio.gather(*(self._client.checkpoint(name) for name in missing)):
            self._cards[card.name] = card
        return [self._cards[name] for name in names]
