"""A ledger on SQLite, on PostgreSQL where that is installed, and a clock that only the test moves."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from backend.jobs.database import migrate, open_database
from backend.jobs.ledger import Ledger
from backend.jobs.storage import Storage
from backend.jobs.submissions import NewJob
from backend.jobs.tables import Base
from backend.ports import free_port
from backend.schemas.jobs import JobRequest
from backend.services.job_requests import JobRequests
from backend.services.uploads import UploadStore
from benchmarks.job_stack import PROBES, JobStack, job_stack

POSTGRES_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
POSTGRES_USER = "postgres"
LEASE_S = 3.0  # of the stack that tests kill; users have 20 s


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a PostgreSQL of our own."""
    if not POSTGRES_BIN:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing; .ci/run installs it")
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    bin_folder, port = POSTGRES_BIN[-1].parent, free_port(0)
    folder = Path(tempfile.mkdtemp(prefix="regulens-postgres-"))
    as_user = {"user": POSTGRES_USER} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, POSTGRES_USER)
    data = folder / "data"
    options = ["--auth=trust", "--username=regulens", "--no-sync", "--no-instructions", "-E", "UTF8"]
    subprocess.run(
        [bin_folder / "initdb", *options, "-D", data], check=True, capture_output=True, cwd=folder, **as_user
    )
    server = subprocess.Popen(
        [bin_folder / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-F"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_user,
    )  # fmt: skip
    try:
        ready = [bin_folder / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        while subprocess.run(ready, check=False, capture_output=True).returncode:
            assert server.poll() is None, "PostgreSQL has ended"
            time.sleep(0.1)
        yield f"postgresql+psycopg://regulens@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, tmp_path, clock) -> Iterator[Ledger]:
    """Make an empty ledger with leases of 30 s and three attempts."""
    url = f"sqlite:///{tmp_path}/jobs.sqlite3"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    migrate(url)
    engine = open_database(url)
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    yield Ledger(engine, lease_s=30, attempts=3, kept_s=10, clock=clock)
    engine.dispose()


@pytest.fixture
def new_job():
    """Make jobs that differ only in what the test names."""
    plain = NewJob(
        id="a" * 32, kind="probe", title="Probe", queue="fast", owner="ada", parameters={"steps": 3}, inputs=[],
        rerun_of=None, idempotency_key=None, nominal_s=1.0, estimate_s=1.0, limit_s=100, versions={"regulens": "0"},
    )  # fmt: skip

    def make(number: int = 0, **values) -> NewJob:
        return plain._replace(id=f"{number:032x}", **values)

    return make


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[JobStack]:
    """Run broker, dispatcher and a worker that knows the probes; tests kill them."""
    sys.path.insert(0, str(PROBES))
    import probe_kinds

    assert probe_kinds.JOB_KINDS
    with job_stack(
        tmp_path_factory.mktemp("faults"), job_lease_s=LEASE_S, waiting_jobs=2000, requests_per_minute=100_000
    ) as stack:
        stack.start("valkey", "dispatcher", "fast")
        yield stack
    sys.path.remove(str(PROBES))


@pytest.fixture(scope="module")
def requests_of(stack):
    """Accept the jobs of a user as the API does."""
    uploads = UploadStore(stack.folder / "uploads", max_total_bytes=1_000_000, kept_hours=1)
    storage, settings = Storage(stack.settings.files_url), stack.settings
    return lambda user: JobRequests(stack.ledger, storage=storage, uploads=uploads.of(user), settings=settings)


@pytest.fixture
def ask(requests_of):
    """Ask for a probe; each test is a user of its own."""
    owner = f"user{time.monotonic_ns()}"

    def ask(kind="probe", *, user=owner, **parameters):
        return requests_of(user).accept(JobRequest(kind=kind, parameters=parameters), key=None)

    return ask


@pytest.fixture
def state(stack):
    """Return the state of a job."""
    return lambda job_id: stack.job(job_id).state


@pytest.fixture
def until(stack, state):
    """Wait until a job is in a state; return the seconds it took."""

    def until(job_id, wanted, *, timeout_s=60):
        return stack.wait(
            lambda: state(job_id) == wanted, f"{dict(stack.job(job_id)._mapping)} is not {wanted}", timeout_s=timeout_s
        )

    return until


@pytest.fixture(scope="module")
def web(stack) -> Iterator[httpx.Client]:
    """Ask the stack's API."""
    stack.start("api")
    with httpx.Client(base_url=f"{stack.api_url}/api/v1", timeout=10) as client:
        yield client
    stack.stop("api")
