"""Trained and imported checkpoints, in the storage of the service: added whole, listed, fetched, removed, packed."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from backend.config import Settings
from backend.jobs.storage import Storage
from backend.schemas.access import LOCAL_USER
from backend.schemas.jobs import Task
from backend.services.archives import add_file, streamed
from backend.services.errors import CheckpointNotFoundError, TakenCheckpointError
from models.card import CARD_FILE
from models.checkpoints import PRETRAINED, PRETRAINED_CHROMATIN, WEIGHTS_FILE, checkpoint_names

LIBRARY: Final = "checkpoints"
LISTS: Final = {"sequence": "/api/v1/checkpoints", "chromatin": "/api/v1/chromatin-checkpoints"}

_CLAIM: Final = "claim"
_OWNER: Final = "owner"
_NOT_PART: Final = frozenset({_CLAIM, _OWNER})


def shipped_folder(task: Task, settings: Settings) -> Path:
    """Return the folder of the checkpoints that come with Regulens, or of those that the settings name instead."""
    if task == "sequence":
        return settings.checkpoint_dir or PRETRAINED
    return settings.chromatin_checkpoint_dir or PRETRAINED_CHROMATIN


def library_names(task: Task, *, settings: Settings, storage: Storage) -> tuple[str, ...]:
    """Return all checkpoints, those that come along first, then trained and imported ones."""
    shipped = checkpoint_names(shipped_folder(task, settings))
    return (*shipped, *(name for name in library_versions(task, storage=storage) if name not in shipped))


def library_versions(task: Task, *, storage: Storage) -> dict[str, str]:
    """Return the complete checkpoints of the library, each with something that changes when a file of it does."""
    folders: dict[str, list[tuple[str, str]]] = {}
    for path, stamp in storage.stamps(f"{LIBRARY}/{task}").items():
        name, _, file = path.partition("/")
        if file not in _NOT_PART:
            folders.setdefault(name, []).append((file, stamp))
    return {name: _digest(files) for name, files in folders.items() if CARD_FILE in dict(files)}


def shipped_versions(task: Task, *, settings: Settings) -> dict[str, str]:
    """Return the checkpoints that come along, as `library_versions`; a card or weights that are missing are damage."""
    folder = shipped_folder(task, settings)
    names = {path.parent.name for file in (CARD_FILE, WEIGHTS_FILE) for path in folder.glob(f"*/{file}")}
    return {
        name: _digest([(file, _stamp(folder / name / file)) for file in (CARD_FILE, WEIGHTS_FILE)])
        for name in sorted(names)
    }


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except OSError as error:
        return type(error).__name__
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _digest(files: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(sorted(files)).encode()).hexdigest()


def library_folder(name: str, task: Task, *, settings: Settings, storage: Storage) -> Path:
    """Return the folder on this machine that holds the folder `name`, fetched where the storage is elsewhere.

    Raises `CheckpointNotFoundError`.
    """
    shipped = shipped_folder(task, settings)
    if name in checkpoint_names(shipped):
        return shipped
    version = library_versions(task, storage=storage).get(name)
    if version is None:
        raise CheckpointNotFoundError(name, list_path=LISTS[task])
    return fetched_folder(name, task, version=version, settings=settings, storage=storage)


def fetched_folder(name: str, task: Task, *, version: str, settings: Settings, storage: Storage) -> Path:
    """Return the folder that holds one version of a checkpoint of the library."""
    cache = settings.data_dir / "fetched-checkpoints"
    folder = f"{LIBRARY}/{task}/{name}"
    try:
        paths = [
            storage.local(f"{folder}/{file}", cache=cache, version=version[:16])
            for file in _card_last(storage.walk(folder))
        ]
    except FileNotFoundError as error:
        raise CheckpointNotFoundError(name, list_path=LISTS[task]) from error
    return paths[-1].parent.parent


def add_to_library(folder: Path, task: Task, *, storage: Storage, owner: str) -> None:
    """Copy a complete checkpoint into the library, its card last; the folder's name is its name.

    The same checkpoint again changes nothing, its owner included, so an interrupted call can be repeated.

    Raises `TakenCheckpointError` if the name stands for another one, whose files stay as they are.
    """
    target = f"{LIBRARY}/{task}/{folder.name}"
    card = (folder / CARD_FILE).read_bytes()
    claim = hashlib.sha256(card).hexdigest().encode()
    if not _claim_is_ours(f"{target}/{_CLAIM}", claim, storage):
        raise TakenCheckpointError(folder.name)
    try:
        if not storage.exists(f"{target}/{CARD_FILE}"):
            storage.write(f"{target}/{_OWNER}", owner.encode())
            for file in _card_last(path.name for path in folder.iterdir() if path.is_file()):
                storage.write(f"{target}/{file}", folder / file)
        elif storage.read(f"{target}/{CARD_FILE}") != card:
            raise TakenCheckpointError(folder.name)
    finally:
        storage.remove(f"{target}/{_CLAIM}")


def owner_in_library(name: str, task: Task, *, storage: Storage) -> str:
    """Return who has added a checkpoint; former versions did not write it down."""
    try:
        return storage.read(f"{LIBRARY}/{task}/{name}/{_OWNER}").decode()
    except FileNotFoundError:
        return LOCAL_USER


def remove_from_library(name: str, task: Task, *, storage: Storage) -> None:
    """Take a checkpoint out of the library, its card first: a folder without a card is not a checkpoint."""
    storage.remove(f"{LIBRARY}/{task}/{name}/{CARD_FILE}")
    storage.remove(f"{LIBRARY}/{task}/{name}")


def archive(folder: Path) -> Iterator[bytes]:
    """Pack a checkpoint's folder into a zip, in portions; equal folders give equal bytes."""

    def fill(packed: zipfile.ZipFile) -> None:
        for path in sorted(path for path in folder.iterdir() if path.is_file() and path.name not in _NOT_PART):
            add_file(packed, f"{folder.name}/{path.name}", path)

    return streamed(fill)


def take_over(folder: Path, task: Task, *, storage: Storage) -> Iterator[str]:
    """Move checkpoints from where an earlier version kept them into the library, and yield those it could not take."""
    for name in checkpoint_names(folder):
        try:
            add_to_library(folder / name, task, storage=storage, owner=LOCAL_USER)
        except TakenCheckpointError:
            yield name
        else:
            shutil.rmtree(folder / name)


def _claim_is_ours(path: str, claim: bytes, storage: Storage) -> bool:
    """Return whether nobody else is adding a checkpoint of this name right now; a claim is gone once that is done."""
    while not storage.create(path, claim):
        with suppress(FileNotFoundError):
            return storage.read(path) == claim
    return True


def _card_last(files: Iterable[str]) -> list[str]:
    return sorted((file for file in files if file not in _NOT_PART), key=lambda file: (file == CARD_FILE, file))
