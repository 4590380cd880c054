"""One attempt at a job, with a ledger, a storage or a job that misbehaves: nothing is lost, nothing hangs."""

import errno
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from backend.jobs import storage as storage_module
from backend.jobs.leases import claim, reap
from backend.jobs.ledger import change, rows
from backend.jobs.storage import Storage
from backend.jobs.submissions import Limits, request_cancellation, submit
from backend.jobs.tables import JobRecord
from backend.schemas.job_live import ScoringLive
from backend.services import job_run, job_runner
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters

WIDE = Limits(1000, 1000)
AWAY = OperationalError("UPDATE jobs", {}, Exception("database is locked"))


class NoParameters(JobParameters):
    """Nothing can be chosen."""


class Here:
    """A ledger whose leases are renewed ten times a second, a storage, and jobs that run functions of the test."""

    def __init__(self, ledger, *, storage, new_job, settings, clock):
        self.ledger, self.storage, self.clock = replace(ledger, lease_s=0.4), storage, clock
        self._new_job, self._settings = new_job, settings
        self.told = None

    def ask(self, run, number=1, **values):
        self.told = run
        return submit(
            self.ledger, self._new_job(number)._replace(**{"kind": "told", "parameters": {}} | values), limits=WIDE
        )

    def work(self, job_id):
        given = {"ledger": self.ledger, "storage": self.storage, "settings": self._settings}
        job_runner.run_job(job_id, worker="w", **given)

    def row(self, job_id):
        with self.ledger.reading() as connection:
            return rows(connection, JobRecord.id == job_id)[0]

    def lose(self):
        """Let the lease of a dead worker end."""
        self.clock.tick(1)
        return reap(self.ledger)


@pytest.fixture
def here(ledger, new_job, settings, clock, tmp_path):
    storage = Storage(str(tmp_path / "storage"))
    here = Here(ledger, storage=storage, new_job=new_job, settings=settings, clock=clock)

    def told(parameters, run):
        return here.told(parameters, run)

    kind = JobKind("told", "Told", "A test.", "None.", "fast", 600, NoParameters, lambda *_: Cost(1, ""), told)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(JOB_KINDS._items, "told", kind)
        yield here


def offering(_, run):
    run.keep("state", b"kept")
    run.offer("part", b"part", media_type="text/plain", description="A part", partial=True)
    run.offer("result.txt", b"result", media_type="text/plain", description="The result")
    return {"n": 1}


def live():
    return ScoringLive(
        columns=["a"], preview=[[1.0]], done=1, total=1, skipped=0, histogram_edges=[0, 1], histograms={},
        convention="none",
    )  # fmt: skip


def test_an_accepted_result_stays_however_long_it_takes_to_tidy_up(here, monkeypatch):
    removing = Storage.remove

    def slowly(self, path):
        time.sleep(0.5)  # the lease is renewed meanwhile, and found to be over
        removing(self, path)

    monkeypatch.setattr(Storage, "remove", slowly)
    monkeypatch.setattr(job_runner, "STOP_GRACE_S", 60)
    job_id = here.ask(offering)
    here.work(job_id)
    assert (here.row(job_id).state, here.storage.read(here.row(job_id).files[0]["path"])) == ("succeeded", b"result")
    assert here.storage.names(f"jobs/{job_id}") == ("attempt-1",)


def test_a_result_whose_acceptance_was_not_heard_of_stays(here, monkeypatch):
    finishing = job_runner.finish

    def unheard(*args, **values):
        finishing(*args, **values)
        time.sleep(0.5)
        raise AWAY

    monkeypatch.setattr(job_runner, "finish", unheard)
    job_id = here.ask(offering)
    with pytest.raises(OperationalError):
        here.work(job_id)
    assert here.storage.read(here.row(job_id).files[0]["path"]) == b"result"


def test_a_result_that_cannot_be_written_down_is_made_again(here, monkeypatch):
    def away(*_, **__):
        raise AWAY

    job_id = here.ask(offering)
    with monkeypatch.context() as patched:
        patched.setattr(job_runner, "finish", away)
        with pytest.raises(OperationalError):
            here.work(job_id)
    assert here.row(job_id).state == "running"
    assert here.lose() == 1
    here.work(job_id)
    assert (here.row(job_id).state, here.row(job_id).attempt, here.row(job_id).commits) == ("succeeded", 2, 1)
    assert here.storage.names(f"jobs/{job_id}") == ("attempt-2",), "what the first attempt has written is still there"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # a process would have ended
@pytest.mark.parametrize("standing", ["cancel", "lost"])
def test_a_deaf_job_is_ended_though_ledger_and_storage_are_away(here, monkeypatch, standing):
    ended, scratch = threading.Event(), []

    def away(*_, **__):
        raise AWAY

    def deaf(_, run):
        scratch.append(run.scratch)
        job_id = row_id[0]
        if standing == "cancel":
            request_cancellation(here.ledger, job_id)
        else:
            with here.ledger.writing() as connection:
                change(connection, JobRecord.id == job_id, token="another")
        monkeypatch.setattr(job_runner, "finish", away)
        assert ended.wait(10), "the process goes on"
        raise SystemExit

    def exit_(code):
        assert not scratch[0].exists()
        ended.set()
        raise SystemExit(code)

    monkeypatch.setattr(job_runner, "STOP_GRACE_S", 0.2)
    monkeypatch.setattr(job_runner.os, "_exit", exit_)
    row_id = [here.ask(deaf)]
    with pytest.raises(SystemExit):
        here.work(row_id[0])
    assert ended.is_set()


