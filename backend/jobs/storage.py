"""Files of jobs and trained checkpoints: a folder, or whatever else fsspec reaches, such as S3-compatible storage."""

import math
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

UNFINISHED: Final = ".unfinished-"
FETCHED_KEPT_S: Final = 3 * 86_400.0  # longer than any job runs


class Storage:
    """Files by path below one root. What has a name is whole: a file is written under another name and renamed.

    In object storage an upload becomes visible only when it is complete, so there nothing has to be renamed.
    """

    def __init__(self, url: str) -> None:
        self._fs: Any
        self._fs, root = url_to_fs(url)
        self._root = str(root).rstrip("/")
        self._is_local = isinstance(self._fs, LocalFileSystem)

    def write(self, path: str, source: bytes | Path) -> None:
        """Write a file, whole or not at all; one of that name is replaced."""
        if self._is_local:
            self._write_locally(Path(self._at(path)), source)
        elif isinstance(source, bytes):
            self._fs.pipe_file(self._at(path), source)
        else:
            self._fs.put_file(str(source), self._at(path))

    def create(self, path: str, content: bytes) -> bool:
        """Write a file unless there is one of that name, and return whether it was written."""
        if self._is_local:
            return self._create_locally(Path(self._at(path)), content)
        try:
            self._fs.pipe_file(self._at(path), content, mode="create")
        except OSError:  # each kind of storage says in its own way that there is one already
            if self.exists(path):
                return False
            raise
        return True

    def read(self, path: str) -> bytes:
        """Return a file's content; raises `FileNotFoundError`."""
        return cast(bytes, self._fs.cat_file(self._at(path)))

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading as it comes; raises `FileNotFoundError`."""
        return cast(BinaryIO, self._fs.open(self._at(path), "rb"))

    def local(self, path: str, *, cache: Path, version: str = "") -> Path:
        """Return where a file lies on this machine, fetching it into `cache` where it lies elsewhere.

        Another `version` is fetched anew; what nobody has asked for in days leaves the cache again.
        """
        if self._is_local:
            return Path(self._at(path))
        target = cache / version / path
        try:
            os.utime(target)
        except FileNotFoundError:
            _forget_unused(cache)
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
            self._fs.get_file(self._at(path), str(unfinished))
            os.replace(unfinished, target)
        return target

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder of that name."""
        self._fs.invalidate_cache()
        return bool(self._fs.exists(self._at(path)))

    def size(self, path: str) -> int:
        """Return the bytes of a file."""
        return int(self._fs.size(self._at(path)))

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what lies directly in a folder, sorted; nothing if it does not exist."""
        self._fs.invalidate_cache()
        with suppress(FileNotFoundError):
            paths = self._fs.ls(self._at(folder), detail=False)
            names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)
            return tuple(sorted(name for name in names if not name.startswith(UNFINISHED)))
        return ()

    def walk(self, folder: str) -> Iterator[str]:
        """Return the paths of all files below a folder, relative to it, sorted."""
        self._fs.invalidate_cache()
        start = self._at(folder).rstrip("/")
        for found in sorted(self._fs.find(start)):
            relative = str(found)[len(start) + 1 :]
            if UNFINISHED not in relative:
                yield relative

    def stamps(self, folder: str) -> dict[str, str]:
        """Return the files below a folder, as `walk`, each with something that changes when the file is replaced."""
        self._fs.invalidate_cache()
        start = self._at(folder).rstrip("/")
        found = {str(path)[len(start) + 1 :]: repr(info) for path, info in self._fs.find(start, detail=True).items()}
        return {path: stamp for path, stamp in sorted(found.items()) if UNFINISHED not in path}

    def changed(self, folder: str) -> float:
        """Return when a file below a folder was last written, in seconds since 1970; for ever from now without one."""
        self._fs.invalidate_cache()
        paths = self._fs.find(self._at(folder))
        return max((float(self._fs.modified(path).timestamp()) for path in paths), default=math.inf)

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it; it need not be there."""
        self._fs.invalidate_cache()
        with suppress(FileNotFoundError):
            self._fs.rm(self._at(path), recursive=True)

    def free_bytes(self) -> int | None:
        """Return the room that is left on the disk, or None where nobody can say."""
        if not self._is_local:
            return None
        Path(self._root).mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._root).free

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _write_locally(self, target: Path, source: bytes | Path) -> None:
        """Write beside the target, make sure that it is on the disk, rename."""
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
        try:
            with unfinished.open("wb") as file:
                if isinstance(source, bytes):
                    file.write(source)
                else:
                    with source.open("rb") as original:
                        shutil.copyfileobj(original, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)

    def _create_locally(self, target: Path, content: bytes) -> bool:
        """Write beside the target and link, which fails where there is one already."""
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f"{UNFINISHED}{uuid.uuid4().hex}")
        try:
            unfinished.write_bytes(content)
            os.link(unfinished, target)
        except FileExistsError:
            return False
        finally:
            unfinished.unlink(missing_ok=True)
        return True


def _forget_unused(cache: Path) -> None:
    oldest = time.time() - FETCHED_KEPT_S
    for path in cache.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink()
