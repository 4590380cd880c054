"""From a request to a job that is written down."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings
from backend.jobs.files import input_path, job_folder
from backend.jobs.ledger import Ledger, without_nul
from backend.jobs.storage import Storage
from backend.jobs.submissions import Limits, NewJob, find_by_key, speed_ratio, submit
from backend.schemas.jobs import JobEstimate, JobRequest, Task
from backend.services.checkpoint_library import library_folder, library_names
from backend.services.errors import (
    FieldError,
    InvalidFieldsError,
    StorageFullError,
    UploadNotFoundError,
    refused_field,
)
from backend.services.field_messages import field_message
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_kinds.kind import UPLOAD_ID, Cost, JobKind, JobParameters
from backend.services.job_views import readable_job
from backend.services.uploads import Uploads, full_disk_is_said
from backend.services.versions import versions

SHORT_S: Final = 60.0  # a job of any kind that will take no longer need not wait behind long ones
LONGEST_PARAMETERS: Final = 2_000_000  # characters of JSON; larger things are uploads


class RequestPlace:
    """What a request is checked against: `JobPlace` over the uploads, and over the inputs of an earlier job."""

    def __init__(self, uploads: Uploads, *, storage: Storage, settings: Settings, earlier: Row[Any] | None) -> None:
        self.settings = settings
        self._uploads, self._storage = uploads, storage
        self._earlier = {} if earlier is None else {given["upload"]: given for given in earlier.inputs}
        self._earlier_id = None if earlier is None else str(earlier.id)

    def input(self, upload: str) -> Path:
        """Return where an uploaded file lies."""
        with suppress(UploadNotFoundError):
            return self._uploads.path(upload)
        path = input_path(self._earlier_id or "", upload)
        if upload not in self._earlier or not self._storage.exists(path):
            raise UploadNotFoundError(upload, kept_hours=self.settings.kept_hours)
        return self._storage.local(path, cache=self.settings.data_dir / "fetched-inputs")

    def input_name(self, upload: str) -> str:
        """Return the name under which a file was uploaded."""
        return str(self.describe(upload)["name"])

    def describe(self, upload: str) -> dict[str, Any]:
        """Return what the job's row says about a file."""
        with suppress(UploadNotFoundError):
            known = self._uploads.get(upload)
            return {"upload": upload, "name": known.name, "n_bytes": known.n_bytes, "sha256": known.sha256}
        if upload not in self._earlier:
            raise UploadNotFoundError(upload, kept_hours=self.settings.kept_hours)
        return dict(self._earlier[upload])

    def checkpoint_folder(self, name: str, task: Task) -> Path:
        """Return the folder that holds a checkpoint's folder."""
        return library_folder(name, task, settings=self.settings, storage=self._storage)

    def checkpoint_names(self, task: Task) -> tuple[str, ...]:
        """Return all checkpoints."""
        return library_names(task, settings=self.settings, storage=self._storage)


