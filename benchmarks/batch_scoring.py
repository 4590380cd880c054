"""Batch scoring of many sequences as a job: its rate beside raw forward passes, and how its memory grows.

One sequence is one record of 101 bases, read from FASTA and scored by demo_cnn. Reference: the same network over
batches of 64 that are encoded already, with one thread, in the same process, before and after. Rates are per second of
CPU time, so that what else the machine does counts for nothing.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from backend.services.job_kinds.sequence_scoring import KIND, SequenceScoringParameters
from benchmarks.local_run import LocalRun
from benchmarks.tables import markdown
from models.checkpoints import load_checkpoint
from models.examples import random_sequence
from models.predict import positive_logit
from models.sequence import one_hot_encode

CHECKPOINT: Final = "ctcf_weri-demo_cnn"
FEW, MANY = 20_000, 100_000
REFERENCE_S: Final = 5.0
_UPLOAD: Final = "1" * 32


def table() -> str:
    """Score few and many sequences, each in a fresh process."""
    few, many = (_in_process(n) for n in (FEW, MANY))
    header = ("sequences", "sequences/CPU s", "ratio to raw forward", "peak MB", "peak MB above start")
    rows = [
        (f"{each['n']:,}", each["rate"], each["rate"] / each["raw"], each["peak_mb"], each["growth_mb"])
        for each in (few, many)
    ]
    rows.append((f"{MANY:,} against {FEW:,}", "", "", many["peak_mb"] - few["peak_mb"], ""))
    return markdown(f"Batch scoring of FASTA by {CHECKPOINT}", header, rows)


def _in_process(n: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.batch_scoring", str(n)]
    answer: dict[str, float] = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )
    return answer


def measure(n: int) -> dict[str, float]:
    """Score `n` random sequences, and the same network without anything around it."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="regulens-benchmark-") as name:
        path = Path(name) / "sequences.fa"
        _write(path, n)
        before = _raw_rate()
        start_mb = _peak_mb()
        run: Any = LocalRun(Path(name), {_UPLOAD: path})
        started = time.process_time()
        summary = KIND.run(SequenceScoringParameters(sequences=_UPLOAD, checkpoints=[CHECKPOINT]), run)
        seconds = time.process_time() - started
    assert summary["scored"] == n
    peak = _peak_mb()
    return {
        "n": n,
        "rate": n / seconds,
        "raw": (before + _raw_rate()) / 2,
        "peak_mb": peak,
        "growth_mb": peak - start_mb,
    }


def _write(path: Path, n: int) -> None:
    random = np.random.default_rng(1)
    with path.open("wb") as file:
        for number in range(n):
            bases = np.frombuffer(b"ACGT", dtype=np.uint8)[random.integers(0, 4, 101)]
            file.write(b">sequence_%d\n%s\n" % (number, bases.tobytes()))


def _raw_rate() -> float:
    """Return sequences per second of forward passes alone."""
    network = load_checkpoint(CHECKPOINT).network
    batches = [
        one_hot_encode([random_sequence(np.random.default_rng(64 * b + i), 101) for i in range(64)]) for b in range(8)
    ]
    n, started = 0, time.process_time()
    while time.process_time() - started < REFERENCE_S:
        with torch.inference_mode():
            positive_logit(network, batches[n % len(batches)])
        n += 1
    return 64 * n / (time.process_time() - started)


def _peak_mb() -> float:
    """Return the highest resident memory of this process so far; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))) if len(sys.argv) > 1 else table())
