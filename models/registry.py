"""A named collection with explicit registration, from which documentation and tests draw their lists."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from models.errors import UnknownNameError

T = TypeVar("T")


class Registry(Generic[T]):
    """Map names to registered things, in the order of registration."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._items: dict[str, T] = {}

    def register(self, name: str, item: T) -> None:
        """Add one item; a name that is taken raises ``ValueError``."""
        if name in self._items:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._items[name] = item

    def get(self, name: str) -> T:
        """Return the item called ``name``; an unknown name raises `UnknownNameError`."""
        if name not in self._items:
            raise UnknownNameError(self.kind, name, self.names())
        return self._items[name]

    def names(self) -> tuple[str, ...]:
        """Return every name."""
        return tuple(self._items)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)
