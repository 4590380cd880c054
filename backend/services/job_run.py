"""What a running job is given: `JobRun` over the ledger and the storage."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings
from backend.jobs.files import attempt_folder, input_path, kept_folder, kept_path, parts_folder, result_folder, safe
from backend.jobs.leases import Claim, Standing, log, write
from backend.jobs.ledger import Ledger
from backend.jobs.storage import Storage
from backend.schemas.jobs import Task
from backend.services.checkpoint_library import add_to_library, library_folder, library_names
from backend.services.errors import UploadNotFoundError
from backend.services.job_kinds.stopped import JobStopped
from backend.services.scratch import Scratch
from backend.services.uploads import full_disk_is_said
from backend.services.versions import versions

WRITE_EVERY_S: Final = 1.0
MADE_BY: Final = "made-by.json"  # the versions whose working state and finished pieces a job has
NEVER: Final = float("-inf")
RATE_OVER_S: Final = 10.0  # seconds of the past from which rate and time left are told

logger = structlog.get_logger(__name__)


class RunningJob:
    """One attempt at a job. What the page sees of it is written at most once a second."""

    def __init__(self, held: Claim, *, ledger: Ledger, storage: Storage, settings: Settings) -> None:
        self.settings = settings
        self.attempt = held.attempt
        self.standing = Standing.GO_ON  # set by the thread that renews the lease
        self.files: list[dict[str, Any]] = list(held.job.files)
        self.checkpoints: list[str] = []
        self._held, self._ledger, self._storage = held, ledger, storage
        self._scratch = Scratch()
        self._progress: dict[str, Any] | None = None
        self._live_revision: int = held.job.live_revision
        self._reported = self._shown = NEVER
        self._rate = _Rate()

    def close(self) -> None:
        """Remove the scratch folder."""
        self._scratch.close()

    def forget_other_versions(self) -> None:
        """Remove the working state and finished pieces that another version of the service has left."""
        made_by = json.dumps(versions(), sort_keys=True).encode()
        found = self.kept(MADE_BY)
        if found == made_by:
            return
        if found is not None:
            self.log("The service was updated meanwhile; the job starts over.")
            self._storage.remove(kept_folder(self._held.job_id))
            self._storage.remove(parts_folder(self._held.job_id))
            self.files = []
        self.keep(MADE_BY, made_by)

    @property
    def scratch(self) -> Path:
        """Return an empty folder, removed when the attempt ends."""
        return self._scratch.folder

    def input(self, upload: str) -> Path:
        """Return where the job's copy of an uploaded file lies."""
        path = input_path(self._held.job_id, self._input(upload)["upload"])
        return self._storage.local(path, cache=self.scratch)

    def input_name(self, upload: str) -> str:
        """Return the name under which a file was uploaded."""
        return str(self._input(upload)["name"])

    def checkpoint_folder(self, name: str, task: Task) -> Path:
        """Return the folder that holds a checkpoint's folder."""
        return library_folder(name, task, settings=self.settings, storage=self._storage)

    def checkpoint_names(self, task: Task) -> tuple[str, ...]:
        """Return all checkpoints."""
        return library_names(task, settings=self.settings, storage=self._storage)

    def report(self, step: str, *, done: int, total: int, unit: str) -> None:
        """Say how far the job is, and stop if it is to stop."""
        self._stop_if_told()
        now = time.monotonic()
        pause_s = WRITE_EVERY_S if self._shown == NEVER else 2 * WRITE_EVERY_S  # what is shown brings it along
        rate = self._rate.after(step, done, now)
        left = (total - done) / rate if rate else None
        self._progress = {"step": step, "done": done, "total": total, "unit": unit, "per_second": rate}
        self._progress["seconds_left"] = left
        if now - self._reported >= pause_s:
            self._reported = now
            self._write(progress=self._progress)

    def log(self, message: str) -> None:
        """Add a line to the log that users read."""
        self._stop_if_told()
        with suppress(SQLAlchemyError):  # a line less; the database comes back or the lease ends
            log(self._ledger, self._held, message)

    def show(self, make: Callable[[], BaseModel], *, now: bool = False) -> None:
        """Replace what the page shows."""
        self._stop_if_told()
        at = time.monotonic()
        if not now and at - self._shown < WRITE_EVERY_S:
            return
        self._shown = self._reported = at
        path = f"{attempt_folder(self._held.job_id, self.attempt)}/live.json"
        content = make().model_dump_json().encode()
        try:
            self._storage.write(path, content)
        except OSError as error:  # a full disk: a picture less
            logger.warning("live_not_written", job=self._held.job_id, reason=str(error))
            return
        self._live_revision += 1
        self._write(live=path, live_revision=self._live_revision, **self._progress_to_write())

    def keep(self, name: str, content: bytes) -> None:
        """Keep working state for the next attempt."""
        self._stop_if_told()
        with full_disk_is_said():
            self._storage.write(kept_path(self._held.job_id, name), content)

    def kept(self, name: str) -> bytes | None:
        """Return working state."""
        try:
            return self._storage.read(kept_path(self._held.job_id, name))
        except FileNotFoundError:
            return None

    def offer(
        self, name: str, source: Path | bytes, *, media_type: str, description: str, partial: bool = False
    ) -> None:
        """Publish a result file."""
        self._stop_if_told()
        job_id = self._held.job_id
        folder = parts_folder(job_id) if partial else result_folder(job_id, self.attempt)
        path = f"{folder}/{safe(name)}"
        with full_disk_is_said():
            self._storage.write(path, source)
        file = {"name": name, "path": path, "media_type": media_type, "description": description, "partial": partial}
        file |= _measure(source)
        self.files = [other for other in self.files if other["name"] != name] + [file]
        self._write(files=self.files)

    def offered(self) -> Iterator[str]:
        """Return the names of finished pieces."""
        yield from self._storage.names(parts_folder(self._held.job_id))

    def offered_content(self, name: str) -> Path:
        """Return where a finished piece lies."""
        return self._storage.local(f"{parts_folder(self._held.job_id)}/{safe(name)}", cache=self.scratch)

    def add_checkpoint(self, folder: Path, task: Task) -> None:
        """Put a complete checkpoint into the catalog."""
        self._stop_if_told()
        with full_disk_is_said():
            add_to_library(folder, task, storage=self._storage, owner=self._held.job.owner)
        self.checkpoints.append(folder.name)
        self._write(checkpoints=self.checkpoints)

    def _input(self, upload: str) -> dict[str, Any]:
        for given in self._held.job.inputs:
            if given["upload"] == upload:
                return dict(given)
        raise UploadNotFoundError(upload, kept_hours=self.settings.kept_hours)

    def _stop_if_told(self) -> None:
        if self.standing is not Standing.GO_ON:
            raise JobStopped

    def _progress_to_write(self) -> dict[str, Any]:
        return {} if self._progress is None else {"progress": self._progress}

    def _write(self, **values: Any) -> None:
        """Write what the page sees; a database that is away for a moment costs the job nothing."""
        try:
            if not write(self._ledger, self._held, **values):
                self.standing = Standing.LOST
        except SQLAlchemyError as error:
            logger.warning("progress_not_written", job=self._held.job_id, reason=str(error))
        self._stop_if_told()


class _Rate:
    """How fast a step goes, over its last seconds."""

    def __init__(self) -> None:
        self._step = ""
        self._marks: list[tuple[float, int]] = []

    def after(self, step: str, done: int, now: float) -> float | None:
        """Return units per second, or None while nobody can tell."""
        if step != self._step:
            self._step, self._marks = step, []
        if not self._marks or now - self._marks[-1][0] >= WRITE_EVERY_S / 4:
            self._marks.append((now, done))
        self._marks = [mark for mark in self._marks if now - mark[0] <= RATE_OVER_S] or [(now, done)]
        since, before = self._marks[0]
        return (done - before) / (now - since) if done > before and now > since else None


def _measure(source: Path | bytes) -> dict[str, Any]:
    if isinstance(source, bytes):
        return {"n_bytes": len(source), "sha256": hashlib.sha256(source).hexdigest()}
    with source.open("rb") as file:
        return {"n_bytes": source.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
