"""Background work: what can be asked for, what it costs, how far it is, what has come of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from backend.schemas.strict import Flag

Queue = Literal["fast", "heavy"]
Task = Literal["sequence", "chromatin"]  # what a network reads
QUEUES: Final[tuple[Queue, ...]] = get_args(Queue)


class JobState(StrEnum):
    """Where a job is in its life; `backend.jobs.states` holds the transitions."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


FINISHED: frozenset[JobState] = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT})


class JobKindInfo(BaseModel):
    """A kind of job, with all that a form needs."""

    name: str
    title: str
    summary: str
    queue: Queue
    time_limit_s: int
    limits: str = Field(description="What one job may hold, in words, for people to read before they ask.")
    parameters: dict[str, Any] = Field(
        description="JSON Schema of the parameters. Beside the usual words, a field may have `widget` (upload, text, "
        "checkpoint, factor, choices), `accept` (file endings), `titles` (of choices), `section`, `advanced` and "
        "`shown_if`."
    )


class JobRequest(BaseModel):
    """A job to be done."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    title: str = Field(default="", max_length=120, description="Shown in lists; made from the kind when empty.")
    rerun_of: str | None = Field(
        default=None,
        max_length=64,
        description="A job whose uploaded files this one may use again, even when the uploads have expired.",
    )


class JobEstimate(BaseModel):
    """What a job will cost, before it is asked for."""

    seconds: float = Field(description="On this installation: the kind's own figure times what past jobs took.")
    words: str = Field(description="What will be done, counted: '1,000 steps x 50 restarts of demo_cnn'.")
    time_limit_s: int
    warnings: list[str] = Field(default_factory=list)


class JobProgress(BaseModel):
    """How far a job is."""

    step: str
    done: int
    total: int
    unit: str
    per_second: float | None
    seconds_left: float | None


class JobEvent(BaseModel):
    """One line of a job's log."""

    at: datetime
    attempt: int
    message: str


class JobInput(BaseModel):
    """A file that a job reads; a copy is kept with the job."""

    upload: str
    name: str
    n_bytes: int
    sha256: str


class JobFile(BaseModel):
    """A file that a job has written."""

    name: str
    n_bytes: int
    sha256: str
    media_type: str
    description: str
    partial: bool = Field(description="Whether more of it, or more like it, is still to come.")


class JobFailure(BaseModel):
    """Why a job gave no result."""

    title: str
    detail: str
    errors: list[dict[str, Any]] = Field(default_factory=list, description="Places, as in a problem document.")


class JobRow(BaseModel):
    """A job as a list shows it."""

    id: str
    kind: str
    kind_title: str
    title: str
    state: JobState
    reason: str | None = Field(description="Why it is in this state: 'worker lost, retrying 2 of 3'.")
    waiting_for: str | None = Field(description="What a queued job waits for, in words.")
    queue: Queue
    attempt: int = Field(description="Times it was started.")
    is_mine: bool
    shared: bool = Field(default=False, description="Whether everybody who can sign in and has the id may look at it.")
    created: datetime
    started: datetime | None
    finished: datetime | None
    expires: datetime | None = Field(description="When the files of a finished job are removed.")
    expired: bool
    progress: JobProgress | None


class Job(JobRow):
    """A job with everything about it."""

    parameters: dict[str, Any]
    rerun_of: str | None
    inputs: list[JobInput]
    estimate_s: float
    deadline_s: int
    files: list[JobFile]
    has_live: bool = Field(description="Whether GET /jobs/{id}/live has something to show.")
    summary: dict[str, Any] = Field(description="Figures of the result, by name.")
    checkpoints: list[str] = Field(description="Checkpoints that this job has added to the catalog.")
    failure: JobFailure | None
    digest: str | None = Field(description="sha256 over the names and digests of all result files.")
    log: list[JobEvent]
    versions: dict[str, str]
    revision: int = Field(description="Counts changes; the ETag of this document.")


class JobSharing(BaseModel):
    """Whether others may look at a job."""

    model_config = ConfigDict(extra="forbid")

    shared: Flag


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobRow]
    total: int = Field(description="Jobs that match, of which `jobs` may be a page.")
    counts: dict[JobState, int] = Field(description="Of all jobs in view, whatever the filter for states.")


class JobLimits(BaseModel):
    """How many jobs one user may have."""

    waiting_per_user: int
    running_per_user: int
    waiting_in_all: int
    kept_days: float
