"""What every kind of job is, what it is given to check a request, and what it is given to run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from backend.config import Settings
from backend.schemas.jobs import Queue, Task

UPLOAD_ID = r"^[0-9a-f]{32}$"
UploadId = Annotated[str, Field(pattern=UPLOAD_ID, json_schema_extra={"widget": "upload"})]


class JobParameters(BaseModel):
    """Parameters of a kind; the page draws its form from their JSON schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Cost:
    """What a job will take.

    `seconds` is for two slow cores; what past jobs of the kind took on this installation corrects it.
    """

    seconds: float
    words: str
    warnings: tuple[str, ...] = ()


class JobPlace(Protocol):
    """What a request can be checked against: settings, files and checkpoints, nothing that writes."""

    @property
    def settings(self) -> Settings:
        """Return the settings of the service."""
        ...

    def input(self, upload: str) -> Path:
        """Return where an uploaded file lies; raises `UploadNotFoundError`."""
        ...

    def input_name(self, upload: str) -> str:
        """Return the name under which a file was uploaded."""
        ...

    def checkpoint_folder(self, name: str, task: Task) -> Path:
        """Return the folder that holds the folder `name` of a checkpoint; raises `CheckpointNotFoundError`.

        `load_checkpoint(name, folder=place.checkpoint_folder(name, "sequence"))` loads it.
        """
        ...

    def checkpoint_names(self, task: Task) -> tuple[str, ...]:
        """Return all checkpoints, those that come along first, then trained and imported ones."""
        ...


class JobRun(JobPlace, Protocol):
    """What a running job is given. Every method but the properties may raise `JobStopped`; let it pass."""

    @property
    def attempt(self) -> int:
        """Return which start of the job this is, from 1."""
        ...

    @property
    def scratch(self) -> Path:
        """Return an empty folder of this attempt, removed when it ends."""
        ...

    def report(self, step: str, *, done: int, total: int, unit: str) -> None:
        """Say how far the job is. Call it often (every step or batch): here a job learns that it is to stop."""
        ...

    def log(self, message: str) -> None:
        """Add a line to the log that users read."""
        ...

    def show(self, make: Callable[[], BaseModel], *, now: bool = False) -> None:
        """Replace what the page shows live; `make` is called at most once a second, or at once if `now`.

        `make` returns one of `backend.schemas.job_live`. Show with `now` at the end: what was shown last stays.
        """
        ...

    def keep(self, name: str, content: bytes) -> None:
        """Keep working state that the next attempt finds, whole or not at all (`kept`)."""
        ...

    def kept(self, name: str) -> bytes | None:
        """Return what an earlier attempt or this one has kept under a name."""
        ...

    def offer(
        self, name: str, source: Path | bytes, *, media_type: str, description: str, partial: bool = False
    ) -> None:
        """Publish a result file, downloadable at once; the same name again replaces it.

        A `partial` file is a finished piece of an unfinished whole: it outlives the attempt, so a later attempt need
        not make it again (`offered`), and is removed once the job has succeeded. Equal input must give equal bytes.
        """
        ...

    def offered(self) -> Iterator[str]:
        """Return the names of partial files that earlier attempts have offered."""
        ...

    def offered_content(self, name: str) -> Path:
        """Return where a partial file lies, to be read."""
        ...

    def add_checkpoint(self, folder: Path, task: Task) -> None:
        """Put a complete checkpoint (weights and card) into the catalog; the folder's name is its name."""
        ...


@dataclass(frozen=True)
class JobKind:
    """A registered kind of job.

    Attributes
    ----------
    name, title, summary, limits : str
        For the page. `limits` says in words what one job may hold.
    queue : {"fast", "heavy"}
        `heavy` for what may take more than a minute; what is estimated to take less goes to `fast` all the same.
    time_limit_s : int
        After which the job is ended for good (`timed_out`).
    parameters : type of JobParameters
        Fields annotated `UploadId` (or lists of them) name files; a copy of each is kept with the job.
    check : callable
        ``check(parameters, place) -> Cost`` in the request, so in a second or two: raises `InvalidFieldsError`
        (`refused_field("parameters.NAME", code, message)`) or the parser's own error, with the place and the remedy.
    run : callable
        ``run(parameters, run) -> summary``, figures by name that JSON can hold. Equal parameters and inputs give
        files equal byte for byte, whatever was interrupted in between: no dates, no random ids in them.
    """

    name: str
    title: str
    summary: str
    limits: str
    queue: Queue
    time_limit_s: int
    parameters: type[JobParameters]
    check: Callable[[Any, JobPlace], Cost]
    run: Callable[[Any, JobRun], dict[str, Any]]
