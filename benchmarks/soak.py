"""Hours of use: `python -m benchmarks.soak --minutes 60`, and with `--failing 5000` as many jobs that fail on the way.

Eight visitors read, predict and start jobs without a pause worth mentioning. Every few seconds each process is asked
for its memory, descriptors and open ledger files, and the disk for temporary files. The slope is Theil and Sen's, over
what comes after the warm-up (a sixth of the time, ten minutes at most); it is told for processes that lived through it.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import numpy as np
from scipy.stats import theilslopes

from benchmarks.job_stack import PROBES
from benchmarks.process_tree import Held, tree
from benchmarks.stack import LOG, running_stack
from benchmarks.tables import markdown
from benchmarks.traffic import API, COOKIE, FACTOR, SMALL_JOB
from models.examples import random_sequence

VISITORS: Final = 8
SAMPLE_S: Final = 5.0
WARM_UP_S: Final = 600.0
STEADY: Final = 0.05  # share of its memory by which a process may grow in an hour
FLAT: Final = 0.02
FEW: Final = 3  # descriptors more or fewer are one connection, not a leak
READS: Final = ("/catalog", "/chromatin-catalog", "/jobs?limit=50", "/health/ready", "/metrics")


class Sample(NamedTuple):
    """All processes and the number of temporary files at a moment."""

    at: float
    processes: dict[str, Held]
    temporary: int


class Told(NamedTuple):
    """One line of the table, and whether it is as it should be."""

    cells: tuple[object, ...]
    is_good: bool


def main() -> int:
    """Run, print the table and the verdict; fail if anything grew."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--failing", type=int, default=0, help="jobs that fail, spread over the time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regulens-soak-") as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        settings = {
            "REGULENS_DATA_DIR": f"{folder}/data",
            "REGULENS_JOB_MODULES": '["probe_kinds"]',
            "REGULENS_WAITING_JOBS_PER_USER": "400",
            "REGULENS_REQUESTS_PER_MINUTE": "100000",
            "REGULENS_PREDICTIONS_PER_SECOND": "1000",
            "PYTHONPATH": str(PROBES),
            "NUMBA_NUM_THREADS": "1",
            "TMPDIR": str(temporary),
        }
        with running_stack(**settings) as stack:
            samples, answers = asyncio.run(
                _soak(stack.api_url, stack.launcher, temporary, seconds=60 * given.minutes, failing=given.failing)
            )
    told = _verdicts(samples, 60 * given.minutes)
    header = ("", "MB at first", "MB at last", "% per hour", "descriptors", "ledger files", "")
    print(markdown(f"{given.minutes:g} minutes, {answers.total():,} requests", header, [line.cells for line in told]))
    print(", ".join(f"{n:,} x {what}" for what, n in sorted(answers.items())))
    return 0 if all(line.is_good for line in told) else 1


async def _soak(
    api_url: str, launcher: int, temporary: Path, *, seconds: float, failing: int
) -> tuple[list[Sample], Counter[str]]:
    """Keep visitors busy and look at the processes meanwhile."""
    ending = asyncio.Event()
    answers: Counter[str] = Counter()
    samples: list[Sample] = []
    visitors = [asyncio.create_task(_visit(api_url, number, ending, answers)) for number in range(VISITORS)]
    pause_s = seconds * 0.9 / failing if failing else 0.0
    fails = asyncio.create_task(_fail(api_url, failing, pause_s, ending, answers))
    started = time.monotonic()
    while (now := time.monotonic() - started) < seconds:
        processes = await asyncio.to_thread(tree, launcher)
        samples.append(Sample(now, processes, sum(len(files) for _, _, files in os.walk(temporary))))
        await asyncio.sleep(SAMPLE_S)
    ending.set()
    await asyncio.gather(*visitors, fails)
    return samples, answers