SEIZED = """
import re, sys
from pathlib import Path
from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.ledger import open_ledger
from backend.jobs.storage import Storage
from backend.jobs.submissions import Limits, NewJob, submit
from backend.services import job_runner
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters

job_runner.LAST_RESORT_S = 0.5
settings = Settings(data_dir=Path(sys.argv[1]))
migrate(settings.ledger_url)
ledger = open_ledger(settings)
seize = lambda *_: re.match("(a+)+$", "a" * 50 + "b")  # holds the interpreter for centuries
JOB_KINDS.register("seize", JobKind("seize", "", "", "", "fast", 1, JobParameters, lambda *_: Cost(1, ""), seize))
job = NewJob("a" * 32, "seize", "", "fast", "ada", {}, [], None, None, 1.0, 1.0, 1, {})
submit(ledger, job, limits=Limits(1, 1))
print("started", flush=True)
job_runner.run_job(job.id, ledger=ledger, storage=Storage(settings.files_url), settings=settings, worker="w")
"""


def test_a_job_that_lets_nothing_else_run_is_ended_in_the_end(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", SEIZED, tmp_path], check=False, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (1, "started\n")
    assert "Timeout" in ended.stderr


def test_an_unforeseen_error_does_not_end_the_renewals(here, monkeypatch):
    renewing, failures = job_runner.renew, []

    def once(*args):
        if not failures:
            failures.append(1)
            raise RuntimeError("nobody has thought of this")
        return renewing(*args)

    def long(_, run):
        lease = here.row(job_id).lease
        here.clock.tick(0.1)
        deadline = time.monotonic() + 5
        while here.row(job_id).lease == lease:
            assert time.monotonic() < deadline, "the lease is not renewed any more"
            time.sleep(0.02)
        return {}

    monkeypatch.setattr(job_runner, "renew", once)
    job_id = here.ask(long)
    here.work(job_id)
    assert (here.row(job_id).state, failures) == ("succeeded", [1])


def test_a_job_that_ends_its_process_is_tried_again(here):
    def ends(_, run):
        raise SystemExit

    job_id = here.ask(ends)
    with pytest.raises(SystemExit):
        here.work(job_id)
    here.lose()
    assert (here.row(job_id).state, here.row(job_id).reason) == ("queued", "worker lost, retrying 2 of 3")


@pytest.mark.parametrize("values", [{"kind": "of tomorrow"}, {"parameters": {"of": "tomorrow"}}])
def test_what_this_version_does_not_know_waits_for_another_worker(here, values):
    job_id = here.ask(offering, **values)
    here.work(job_id)
    assert (here.row(job_id).state, here.row(job_id).attempt) == ("queued", 0)
    assert "another version" in here.row(job_id).reason


def test_a_summary_that_json_cannot_hold_is_a_failure_and_no_death(here):
    job_id = here.ask(lambda *_: {"auroc": float("nan")})
    here.work(job_id)
    assert here.row(job_id).state == "failed"


@pytest.fixture
def full_disk(monkeypatch):
    """Fill the disk for a while."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    @contextmanager
    def filled():
        with monkeypatch.context() as patched:
            patched.setattr(storage_module.os, "fsync", full)
            yield

    return filled


def test_a_full_disk_is_said_and_leaves_nothing_half_written(here, full_disk):
    def too_much(parameters, run):
        with full_disk():
            return offering(parameters, run)

    job_id = here.ask(too_much)
    here.work(job_id)
    assert (here.row(job_id).state, here.row(job_id).files) == ("failed", [])
    assert "disk of the service is full" in here.row(job_id).failure["detail"]
    assert list(here.storage.walk(f"jobs/{job_id}")) == ["kept/made-by.json"]
    again = here.ask(offering, 2)
    here.work(again)
    assert here.row(again).state == "succeeded"


def test_a_picture_that_cannot_be_written_costs_the_picture(here, full_disk):
    def shows(_, run):
        with full_disk():
            run.show(live, now=True)
        return {}

    job_id = here.ask(shows)
    here.work(job_id)
    assert (here.row(job_id).state, here.row(job_id).live) == ("succeeded", None)


def test_what_another_version_has_kept_is_not_gone_on_with(here, monkeypatch):
    found = []

    def dies_once(_, run):
        found.append((run.kept("state"), list(run.offered()), [file["name"] for file in run.files]))
        offering(_, run)
        if run.attempt < 3:
            raise SystemExit
        return {}

    job_id = here.ask(dies_once)
    for version in ("1", "1", "2"):
        monkeypatch.setattr(job_run, "versions", lambda version=version: {"regulens": version})
        if version == "2":
            here.work(job_id)
            break
        with pytest.raises(SystemExit):
            here.work(job_id)
        here.lose()
    nothing, something = (None, [], []), (b"kept", ["part"], ["part"])
    assert found == [nothing, something, nothing]
    assert here.row(job_id).state == "succeeded"


def test_a_cancelled_job_leaves_no_files(here):
    def cancelled(_, run):
        offering(_, run)
        request_cancellation(here.ledger, job_id)
        while True:
            time.sleep(0.01)
            run.report("waiting", done=0, total=1, unit="steps")

    job_id = here.ask(cancelled)
    here.work(job_id)
    assert (here.row(job_id).state, here.row(job_id).files) == ("cancelled", [])
    assert [path for path in here.storage.walk(f"jobs/{job_id}") if "live" not in path] == []


def test_the_dead_remove_only_what_is_theirs(here):
    def loses(_, run):
        offering(_, run)
        here.lose()
        assert claim(here.ledger, job_id, worker="another")
        while True:
            time.sleep(0.01)
            run.report("waiting", done=0, total=1, unit="steps")

    job_id = here.ask(loses)
    here.work(job_id)
    assert (here.row(job_id).state, here.row(job_id).worker) == ("running", "another")
    assert "attempt-1" not in here.storage.names(f"jobs/{job_id}")
