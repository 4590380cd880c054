"""What has come of a job: live pictures, files, everything in one archive."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import Row

from backend.jobs.ledger import Ledger
from backend.jobs.storage import Storage
from backend.schemas.job_live import JobLive
from backend.schemas.jobs import Job
from backend.services.archives import add_stream, portions, streamed
from backend.services.errors import JobExpiredError, NoJobFileError, NoLiveError
from backend.services.job_views import readable_job


def live_document(ledger: Ledger, job_id: str, *, asker: str, storage: Storage) -> JobLive:
    """Return what a job shows by now."""
    job = _unexpired(readable_job(ledger, job_id, asker=asker))
    if job.live is None:
        raise NoLiveError
    try:
        live = storage.read(job.live)
    except FileNotFoundError:  # of an attempt that was lost; the next one has nothing to show yet
        raise NoLiveError from None
    return JobLive.model_validate_json(b'{"revision": %d, "live": %s}' % (job.live_revision, live))


def open_file(
    ledger: Ledger, job_id: str, name: str, *, asker: str, storage: Storage
) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Open a result file."""
    job = _unexpired(readable_job(ledger, job_id, asker=asker))
    with suppress(FileNotFoundError):  # of an attempt that was lost
        for file in job.files:
            if file["name"] == name:
                return file, _closing(storage.open(file["path"]))
    raise NoJobFileError


def archive(ledger: Ledger, job: Job, *, asker: str, storage: Storage) -> Iterator[bytes]:
    """Pack all files of a job with its description, its log and its last picture."""
    # Now: once the zip is on its way, it is too late to refuse.
    row = _unexpired(readable_job(ledger, job.id, asker=asker))
    log = "".join(f"{line.at:%Y-%m-%d %H:%M:%S} UTC, attempt {line.attempt}: {line.message}\n" for line in job.log)

    def fill(packed: zipfile.ZipFile) -> None:
        add_stream(packed, "job.json", io.BytesIO(job.model_dump_json(indent=1).encode()))
        add_stream(packed, "log.txt", io.BytesIO(log.encode()))
        with suppress(FileNotFoundError):
            add_stream(packed, "live.json", io.BytesIO(storage.read(row.live or "none")))
        for file in row.files:
            with suppress(FileNotFoundError), storage.open(file["path"]) as source:
                add_stream(packed, f"files/{file['name']}", source)

    return streamed(fill)


def _unexpired(job: Row[Any]) -> Row[Any]:
    if job.expired:
        raise JobExpiredError(datetime.fromtimestamp(job.expires, UTC))
    return job


def _closing(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from portions(file)