async def _visit(api_url: str, number: int, ending: asyncio.Event, answers: Counter[str]) -> None:
    """Read, predict and start a job now and then, as one visitor, until told to end."""
    rng = random.Random(number)
    async with httpx.AsyncClient(base_url=api_url, timeout=60) as client:
        await _sign_in(client)
        while not ending.is_set():
            kind = rng.random()
            if kind < 0.70:
                path = rng.choice(READS)
                answer = await client.get(path if path == "/metrics" else f"{API}{path}")
            elif kind < 0.99:
                sequence = random_sequence(np.random.default_rng(rng.getrandbits(32)), 101)
                body = {"sequences": sequence, "factors": [FACTOR]}
                answer = await client.post(f"{API}/sequence-analyses", json=body)
            else:
                answer = await client.post(f"{API}/jobs", json=SMALL_JOB)
            answers[_named(answer)] += 1
            await asyncio.sleep(0.1)


async def _fail(api_url: str, failing: int, pause_s: float, ending: asyncio.Event, answers: Counter[str]) -> None:
    """Ask for jobs that fail, one user after the other, so that nobody waits for long."""
    async with httpx.AsyncClient(base_url=api_url, timeout=60) as client:
        for number in range(failing):
            if ending.is_set():
                return
            if number % 100 == 0:
                await _sign_in(client)
            body = {"kind": "probe", "parameters": {"mode": "fail", "content": str(number)}}
            answer = await client.post(f"{API}/jobs", json=body)
            answers[f"{_named(answer)} failing job"] += 1
            await asyncio.sleep(pause_s)


def _named(answer: httpx.Response) -> str:
    """Name an answer by its status; of a failure of ours also the address, and the id under which the log has it."""
    if not answer.is_server_error:
        return str(answer.status_code)
    return f"{answer.status_code} of {answer.request.url.path}, {answer.headers['x-request-id']} in {LOG}"


async def _sign_in(client: httpx.AsyncClient) -> None:
    client.cookies.clear()
    answer = await client.post(f"{API}/sessions", json={})
    client.headers["Cookie"] = f"{COOKIE}={answer.raise_for_status().json()['cookie']}"


def _verdicts(samples: list[Sample], seconds: float) -> list[Told]:
    """Judge every process that lived through what came after the warm-up, then what they share."""
    warm = [sample for sample in samples if sample.at > min(WARM_UP_S, seconds / 6)]
    lived: defaultdict[str, list[tuple[float, Held]]] = defaultdict(list)
    for sample in warm:
        for name, held in sample.processes.items():
            lived[name].append((sample.at, held))
    told = [_process(name, seen) for name, seen in lived.items() if len(seen) == len(warm)]
    zombies = max(sum(held.is_zombie for held in sample.processes.values()) for sample in warm[-3:])
    told.append(Told(("zombies at last", "", zombies, "", "", "", _word(zombies == 0)), zombies == 0))
    files = [sample.temporary for sample in warm]
    flat = files[-1] <= files[0] * (1 + FLAT) + FEW
    told.append(Told(("temporary files", files[0], files[-1], "", "", "", _word(flat)), flat))
    replaced = sorted(set(lived) - {str(line.cells[0]) for line in told[:-2]})
    told.append(Told((f"came or went: {', '.join(replaced) or 'none'}", "", "", "", "", "", ""), is_good=True))
    return told


def _process(name: str, seen: list[tuple[float, Held]]) -> Told:
    hours = [at / 3600 for at, _ in seen]
    rss = [held.rss / 1e6 for _, held in seen]
    slope = float(theilslopes(rss, hours).slope) / float(np.median(rss))
    first, last = seen[0][1], seen[-1][1]
    grown = [getattr(last, kind) - getattr(first, kind) for kind in ("descriptors", "ledger_files")]
    good = slope < STEADY and all(more <= max(FEW, FLAT * first.descriptors) for more in grown)
    descriptors = f"{first.descriptors} to {last.descriptors}"
    ledger = f"{first.ledger_files} to {last.ledger_files}"
    return Told((name, rss[0], rss[-1], 100 * slope, descriptors, ledger, _word(good)), good)


def _word(good: bool) -> str:
    return "flat" if good else "GROWS"


if __name__ == "__main__":
    sys.exit(main())
