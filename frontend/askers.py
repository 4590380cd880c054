"""On whose behalf the page asks: the credential of a request, and what is remembered for each asker apart."""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Generic, TypeVar

ADDRESS_HEADER = "X-Forwarded-For"
current_credentials: ContextVar[Mapping[str, str]] = ContextVar("current_credentials", default=MappingProxyType({}))

Value = TypeVar("Value")


def asker() -> str:
    """Return a digest of the current credential: it tells askers apart and is worth nothing by itself."""
    told = {name: value for name, value in current_credentials.get().items() if name != ADDRESS_HEADER}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class PerAsker(Generic[Value]):
    """The newest values, each only for who has fetched it: what one may see, another may not."""

    def __init__(self, *, kept: int, seconds: float = float("inf")) -> None:
        self._kept, self._seconds = kept, seconds
        self._values: OrderedDict[tuple[str, Hashable], tuple[float, Value]] = OrderedDict()

    def get(self, key: Hashable = None) -> Value | None:
        """Return a value as last fetched, however long ago."""
        found = self._values.get((asker(), key))
        return found[1] if found else None

    def fresh(self, key: Hashable = None) -> Value | None:
        """Return a value that was fetched or confirmed a short while ago."""
        found = self._values.get((asker(), key))
        return found[1] if found and time.monotonic() - found[0] < self._seconds else None

    def put(self, value: Value, key: Hashable = None) -> Value:
        """Remember a value; the oldest are forgotten."""
        self._values[asker(), key] = (time.monotonic(), value)
        self._values.move_to_end((asker(), key))
        while len(self._values) > self._kept:
            self._values.popitem(last=False)
        return value

    def drop(self, key: Hashable = None) -> None:
        """Forget a value."""
        self._values.pop((asker(), key), None)
