"""A laptop at a talk: `python -m benchmarks.sleep` starts Regulens without a network, lets it sleep and wakes it.

Where Linux allows it, everything runs in a network namespace that has only its own loopback. All processes are stopped
for two minutes with a job at work, then continued. Page, predictions and job must be back within a minute, and a new
job must run.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Final

import httpx
import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks.stack import Stack, running_stack
from benchmarks.tables import markdown
from benchmarks.traffic import API, COOKIE, FACTOR
from models.examples import random_sequence

INSIDE: Final = "REGULENS_BENCHMARK_OFFLINE"
START_GOAL_S: Final = 30.0
WAKE_GOAL_S: Final = 60.0
JOB: Final = {"kind": "class_optimization", "parameters": {"checkpoint": f"{FACTOR}-demo_cnn", "n_steps": 10_000}}
SMALL: Final = {"kind": "class_optimization", "parameters": {"checkpoint": f"{FACTOR}-demo_cnn", "n_steps": 10}}


def main() -> int:
    """Go offline where that is possible, then run and print; fail if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sleep")
    parser.add_argument("--seconds", type=float, default=120)
    given = parser.parse_args()
    if INSIDE not in os.environ and _can_unshare():
        script = 'ip link set lo up && exec "$@"'
        command = ["unshare", "--net", "sh", "-c", script, "sh", sys.executable, "-m", "benchmarks.sleep"]
        arguments = [*command, "--seconds", str(given.seconds)]
        return subprocess.run(arguments, env={**os.environ, INSIDE: "1"}, check=False).returncode
    with (
        tempfile.TemporaryDirectory(prefix="regulens-sleep-") as folder,
        running_stack(REGULENS_DATA_DIR=f"{folder}/data", NUMBA_NUM_THREADS="1") as stack,
    ):
        figures = {"start until page and API answer": (stack.start_s, START_GOAL_S), **_sleep(stack, given.seconds)}
    rows = [(name, value, goal, "reached" if value <= goal else "MISSED") for name, (value, goal) in figures.items()]
    where = "only the loopback is there" if INSIDE in os.environ else "with the network of this machine"
    print(markdown(f"Asleep for {given.seconds:g} s, {where}", ("", "seconds", "goal", ""), rows))
    return 0 if all(value <= goal for value, goal in figures.values()) else 1


def _can_unshare() -> bool:
    """Tell whether a network namespace with a loopback can be had."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return not subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], check=False).returncode


def _sleep(stack: Stack, seconds: float) -> dict[str, tuple[float, float]]:
    """Stop everything but the launcher's parent, wait, continue, and time what must come back."""
    cookie = httpx.post(f"{stack.api_url}{API}/sessions", json={}).raise_for_status().json()["cookie"]
    with httpx.Client(base_url=stack.api_url, headers={"Cookie": f"{COOKIE}={cookie}"}, timeout=30) as client:
        job = client.post(f"{API}/jobs", json=JOB).raise_for_status().json()["id"]
        _until(lambda: _step(client, job) > 0, 120)
        _signal(stack.launcher, signal.SIGSTOP)
        time.sleep(seconds)
        _signal(stack.launcher, signal.SIGCONT)
        woken, step = time.monotonic(), _step(client, job)
        back = {
            "page after waking": _until(lambda: httpx.get(stack.page_url, timeout=5).is_success, 120, woken),
            "prediction": _until(lambda: _predicts(client), 120, woken),
            "every part ready or as before": _until(lambda: _all_live(client), 120, woken),
            "the job at work goes on": _until(lambda: _step(client, job) not in {0, step}, 120, woken),
        }
        _until(lambda: _state(client, job) in {"succeeded", "failed", "timed_out"}, 600)
        back["a new job done, from when it was asked for"] = _until(_done(client, SMALL), 120)
        state, attempts = _state(client, job), client.get(f"{API}/jobs/{job}").json()["attempt"]
    print(f"The job that was at work: {state}, attempt {attempts}.")
    lost = {"jobs lost": (float(state != "succeeded"), 0.0)}
    return {**{name: (s, WAKE_GOAL_S) for name, s in back.items()}, **lost}


def _signal(launcher: int, number: signal.Signals) -> None:
    """Signal the launcher and all that it has started; sleeping takes the launcher first, waking last."""
    root = psutil.Process(launcher)
    below = root.children(recursive=True)
    for process in [root, *below] if number == signal.SIGSTOP else [*below, root]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _until(true: Callable[[], bool], timeout_s: float, since: float | None = None) -> float:
    """Wait until something is true; return the seconds since then."""
    started = time.monotonic()
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if true():
                return time.monotonic() - (since or started)
        if time.monotonic() - started > timeout_s:
            return float("inf")
        time.sleep(0.2)


def _state(client: httpx.Client, job: str) -> str:
    return str(client.get(f"{API}/jobs/{job}").json()["state"])


def _step(client: httpx.Client, job: str) -> int:
    """Return how far a job is; one that has succeeded is further than any other."""
    found = client.get(f"{API}/jobs/{job}").json()
    done = found["progress"]["done"] if found["progress"] else 0
    return int(done) + int(found["state"] == "succeeded")


def _predicts(client: httpx.Client) -> bool:
    sequence = random_sequence(np.random.default_rng(int(time.monotonic())), 101)
    return client.post(f"{API}/sequence-analyses", json={"sequences": sequence, "factors": [FACTOR]}).is_success


def _all_live(client: httpx.Client) -> bool:
    parts = client.get(f"{API}/health/ready").json()["parts"]
    return all(part["state"] == "ok" for part in parts if part["name"] != "motifs")


def _done(client: httpx.Client, body: Mapping[str, object]) -> Callable[[], bool]:
    """Ask for a job once, then tell whether it is done."""
    asked: list[str] = []

    def done() -> bool:
        if not asked:
            asked.append(client.post(f"{API}/jobs", json=body).raise_for_status().json()["id"])
        return _state(client, asked[0]) == "succeeded"

    return done


if __name__ == "__main__":
    sys.exit(main())
