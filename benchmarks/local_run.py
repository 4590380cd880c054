"""A job's surroundings without a ledger, in a folder: what a kind of job costs by itself."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from backend.config import Settings
from models.checkpoints import PRETRAINED, PRETRAINED_CHROMATIN, checkpoint_names

_FOLDERS: Final = {"sequence": PRETRAINED, "chromatin": PRETRAINED_CHROMATIN}


class LocalRun:
    """A `JobRun` that nobody watches."""

    attempt = 1

    def __init__(self, folder: Path, uploads: Mapping[str, Path]) -> None:
        self.settings = Settings(data_dir=folder / "data", device="cpu")
        self.scratch = folder / "scratch"
        self._parts, self._files, self._kept = folder / "parts", folder / "files", folder / "kept"
        for each in (self.scratch, self._parts, self._files, self._kept):
            each.mkdir()
        self._uploads = uploads

    def input(self, upload: str) -> Path:
        """Return where an input lies."""
        return self._uploads[upload]

    def input_name(self, upload: str) -> str:
        """Return the name of an input."""
        return self._uploads[upload].name

    def checkpoint_folder(self, name: str, task: str) -> Path:  # noqa: ARG002
        """Return the folder of the checkpoints that come along."""
        return _FOLDERS[task]

    def checkpoint_names(self, task: str) -> tuple[str, ...]:
        """Return the checkpoints that come along."""
        return checkpoint_names(_FOLDERS[task])

    def report(self, step: str, *, done: int, total: int, unit: str) -> None:
        """Tell nobody."""

    def log(self, message: str) -> None:
        """Tell nobody."""

    def show(self, make: Callable[[], Any], *, now: bool = False) -> None:  # noqa: ARG002
        """Make what would be shown."""
        make()

    def keep(self, name: str, content: bytes) -> None:
        """Keep working state."""
        (self._kept / name).write_bytes(content)

    def kept(self, name: str) -> bytes | None:
        """Return working state."""
        path = self._kept / name
        return path.read_bytes() if path.exists() else None

    def offer(self, name: str, source: Path | bytes, *, partial: bool = False, **_: str) -> None:
        """Keep a file; it is linked, as storing it is not what is measured."""
        path = (self._parts if partial else self._files) / name
        if isinstance(source, bytes):
            path.write_bytes(source)
        else:
            os.link(source, path)

    def offered(self) -> Iterator[str]:
        """Return the names of the parts."""
        yield from sorted(path.name for path in self._parts.iterdir())

    def offered_content(self, name: str) -> Path:
        """Return where a part lies."""
        return self._parts / name
