"""Folders for what an attempt at a job writes on its own machine; those of killed workers are removed by the next."""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from backend.services.uploads import is_locked

PREFIX: Final = "regulens-job-"
YOUNG_S: Final = 60.0  # a folder that was made just now may not be locked yet


class Scratch:
    """An empty folder with a lock on it, which ends with the process at the latest."""

    def __init__(self) -> None:
        _remove_abandoned()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock: int | None = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _remove_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            is_left = time.time() - folder.stat().st_mtime > YOUNG_S and not is_locked(folder)
        except OSError:  # gone meanwhile, or another user's
            continue
        if is_left:
            shutil.rmtree(folder, ignore_errors=True)
