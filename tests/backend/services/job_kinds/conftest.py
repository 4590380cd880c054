"""A job's surroundings in a folder, for the tests of the kinds."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from backend.config import Settings
from backend.schemas.job_live import JobLive
from backend.services.errors import CheckpointNotFoundError, UploadNotFoundError
from backend.services.job_kinds.stopped import JobStopped
from models.checkpoints import PRETRAINED, PRETRAINED_CHROMATIN, checkpoint_names

PRETRAINED_OF = {"sequence": PRETRAINED, "chromatin": PRETRAINED_CHROMATIN}


class FakeRun:
    """Keep everything in `folder`; a second one over the same folder is the next attempt."""

    def __init__(
        self,
        folder: Path,
        *,
        uploads: Mapping[str, Path] | None = None,
        attempt: int = 1,
        stop_after: int | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.folder = folder
        self.attempt = attempt
        self.settings = settings or Settings(data_dir=folder / "data")
        self.scratch = folder / f"scratch-{attempt}"
        self.scratch.mkdir(parents=True)
        self.files: dict[str, Path] = {}
        self.descriptions: dict[str, tuple[str, str]] = {}
        self.live: list[Any] = []
        self.logs: list[str] = []
        self.progress: list[tuple[str, int, int, str]] = []
        self._uploads = dict(uploads or {})
        self._left = stop_after

    def input(self, upload: str) -> Path:
        if upload not in self._uploads:
            raise UploadNotFoundError(upload, kept_hours=24)
        return self._uploads[upload]

    def input_name(self, upload: str) -> str:
        return self.input(upload).name

    def checkpoint_names(self, task: str) -> tuple[str, ...]:
        own = self.folder / "checkpoints" / task
        return (*checkpoint_names(PRETRAINED_OF[task]), *checkpoint_names(own))

    def checkpoint_folder(self, name: str, task: str) -> Path:
        for folder in (PRETRAINED_OF[task], self.folder / "checkpoints" / task):
            if name in checkpoint_names(folder):
                return folder
        raise CheckpointNotFoundError(name)

    def report(self, step: str, *, done: int, total: int, unit: str) -> None:
        assert 0 <= done <= total
        self.progress.append((step, done, total, unit))
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise JobStopped

    def log(self, message: str) -> None:
        self.logs.append(message)

    def show(self, make: Callable[[], Any], *, now: bool = False) -> None:
        live = make()
        self.live.append(JobLive.model_validate_json(JobLive(revision=1, live=live).model_dump_json()).live)

    def keep(self, name: str, content: bytes) -> None:
        path = self.folder / "kept" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def kept(self, name: str) -> bytes | None:
        path = self.folder / "kept" / name
        return path.read_bytes() if path.exists() else None

    def offer(
        self, name: str, source: Path | bytes, *, media_type: str, description: str, partial: bool = False
    ) -> None:
        path = self.folder / ("parts" if partial else f"files-{self.attempt}") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
        self.files[name] = path
        self.descriptions[name] = (media_type, description)

    def offered(self) -> Iterator[str]:
        folder = self.folder / "parts"
        yield from sorted(path.name for path in folder.glob("*"))

    def offered_content(self, name: str) -> Path:
        return self.folder / "parts" / name

    def add_checkpoint(self, folder: Path, task: str) -> None:
        target = self.folder / "checkpoints" / task / folder.name
        target.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            (target / path.name).write_bytes(path.read_bytes())


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., FakeRun]:
    """Make the surroundings of an attempt; each call is another attempt at the same job."""

    def make(**options: Any) -> FakeRun:
        attempt = 1 + len(list(tmp_path.glob("scratch-*")))
        return FakeRun(tmp_path, attempt=attempt, **options)

    return make
