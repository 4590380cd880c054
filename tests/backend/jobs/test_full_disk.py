"""A22 of the failure model: a disk that is really full, under database, files and queue of real processes."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.chaos import expected_digest
from benchmarks.job_stack import PROBES, JobStack, job_stack

BYTES = 24_000_000
RESERVE = 4_000_000


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """Mount a file system of a few megabytes where the stack keeps its data; what it prints goes elsewhere."""
    disk = tmp_path / "stack" / "data"
    disk.mkdir(parents=True)
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", disk]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a file system needs more rights than this user has")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def stack(small_disk, monkeypatch) -> Iterator[JobStack]:
    monkeypatch.setattr(sys, "path", [str(PROBES), *sys.path])
    with job_stack(small_disk.parent, job_lease_s=3.0, min_free_bytes=RESERVE) as stack:
        stack.start("valkey", "dispatcher", "fast", "api")
        yield stack


def fill(disk: Path) -> Path:
    """Write until nothing more fits."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for portion in (1 << 16, 1):
            try:
                while True:
                    file.write(b"x" * portion)
            except OSError:
                continue
    return filler


def test_a22_a_full_disk_refuses_what_is_new_and_costs_nothing_that_is_there(stack, small_disk):
    with httpx.Client(base_url=f"{stack.api_url}/api/v1", timeout=30) as client:

        def ask(**parameters):
            return client.post("/jobs", json={"kind": "probe", "parameters": parameters})

        def state(job_id):
            return client.get(f"/jobs/{job_id}").json()["state"]

        done = ask(content="before").json()["id"]
        stack.wait(lambda: state(done) == "succeeded", "the first job does not run")
        before = client.get(f"/jobs/{done}/files/result.txt").content
        running = ask(steps=40, step_s=0.1, content="through").json()["id"]
        stack.wait(lambda: state(running) == "running", "the second job does not run")
        filler = fill(small_disk)

        assert ask().status_code == 507
        assert client.put("/uploads/notes.txt", content=b"a few words").status_code == 507
        assert client.get(f"/jobs/{done}/files/result.txt").content == before
        assert client.get("/jobs").json()["total"] == 2
        factor = client.get("/catalog").json()["factors"][0]["name"]
        predicted = client.post("/sequence-analyses", json={"sequences": "ACGT" * 26, "factors": [factor]})
        assert predicted.status_code == 200

        filler.unlink()
        stack.wait(lambda: state(running) in {"succeeded", "failed"}, "the job that met the full disk hangs")
        job = stack.job(running)
        if job.state == "succeeded":
            assert (job.commits, job.digest) == (1, expected_digest(job.parameters))
        else:
            assert "disk of the service is full" in job.failure["detail"]
        after = ask(content="after").json()["id"]
        stack.wait(lambda: state(after) == "succeeded", "it does not recover without a restart")
        assert [process.poll() for process in stack.running.values()] == [None] * 4
