"""Files that users bring, on disk: streamed in, named by id, kept for a while after their last use."""

import asyncio
import errno
import fcntl
import hashlib
import os
import re
import shutil
import threading
import time
import unicodedata
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from backend.schemas.access import LOCAL_USER
from backend.schemas.uploads import Upload
from backend.services.errors import StorageFullError, UploadNotFoundError, UploadTooLargeError

CONTENT, META, UNFINISHED = "content", "meta.json", "unfinished-"
ID: Final = re.compile(r"[0-9a-f]{32}", flags=re.ASCII)
LONGEST_NAME: Final = 120
AT_A_TIME: Final = 1 << 20  # bytes that are gathered before they are hashed and written
DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", flags=re.IGNORECASE)  # to Windows, with any ending
UNSAFE: Final = frozenset('/\\:*?"<>|;%')
NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

log = structlog.get_logger(__name__)


class StoredUpload(Upload):
    """What is written beside the content; uploads of former versions say nothing of their owner."""

    owner: str = LOCAL_USER


class UploadStore:
    """One folder per upload: its content, what it is, and files derived from it.

    A folder is filled under another name and renamed when it is whole, so that what has a name is complete. The time
    of its last use is the modification time of `meta.json`. No file name of a user reaches the disk.
    """

    def __init__(self, folder: Path, *, max_total_bytes: int, kept_hours: float) -> None:
        self._root = folder
        self._kept_hours = kept_hours
        self._max_total_bytes = max_total_bytes
        self._kept = 0  # bytes of complete uploads and what is derived from them, as of the last count
        self._arriving = 0  # bytes of files that are being written
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._remove_unfinished()
        self._remove_unused()

    def of(self, owner: str) -> "Uploads":
        """Return the uploads of one user."""
        return Uploads(self, owner)

    async def add(self, name: str, chunks: AsyncIterator[bytes], *, owner: str) -> Upload:
        """Write a file as it arrives, hashing and writing off the event loop; what does not end well leaves nothing."""
        await asyncio.to_thread(self._make_room)
        with full_disk_is_said(), self._unfinished() as folder, (folder / CONTENT).open("wb") as file:
            digest, n_bytes, gathered = hashlib.sha256(), 0, bytearray()

            def write(data: bytes) -> None:
                digest.update(data)
                file.write(data)

            try:
                async for chunk in chunks:
                    n_bytes += len(chunk)
                    self._count(len(chunk))
                    gathered += chunk
                    if len(gathered) >= AT_A_TIME:
                        await asyncio.to_thread(write, bytes(gathered))
                        gathered.clear()
                await asyncio.to_thread(write, bytes(gathered))
                file.flush()
                upload = _describe(name, owner=owner, n_bytes=n_bytes, sha256=digest.hexdigest())
                return await asyncio.to_thread(self._keep, upload, folder)
            finally:
                self._arriving -= n_bytes

    def add_file(self, name: str, path: Path, *, owner: str) -> Upload:
        """Take a file of this machine over: `path` is gone afterwards."""
        self._make_room()
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with full_disk_is_said(), self._unfinished() as folder:
            shutil.move(path, folder / CONTENT)
            n_bytes = (folder / CONTENT).stat().st_size
            return self._keep(_describe(name, owner=owner, n_bytes=n_bytes, sha256=sha256), folder)

    def get(self, upload_id: str, *, owner: str) -> Upload:
        """Describe an upload of its owner, and count this as a use of it; for others there is none."""
        missing = UploadNotFoundError(upload_id, kept_hours=self._kept_hours)
        if not ID.fullmatch(upload_id):
            raise missing
        meta = self._root / upload_id / META
        try:
            upload = StoredUpload.model_validate_json(meta.read_bytes())
            if upload.owner != owner:
                raise missing
            os.utime(meta)
        except FileNotFoundError:
            raise missing from None
        return Upload(**upload.model_dump(exclude={"owner"}))

    def folder(self, upload_id: str, *, owner: str) -> Path:
        """Return the folder for files derived from an upload; they go when it goes."""
        self.get(upload_id, owner=owner)
        return self._root / upload_id

    def remove(self, upload_id: str, *, owner: str) -> None:
        """Remove an upload and all that is derived from it."""
        self._discard(self.folder(upload_id, owner=owner))

    @property
    def stored_bytes(self) -> int:
        """Return how many bytes all uploads had when one last came in."""
        return self._kept + self._arriving

    def _count(self, n: int) -> None:
        """Refuse a file as soon as it is larger than the room that is left."""
        self._arriving += n
        if self._kept + self._arriving > self._max_total_bytes:
            raise StorageFullError(self._max_total_bytes)

    def _make_room(self) -> None:
        """Remove what has not been used for long, and refuse more where the rest takes all the room."""
        self._remove_unused()
        self._kept = sum(_size(path) for folder in self._folders() for path in folder.rglob("*"))
        if self._kept >= self._max_total_bytes:
            raise StorageFullError(self._max_total_bytes)

    @contextmanager
    def _unfinished(self) -> Iterator[Path]:
        """Make a folder for a file that arrives; a lock on the folder says that its writer lives."""
        folder = self._root / f"{UNFINISHED}{uuid.uuid4().hex}"
        folder.mkdir()
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def _keep(self, upload: StoredUpload, folder: Path) -> Upload:
        """Give a complete file its name; one that is there already stays, with what was derived from it."""
        final = self._root / upload.id
        (folder / META).write_text(upload.model_dump_json(), encoding="utf-8")
        with self._lock:
            if final.exists():
                return self.get(upload.id, owner=upload.owner)
            os.rename(folder, final)
            self._kept += upload.n_bytes
        return Upload(**upload.model_dump(exclude={"owner"}))

    def _remove_unfinished(self) -> None:
        """Remove what a crash has left half-written: nobody holds its lock, or its size is not what was promised."""
        for folder in self._root.glob(f"{UNFINISHED}*"):
            if not is_locked(folder):
                self._discard(folder)
        for folder in self._folders():
            if not _is_whole(folder):
                log.warning("upload_removed", upload=folder.name, reason="it is not whole")
                self._discard(folder)

    def _remove_unused(self) -> None:
        """Remove uploads whose last use is too long ago."""
        oldest = time.time() - self._kept_hours * 3600
        for folder in self._folders():
            if _last_use(folder) < oldest:
                log.info("upload_removed", upload=folder.name, reason="not used for long")
                self._discard(folder)

    def _discard(self, folder: Path) -> None:
        """Take the name away first, so that nobody meets half a folder."""
        rest = self._root / f"{UNFINISHED}{uuid.uuid4().hex}"
        try:
            os.rename(folder, rest)
        except FileNotFoundError:
            return  # somebody else has removed it meanwhile
        shutil.rmtree(rest, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return [path for path in self._root.iterdir() if ID.fullmatch(path.name)]


@dataclass(frozen=True)
class Uploads:
    """The uploads of one user: those of others are not there."""

    store: UploadStore
    owner: str

    async def add(self, name: str, chunks: AsyncIterator[bytes]) -> Upload:
        """Keep a file as it arrives; the same file again is the same upload."""
        return await self.store.add(name, chunks, owner=self.owner)

    def add_file(self, name: str, path: Path) -> Upload:
        """Take a file of this machine over: `path` is gone afterwards."""
        return self.store.add_file(name, path, owner=self.owner)

    def get(self, upload_id: str) -> Upload:
        """Describe an upload, and count this as a use of it."""
        return self.store.get(upload_id, owner=self.owner)

    def path(self, upload_id: str, *, max_bytes: int | None = None) -> Path:
        """Return where the content lies, unless it is larger than its use allows; this counts as a use of it."""
        upload = self.get(upload_id)
        if max_bytes is not None and upload.n_bytes > max_bytes:
            raise UploadTooLargeError(upload.n_bytes, limit=max_bytes)
        return self.folder(upload_id) / CONTENT

    def folder(self, upload_id: str) -> Path:
        """Return the folder for files derived from an upload; they go when it goes."""
        return self.store.folder(upload_id, owner=self.owner)

    def remove(self, upload_id: str) -> None:
        """Remove an upload and all that is derived from it."""
        self.store.remove(upload_id, owner=self.owner)


def download_name(upload: Upload) -> str:
    """Return a name under which any system can save the file."""
    name = "".join("_" if character in UNSAFE else character for character in upload.name).strip(". ") or "upload"
    return f"_{name}" if DEVICE.match(name) else name


def _describe(name: str, *, owner: str, n_bytes: int, sha256: str) -> StoredUpload:
    """Derive the id from owner, name and content, so that the same file again is the same upload."""
    printable = "".join(character for character in name if character.isprintable())
    shown = unicodedata.normalize("NFC", printable)[-LONGEST_NAME:] or "unnamed"
    return StoredUpload(
        owner=owner,
        id=hashlib.sha256(f"{owner}\n{shown}\n{sha256}".encode()).hexdigest()[:32],
        name=shown,
        n_bytes=n_bytes,
        sha256=sha256,
        created=datetime.now(UTC),
    )


@contextmanager
def full_disk_is_said() -> Iterator[None]:
    """Turn the system's word for a full disk into ours."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise StorageFullError(None) from error
        raise


def is_locked(folder: Path) -> bool:
    """Return whether a living process holds the lock of a folder."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _is_whole(folder: Path) -> bool:
    try:
        upload = Upload.model_validate_json((folder / META).read_bytes())
        return (folder / CONTENT).stat().st_size == upload.n_bytes
    except (OSError, ValueError):
        return False


def _last_use(folder: Path) -> float:
    try:
        return (folder / META).stat().st_mtime
    except FileNotFoundError:
        return time.time()  # it has just been removed


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0
