"""The motif library, and whether the functions that name motifs are ready: numba compiles them at the first start."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

import structlog

from backend.config import Settings
from backend.services.errors import (
    MotifNotFoundError,
    MotifsFailedError,
    MotifsNotReadyError,
    UnusableMotifFileError,
)
from backend.services.lasting_objects import keep_more
from backend.services.motif_controls import Controls
from models.errors import InvalidMotifFileError
from models.motifs.library import MotifLibrary, jaspar_library, own_library
from models.motifs.motif import Motif
from models.motifs.warm_up import motif_functions_are_compiled, warm_motif_functions

State = Literal["preparing", "ready", "failed"]
# Page and API answer first; what compiles or loads after them does so without taking time from them.
DELAY_S: Final = 3.0
LEAST_PRIORITY: Final = 19

log = structlog.get_logger(__name__)


class MotifTools:
    """Read the library at first use, and load what names motifs once, in the background."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.motif_file
        self._library: MotifLibrary | None = None
        self._state: State = "preparing"
        self._loading = threading.Lock()
        self.controls = Controls()

    @property
    def state(self) -> State:
        """Say whether motifs can be named now."""
        return "failed" if self._state == "preparing" and self._unreadable() else self._state

    @property
    def library(self) -> MotifLibrary:
        """Return the library.

        Raises
        ------
        UnusableMotifFileError
            If the lab's own file cannot be read.
        """
        with self._loading:
            if self._library is None:
                self._library = _read(self._path)
        return self._library

    def motif(self, motif_id: str) -> Motif:
        """Return one motif of the library."""
        if motif_id not in self.library.by_id:
            raise MotifNotFoundError(self.library.info.name)
        return self.library.by_id[motif_id]

    def require_ready(self) -> MotifLibrary:
        """Return the library, or raise the error that says when to ask again, or what went wrong."""
        library = self.library
        if self._state != "ready":
            raise MotifsFailedError if self._state == "failed" else MotifsNotReadyError
        return library

    def prepare(self) -> None:
        """Read the library and load what names motifs, from numba's cache where it is warm; a minute where not.

        It raises nothing: the state and the log say what went wrong, and everything else works without names.
        """
        try:
            warm_motif_functions(self.library)
            self._state = "ready"
        except UnusableMotifFileError as error:
            self._state = "failed"
            log.error("motif_file_unusable", reason=str(error))
        except Exception as error:
            self._state = "failed"
            log.error("motif_names_failed", exc_info=error)

    def _unreadable(self) -> bool:
        try:
            return not self.library
        except UnusableMotifFileError:
            return True


@asynccontextmanager
async def preparing(tools: MotifTools) -> AsyncIterator[None]:
    """Prepare the tools in the background for as long as the context lasts."""
    task = asyncio.create_task(_prepare(tools))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _prepare(tools: MotifTools) -> None:
    """Compile, where that has not been done, in a process of its own; then load what numba's cache holds."""
    await asyncio.sleep(DELAY_S)
    try:
        if not await asyncio.to_thread(motif_functions_are_compiled):
            await _compile()
    except Exception as error:  # then the first one to need it compiles
        log.warning("warm_up_failed", exc_info=error)
    await asyncio.to_thread(tools.prepare)
    keep_more()


async def _compile() -> None:
    """Fill numba's cache at the lowest priority; the process ends with its caller."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.warm_up",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, preexec_fn=_be_nice,
    )  # fmt: skip
    try:
        if code := await process.wait():
            log.warning("warm_up_failed", exit_code=code)
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise


def _be_nice() -> None:
    os.nice(LEAST_PRIORITY)


def _read(path: Path | None) -> MotifLibrary:
    if path is None:
        return jaspar_library()
    try:
        library = own_library(path)
    except InvalidMotifFileError as error:
        raise UnusableMotifFileError(path.name, str(error)) from error
    if library.caution:
        log.warning("few_motifs", caution=library.caution)
    return library
