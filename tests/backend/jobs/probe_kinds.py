"""Kinds of job that behave well or badly on demand, for the tests of faults: REGULENS_JOB_MODULES names this module."""

import os
import signal
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from backend.schemas.job_live import ScoringLive
from backend.services.job_kinds import JOB_KINDS
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters, JobPlace, JobRun, UploadId


class ProbeParameters(JobParameters):
    steps: int = Field(default=3, ge=1, le=100_000)
    step_s: float = Field(default=0.01, ge=0)
    mode: Literal["well", "die", "die_once", "loop", "fail", "wrong", "swallow"] = "well"
    content: str = "probe"
    file: UploadId | None = None
    trace: str = Field(default="", description="A file that gets a line at every start and every step.")


def check(parameters: ProbeParameters, place: JobPlace) -> Cost:
    if parameters.file is not None:
        place.input(parameters.file)
    return Cost(parameters.steps * parameters.step_s, f"{parameters.steps} steps")


def run(parameters: ProbeParameters, run: JobRun) -> dict[str, Any]:
    _trace(parameters, f"start {run.attempt} {os.getpid()}")
    if parameters.mode == "die" or (parameters.mode == "die_once" and run.attempt == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if parameters.mode == "fail":
        raise RuntimeError("the inside of this must not be shown")
    state = (run.kept("state") or b"").decode()
    done = int(state.split()[0]) if state else 0
    digest = state.split()[1] if state else "0"
    while done < parameters.steps or parameters.mode == "loop":
        _step(parameters, run, min(done, parameters.steps))
        done += 1
        digest = sha256(f"{digest}{parameters.content}{done}".encode()).hexdigest()
        run.keep("state", f"{done} {digest}".encode())
        run.show(partial(_live, done, parameters.steps))
    content = parameters.content if parameters.file is None else run.input(parameters.file).read_text()
    run.offer("result.txt", f"{content} {digest}\n".encode(), media_type="text/plain", description="The result")
    run.show(partial(_live, done, parameters.steps), now=True)
    return {"digest": digest}


def _step(parameters: ProbeParameters, run: JobRun, done: int) -> None:
    _trace(parameters, f"step {done}")
    if parameters.mode == "swallow":
        time.sleep(parameters.step_s)  # never asks whether it is to stop
        return
    run.report("probing", done=done, total=parameters.steps, unit="steps")
    if parameters.mode == "loop":
        while True:
            time.sleep(0.05)  # deaf to everything
    time.sleep(parameters.step_s)


def _live(done: int, total: int) -> ScoringLive:
    return ScoringLive(
        columns=["a"], preview=[[1.0]], done=min(done, total), total=total, skipped=0, histogram_edges=[0, 1],
        histograms={}, convention="none",
    )  # fmt: skip


def _trace(parameters: ProbeParameters, line: str) -> None:
    if parameters.trace:
        with Path(parameters.trace).open("a") as file:
            file.write(f"{line}\n")


for name, queue, limit in (("probe", "fast", 600), ("heavy_probe", "heavy", 600), ("short_probe", "fast", 3)):
    JOB_KINDS.register(
        name,
        JobKind(
            name=name, title=name.replace("_", " ").capitalize(), summary="A test.", limits="None.", queue=queue,
            time_limit_s=limit, parameters=ProbeParameters, check=check, run=run,
        ),
    )  # fmt: skip
