"""The process that reads bigWigs: what it may do, what it is given, and 200 damaged files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz_bigwig import mutant, run_fuzz
from models import bigwig
from models.bigwig import UnreadableBigWigError, bin_bigwigs
from models.genes import StartSite

MUTANTS = int(os.environ.get("REGULENS_BIGWIG_MUTANTS", "200"))
SITE = StartSite("gene", "", "chr21", 5_000, "+")
HEAVY = {"torch", "pandas", "scipy", "numba", "pydantic", "fastapi", "http.client", "ssl"}

LIMITS = """
import json, resource, sys
from models.bigwig_reader import limit_process
limit_process(memory_bytes=1 << 30, cpu_s=7)
def all_of(n):
    return list(resource.getrlimit(n))
def failure(action):
    try:
        action()
    except BaseException as error:
        return type(error).__name__
print(json.dumps({
    "cpu": all_of(resource.RLIMIT_CPU), "files": all_of(resource.RLIMIT_NOFILE), "core": all_of(resource.RLIMIT_CORE),
    "memory": all_of(resource.RLIMIT_AS),
    "too much memory": failure(lambda: bytearray(1 << 30)),
    "too many files": failure(lambda: [open("/dev/null") for _ in range(100)]),
    "modules": sorted(sys.modules),
}))
"""


def test_the_reader_is_limited_and_imports_little() -> None:
    done = subprocess.run([sys.executable, "-c", LIMITS], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)

    assert found["cpu"] == [7, 8]
    assert found["files"] == [64, 64]
    assert found["core"] == [0, 0]
    assert found["too many files"] == "OSError"
    assert not HEAVY & set(found["modules"])
    if sys.platform == "linux":
        assert found["memory"] == [1 << 30, 1 << 30]
        assert found["too much memory"] == "MemoryError"


def test_the_reader_gets_no_secrets_and_works_in_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = {}

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        started.update(options, folder=command[-1])
        (Path(command[-1]) / bigwig.READING).write_text("H3K4me3")
        return subprocess.CompletedProcess(command, -11, b"", b"")

    monkeypatch.setenv("REGULENS_PROXY_SECRET", "canary")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:canary@host/")
    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "a.bw").write_bytes(b"1")
    with pytest.raises(UnreadableBigWigError, match="the reader crashed at it"):
        bin_bigwigs({"H3K4me3": tmp_path / "a.bw"}, [SITE], assembly="hg19")

    assert str(started["cwd"]) == started["folder"]
    assert "canary" not in str(started["env"])
    assert not Path(started["folder"]).exists()


def test_a_result_that_would_be_unpickled_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Should the reader itself be taken over, what it leaves behind is still read as numbers."""
    import numpy as np

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        folder = Path(command[-1])
        np.save(folder / bigwig.VALUES, np.array([Touching(tmp_path / "canary")], dtype=object), allow_pickle=True)
        (folder / bigwig.REPORT).write_text("{}")
        return subprocess.CompletedProcess(command, 0, b"", b"")

    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "a.bw").write_bytes(b"1")
    with pytest.raises(ValueError, match="allow_pickle=False"):
        bin_bigwigs({"H3K4me3": tmp_path / "a.bw"}, [SITE], assembly="hg19")
    assert not (tmp_path / "canary").exists()


class Touching:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_200_damaged_bigwigs_neither_hang_nor_reach_the_parent(tmp_path: Path) -> None:
    """`python -m benchmarks.fuzz_bigwig --mutants 100000` reads more."""
    outcome = run_fuzz(tmp_path, mutants=MUTANTS, seed=20)

    assert outcome.is_good, outcome
    assert outcome.outcomes.total() == MUTANTS
    assert outcome.hangs == outcome.replayed_badly == 0
    assert outcome.outcomes["damaged"] > 0.1 * MUTANTS, outcome
    assert outcome.outcomes["read"] > 0.1 * MUTANTS, outcome


def test_mutants_are_the_same_every_time() -> None:
    originals = [bytes(1_000), bytes(range(200)) * 4]
    assert [mutant(n, originals, seed=1) for n in range(20)] == [mutant(n, originals, seed=1) for n in range(20)]
    assert mutant(0, originals, seed=1) != mutant(0, originals, seed=2)
