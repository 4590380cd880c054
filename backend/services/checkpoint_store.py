"""The checkpoints of one task that this process has loaded, each once."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

import structlog
from torch import nn

from backend.config import Settings
from backend.jobs.storage import Storage
from backend.schemas.access import LOCAL_USER
from backend.schemas.catalog import Source
from backend.schemas.jobs import Task
from backend.services.checkpoint_library import (
    LISTS,
    archive,
    fetched_folder,
    library_folder,
    library_versions,
    owner_in_library,
    remove_from_library,
    shipped_folder,
    shipped_versions,
)
from backend.services.errors import (
    CheckpointNotFoundError,
    ForeignCheckpointError,
    ShippedCheckpointError,
    UnavailableCheckpointError,
)
from models.card import ChromatinCard, ModelCard
from models.errors import CheckpointError, ModelsError

SOURCES: Final[tuple[Source, ...]] = ("shipped", "trained", "imported")

log = structlog.get_logger(__name__)


class _Loaded(Protocol):
    @property
    def network(self) -> nn.Module: ...

    @property
    def card(self) -> ModelCard: ...


Loaded = TypeVar("Loaded", bound=_Loaded)


class CheckpointStore(Mapping[str, Loaded], Generic[Loaded]):
    """Those that come along and those of the library, by name.

    The library changes under it: jobs add to it in other processes, perhaps on other hosts, and files are damaged and
    mended. `refresh` follows; what cannot be loaded is `damaged` until one of its files changes. A change
    replaces the whole mapping, so who reads it meanwhile, in whatever thread, sees the old or the new one. `networks`
    follows; it is one and the same mapping all the time, so that the engine can hold on to it.
    """

    def __init__(
        self,
        task: Task,
        *,
        settings: Settings,
        storage: Storage,
        load: Callable[[str, Path], Loaded],
        order: Callable[[Any], tuple[Any, ...]],
    ) -> None:
        self._task, self._settings, self.storage = task, settings, storage
        self._load, self._order = load, order
        self._changing = threading.Lock()
        self._versions: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self._checkpoints: dict[str, Loaded] = {}
        self.networks: dict[str, nn.Module] = {}
        self._shipped: frozenset[str] = frozenset()
        self.refresh()

    def __getitem__(self, name: str) -> Loaded:
        return self._checkpoints[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._checkpoints)

    def __len__(self) -> int:
        return len(self._checkpoints)

    @property
    def loaded(self) -> Mapping[str, Loaded]:
        """Return all as of now: a mapping that does not change."""
        return self._checkpoints

    @property
    def damaged(self) -> Mapping[str, str]:
        """Return what could not be loaded, with the reason."""
        return self._reasons

    def refresh(self) -> None:
        """Load what is new or has changed, mended files included, and drop what is gone."""
        with self._changing:
            shipped = shipped_versions(self._task, settings=self._settings)
            self._shipped = frozenset(shipped)
            found = {**self._library_versions(), **shipped}
            gone = {name for name, version in self._versions.items() if found.get(name) != version}
            new = [name for name, version in found.items() if self._versions.get(name) != version]
            if gone or new:
                self._reasons = {name: reason for name, reason in self._reasons.items() if name not in gone}
                self._replace(self._loaded(new, lambda name: self._folder(name, found[name])), gone=gone)
                known = {*self._checkpoints, *self._reasons}  # what could not be fetched is tried again
                self._versions = {name: version for name, version in found.items() if name in known}

    async def seek(self, names: Iterable[str]) -> None:
        """Refresh, off the event loop, if one of the names is not known; say so if one cannot be used."""
        unknown = [name for name in names if name not in self._checkpoints]
        if unknown:
            await asyncio.to_thread(self.refresh)
            self._refuse_unavailable(unknown)

    def find(self, name: str) -> Loaded:
        """Return one checkpoint, or say that there is none of that name, or why it cannot be used."""
        if name not in self._checkpoints:
            self.refresh()
            self._refuse_unavailable([name])
        found = self._checkpoints.get(name)
        if found is None:
            raise CheckpointNotFoundError(name, list_path=LISTS[self._task])
        return found

    def source(self, card: ModelCard) -> Source:
        """Say where a checkpoint comes from."""
        if card.name in self._shipped:
            return "shipped"
        return "imported" if isinstance(card, ChromatinCard) and card.origin == "imported" else "trained"

    def remove(self, name: str, *, owner: str) -> None:
        """Take a checkpoint that somebody has trained or imported out of service and out of the library."""
        if name in self._shipped:
            raise ShippedCheckpointError(name)
        if name not in self._reasons:  # a damaged one can be removed too
            self.find(name)
        if owner_in_library(name, self._task, storage=self.storage) not in self._names_of(owner):
            raise ForeignCheckpointError(name)
        self._remove(name)

    def _names_of(self, user: str) -> tuple[str, ...]:
        """Return the names under which somebody owns things: whoever uses an open Regulens may be its scripts, too."""
        return (user, LOCAL_USER) if self._settings.access == "open" else (user,)

    def _remove(self, name: str) -> None:
        remove_from_library(name, self._task, storage=self.storage)
        self.refresh()

    def archive(self, name: str) -> Iterator[bytes]:
        """Pack a checkpoint into a zip, in portions."""
        self.find(name)
        return archive(self.folder(name) / name)

    def folder(self, name: str) -> Path:
        """Return the folder on this machine that holds the folder of a checkpoint, fetched where it lies elsewhere."""
        return library_folder(name, self._task, settings=self._settings, storage=self.storage)

    def _refuse_unavailable(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._reasons:
                raise UnavailableCheckpointError(name, self._reasons[name])

    def _library_versions(self) -> dict[str, str]:
        try:
            return library_versions(self._task, storage=self.storage)
        except Exception as error:  # whatever the storage's client raises: what is loaded goes on serving
            log.error("library_not_listed", task=self._task, reason=str(error))
            return {name: version for name, version in self._versions.items() if name not in self._shipped}

    def _folder(self, name: str, version: str) -> Path:
        if name in self._shipped:
            return shipped_folder(self._task, self._settings)
        return fetched_folder(name, self._task, version=version, settings=self._settings, storage=self.storage)

    def _loaded(self, names: Iterable[str], folder_of: Callable[[str], Path]) -> dict[str, Loaded]:
        """Load what can be loaded; a damaged checkpoint is logged and left out."""
        loaded = {}
        for name in names:
            try:
                checkpoint = self._load(name, folder_of(name))
                if checkpoint.card.name != name:
                    raise CheckpointError(name, f"its card is that of {checkpoint.card.name}. Restore its folder.")
                loaded[name] = checkpoint
            except ModelsError as error:
                self._reasons[name] = str(error)
                log.error("checkpoint_left_out", checkpoint=name, reason=str(error))
            except Exception as error:  # whatever the storage's client raises
                log.error("checkpoint_not_fetched", checkpoint=name, reason=str(error))
        return loaded

    def _replace(self, loaded: Mapping[str, Loaded], *, gone: Collection[str]) -> None:
        """Serve what is loaded; networks come before the names that ask for them, and go after."""
        self.networks |= {name: checkpoint.network for name, checkpoint in loaded.items()}
        kept = {name: each for name, each in self._checkpoints.items() if name not in gone} | dict(loaded)
        self._checkpoints = dict(sorted(kept.items(), key=lambda item: self._rank(item[1])))
        for name in set(self.networks) - set(kept):
            self.networks.pop(name)

    def _rank(self, checkpoint: Loaded) -> tuple[Any, ...]:
        card = checkpoint.card
        return SOURCES.index(self.source(card)), *self._order(card), card.name
