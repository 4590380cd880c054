"""Where the files of a job lie in the storage.

`inputs` are copies of what the user has uploaded; `kept` is working state and `parts` are finished pieces, both of
which outlive an attempt; every attempt has a folder of its own, so that a worker that comes back from the dead
cannot touch the result of another one.
"""

from hashlib import sha256
from pathlib import PurePosixPath

JOBS = "jobs"


def job_folder(job_id: str) -> str:
    """Return the folder of everything that belongs to a job."""
    return f"{JOBS}/{job_id}"


def input_path(job_id: str, upload: str) -> str:
    """Return where the copy of an uploaded file lies."""
    return f"{job_folder(job_id)}/inputs/{upload}"


def kept_folder(job_id: str) -> str:
    """Return the folder of working state."""
    return f"{job_folder(job_id)}/kept"


def kept_path(job_id: str, name: str) -> str:
    """Return where working state lies."""
    return f"{kept_folder(job_id)}/{safe(name)}"


def parts_folder(job_id: str) -> str:
    """Return the folder of finished pieces."""
    return f"{job_folder(job_id)}/parts"


def attempt_folder(job_id: str, attempt: int) -> str:
    """Return the folder of what one attempt writes."""
    return f"{job_folder(job_id)}/attempt-{attempt}"


def result_folder(job_id: str, attempt: int) -> str:
    """Return the folder of the results of one attempt."""
    return f"{attempt_folder(job_id, attempt)}/files"


def safe(name: str) -> str:
    """Refuse a file name that is more than a name; kinds name their files, users do not."""
    if PurePosixPath(name).name != name or name.startswith("."):
        raise ValueError(f"{name!r} is not a plain file name")
    return name


def digest_of(files: list[dict[str, str]]) -> str:
    """Return one sha256 for all files."""
    lines = sorted(f"{file['name']} {file['sha256']}" for file in files)
    return sha256("\n".join(lines).encode()).hexdigest()