class JobRequests:
    """Check, price and accept the jobs of the user whose uploads these are."""

    def __init__(self, ledger: Ledger, *, storage: Storage, uploads: Uploads, settings: Settings) -> None:
        self._ledger, self._storage, self._uploads, self._settings = ledger, storage, uploads, settings

    def of(self, uploads: Uploads) -> "JobRequests":
        """Return the same for the owner of other uploads."""
        return JobRequests(self._ledger, storage=self._storage, uploads=uploads, settings=self._settings)

    def estimate(self, request: JobRequest) -> JobEstimate:
        """Say what a job will cost, or why it cannot be done."""
        kind, parameters = _read(request)
        return _estimate(kind, kind.check(parameters, self._place(request)), self._ratio(kind))

    def accept(self, request: JobRequest, *, key: str | None) -> str:
        """Check a job, copy its files and write it down; return its id, or that of an equal request with this key."""
        kind, parameters = _read(request)
        job = self._new_job(request, kind, parameters, key=key)
        if (found := find_by_key(self._ledger, job)) is not None:
            return found
        self._refuse_without_room()
        place = self._place(request)
        cost = kind.check(parameters, place)
        seconds = cost.seconds * self._ratio(kind)
        given = list(dict.fromkeys(_uploads_in(kind, job.parameters)))
        job = job._replace(
            inputs=[place.describe(upload) for upload in given],
            queue="fast" if seconds <= SHORT_S else kind.queue,
            nominal_s=cost.seconds,
            estimate_s=seconds,
        )
        accepted = None
        try:
            with full_disk_is_said():
                for upload in given:
                    self._storage.write(input_path(job.id, upload), place.input(upload))
            accepted = submit(self._ledger, job, limits=self._limits())
        except SQLAlchemyError:  # perhaps it is written down all the same; if not, its files go with those of old jobs
            accepted = job.id
            raise
        finally:
            if accepted != job.id:  # refused, or it is there already
                self._storage.remove(job_folder(job.id))
        return accepted

    def _place(self, request: JobRequest) -> RequestPlace:
        earlier: Row[Any] | None = None
        if request.rerun_of is not None:
            earlier = readable_job(self._ledger, request.rerun_of, asker=self._uploads.owner)
        return RequestPlace(self._uploads, storage=self._storage, settings=self._settings, earlier=earlier)

    def _new_job(self, request: JobRequest, kind: JobKind, parameters: JobParameters, *, key: str | None) -> NewJob:
        return NewJob(
            id=secrets.token_hex(16),
            kind=kind.name,
            title=without_nul(request.title).strip() or kind.title,
            queue=kind.queue,
            owner=self._uploads.owner,
            parameters=parameters.model_dump(mode="json"),
            inputs=[],
            rerun_of=request.rerun_of and without_nul(request.rerun_of),
            idempotency_key=key,
            nominal_s=0.0,
            estimate_s=0.0,
            limit_s=kind.time_limit_s,
            versions=versions(),
        )

    def _ratio(self, kind: JobKind) -> float:
        return speed_ratio(self._ledger, kind.name)

    def _limits(self) -> Limits:
        return Limits(self._settings.waiting_jobs_per_user, self._settings.waiting_jobs)

    def _refuse_without_room(self) -> None:
        free = self._storage.free_bytes()
        if free is not None and free < self._settings.min_free_bytes:
            raise StorageFullError(None)


def _read(request: JobRequest) -> tuple[JobKind, JobParameters]:
    """Find the kind and read its parameters; every mistake is named by its field."""
    if request.kind not in JOB_KINDS:
        known = ", ".join(JOB_KINDS.names())
        raise refused_field("kind", "unknown_kind", f"There is no such kind of job. Known: {known}.")
    if len(json.dumps(request.parameters)) > LONGEST_PARAMETERS:
        message = f"The parameters hold more than {LONGEST_PARAMETERS:,} characters. Upload long texts as files."
        raise refused_field("parameters", "too_long", message)
    kind = JOB_KINDS.get(request.kind)
    try:
        return kind, kind.parameters.model_validate(request.parameters)
    except ValidationError as error:
        raise InvalidFieldsError(tuple(_field_errors(error, kind))) from None


def _field_errors(error: ValidationError, kind: JobKind) -> Iterator[FieldError]:
    fields = kind.parameters.model_fields
    for mistake in error.errors(include_url=False, include_input=False):
        path = ".".join(map(str, ("parameters", *mistake["loc"])))
        known = fields.get(str(mistake["loc"][0])) if mistake["loc"] else None
        hint = (known.description if known else None) or ""
        yield FieldError(path, mistake["type"], field_message(mistake, hint=hint))


def _estimate(kind: JobKind, cost: Cost, ratio: float) -> JobEstimate:
    seconds = cost.seconds * ratio
    warnings = list(cost.warnings)
    if seconds > kind.time_limit_s:
        warnings.append("This will probably take longer than a job of this kind may. Ask for less.")
    return JobEstimate(seconds=seconds, words=cost.words, time_limit_s=kind.time_limit_s, warnings=warnings)


def _uploads_in(kind: JobKind, parameters: Mapping[str, Any]) -> Iterator[str]:
    """Return the ids of all files that the parameters name."""
    for name, schema in kind.parameters.model_json_schema()["properties"].items():
        if '"widget": "upload"' not in json.dumps(schema):
            continue
        given = parameters.get(name)
        values = given if isinstance(given, list) else [given]
        yield from (value for value in values if isinstance(value, str) and re.fullmatch(UPLOAD_ID, value))
