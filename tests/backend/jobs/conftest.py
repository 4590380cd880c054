"""A ledger on SQLite, on PostgreSQL where that is installed, and a clock that only the test moves."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.jobs.database import migrate, open_database
from backend.jobs.ledger import Ledger
from backend.jobs.submissions import NewJob
from backend.jobs.tables import Base
from backend.ports import free_port

POSTGRES_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
POSTGRES_USER = "postgres"


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
