"""64 people at once beside a training job: `python -m benchmarks.load --users 64 --minutes 10`.

Starts Regulens in a folder of its own, reads alone for the idle figure, starts a training on generated sequences, reads
again, lets 64 people of `benchmarks/locustfile.py` work, lets 64 pages watch the training, sends 2,000 requests at
once, and measures how long small predictions take to be normal again. Everything stays on 127.0.0.1.
"""

import argparse
import asyncio
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import numpy as np

from benchmarks.stack import running_stack, wait_for_motifs
from benchmarks.tables import markdown
from benchmarks.traffic import API, COOKIE, FACTOR
from models.examples import random_sequence

LOCUSTFILE: Final = Path(__file__).with_name("locustfile.py")
READS: Final = ("/catalog", "/chromatin-catalog", "/jobs?limit=50", "/job-kinds")
READ_S: Final = 20.0
READERS: Final = 8
WATCHED_S: Final = 20.0
BURST: Final = 2000
NORMAL_S: Final = 1.0  # a small prediction in less is normal
N_TRAINING: Final = 5000
EPOCHS: Final = 100
GOALS: Final = {
    "errors, %": 0.1,
    "reads, p99": 250,
    "jobs started, p99": 500,
    "small predictions, p95": 1000,
    "small predictions, p99": 2000,
    "reads while a training runs, p99 to idle": 2,
    "64 pages that watch a job, p99": 100,
}


class Answered(NamedTuple):
    """The status of each answer (0: none came), and the milliseconds that it took."""

    statuses: list[int]
    ms: list[float]

    def percentile(self, percent: float, *, status: int | None = None) -> float:
        """Return a percentile of the milliseconds, of answers with one status or of all."""
        taken = [ms for one, ms in zip(self.statuses, self.ms, strict=True) if status in {None, one}]
        return float(np.percentile(taken, percent)) if taken else float("nan")


def main() -> None:
    """Run everything and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--users", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="regulens-load-") as folder,
        running_stack(REGULENS_DATA_DIR=f"{folder}/data", NUMBA_NUM_THREADS="1") as stack,
    ):
        print(table(stack.api_url, Path(folder), users=given.users, minutes=given.minutes))


def table(api_url: str, folder: Path, *, users: int, minutes: float) -> str:
    """Measure in the order of this module's first words."""
    wait_for_motifs(api_url)
    idle = asyncio.run(_read(api_url))
    cookie, training = _start_training(api_url)
    beside = asyncio.run(_read(api_url))
    figures = {"reads while a training runs, p99 to idle": beside.percentile(99) / idle.percentile(99)}
    figures |= _locust(api_url, folder, users=users, minutes=minutes)
    failures = _failures(folder)
    watched = asyncio.run(_watch(api_url, training, users=users))
    figures[f"{users} pages that watch a job, p99"] = watched.percentile(99)
    state = httpx.get(f"{api_url}{API}/jobs/{training}", headers={"Cookie": cookie}).json()["state"]
    burst, seconds = asyncio.run(_overload(api_url, users=users))
    rows: list[tuple[object, ...]] = [(name, value, GOALS.get(name, ""), _verdict(name, value))
                                      for name, value in figures.items()]  # fmt: skip
    rows += [
        ("idle reads, p99; beside the training", f"{idle.percentile(99):.0f}; {beside.percentile(99):.0f}", "", ""),
        (f"{BURST} at once: statuses", _counted(burst.statuses), "no 5xx but 503", ""),
        (f"{BURST} at once: refused within, p95", burst.percentile(95, status=503), "", ""),
        (f"{BURST} at once: predicted within, p95", burst.percentile(95, status=200), "", ""),
        (f"{BURST} at once: seconds until predictions are normal again", seconds, "", ""),
        ("what failed", failures or "nothing", "nothing", ""),
        ("readers: statuses", _counted(idle.statuses + beside.statuses), "only 200", ""),
        ("watching pages: statuses", _counted(watched.statuses), "", ""),
        ("the training afterwards", state, "running or succeeded", ""),
    ]
    return markdown(f"{users} users, {minutes:g} minutes, ms unless said", ("", "measured", "goal", ""), rows)


def _verdict(name: str, value: float) -> str:
    return "" if name not in GOALS else "reached" if value <= GOALS[name] else "MISSED"


def _counted(statuses: list[int]) -> str:
    return ", ".join(f"{n} x {status or 'no answer'}" for status, n in sorted(Counter(statuses).items()))


def _failures(folder: Path) -> str:
    """Name what Locust could not do, as it says it."""
    with (folder / "load_failures.csv").open() as lines:
        return "; ".join(f"{row['Occurrences']} x {row['Name']}: {row['Error'][:80]}" for row in csv.DictReader(lines))


def _session(api_url: str) -> str:
    answer = httpx.post(f"{api_url}{API}/sessions", json={}).raise_for_status()
    return f"{COOKIE}={answer.json()['cookie']}"


def _start_training(api_url: str) -> tuple[str, str]:
    """Train on sequences that carry a motif, for longer than everything here takes; return cookie and job."""
    cookie = _session(api_url)
    lines = []
    for number in range(N_TRAINING):
        sequence = random_sequence(np.random.default_rng(number), 101)
        lines.append(f">{number}\n{sequence[:40]}CCACCAGGGGGCGCTA{sequence[56:]}\n")
    with httpx.Client(base_url=f"{api_url}{API}", headers={"Cookie": cookie}, timeout=60) as client:
        upload = client.put("/uploads/bound.fa", content="".join(lines)).raise_for_status().json()
        parameters = {"positives": upload["id"], "factor": "load", "epochs": EPOCHS, "patience": EPOCHS}
        answer = client.post("/jobs", json={"kind": "sequence_training", "parameters": parameters})
        if answer.status_code != httpx.codes.ACCEPTED:
            raise RuntimeError(answer.text)
        job = answer.json()
        client.put(f"/jobs/{job['id']}/sharing", json={"shared": True}).raise_for_status()
        while client.get(f"/jobs/{job['id']}").json()["state"] == "queued":
            time.sleep(0.2)
    return cookie, str(job["id"])


async def _read(api_url: str) -> Answered:
    """Read what pages read, eight readers at a time, each slower than the limit of one user."""
    found = Answered([], [])
    cookies = [await asyncio.to_thread(_session, api_url) for _ in range(READERS)]
    end = time.perf_counter() + READ_S

    async def reader(cookie: str) -> None:
        for path in cycle(READS):
            if time.perf_counter() > end:
                return
            await _timed(client, path, found, {"Cookie": cookie})
            await asyncio.sleep(0.2)

    async with httpx.AsyncClient(base_url=f"{api_url}{API}", timeout=30) as client:
        await asyncio.gather(*map(reader, cookies))
    return found


async def _watch(api_url: str, job_id: str, *, users: int) -> Answered:
    """Let many people watch one shared job, each page asking once a second with the ETag of what it has."""
    found = Answered([], [])
    cookies = [await asyncio.to_thread(_session, api_url) for _ in range(users)]

    async def page(number: int) -> None:
        etag = ""
        await asyncio.sleep(number / users)
        for _ in range(int(WATCHED_S)):
            headers = {"Cookie": cookies[number], **({"If-None-Match": etag} if etag else {})}
            etag = await _timed(client, f"/jobs/{job_id}", found, headers) or etag
            await asyncio.sleep(1)

    limits = httpx.Limits(max_connections=users)
    async with httpx.AsyncClient(base_url=f"{api_url}{API}", timeout=30, limits=limits) as client:
        await asyncio.gather(*map(page, range(users)))
    return found


async def _timed(client: httpx.AsyncClient, path: str, found: Answered, headers: dict[str, str]) -> str:
    """Ask once, note status (0: no answer) and duration, and return the ETag."""
    started = time.perf_counter()
    status, etag = 0, ""
    with suppress(httpx.TransportError):
        answer = await client.get(path, headers=headers)
        status, etag = answer.status_code, answer.headers.get("ETag", "")
    found.ms.append(1000 * (time.perf_counter() - started))
    found.statuses.append(status)
    return etag


def _locust(api_url: str, folder: Path, *, users: int, minutes: float) -> dict[str, float]:
    """Let Locust's users work and read the figures that it writes."""
    command = [
        sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless", "--only-summary",
        "--users", str(users), "--spawn-rate", "8", "--run-time", f"{60 * minutes:.0f}s", "--stop-timeout", "30",
        "--host", api_url, "--csv", str(folder / "load"), "--exit-code-on-error", "0", "--reset-stats",
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with (folder / "load_stats.csv").open() as lines:
        stats = {row["Name"]: row for row in csv.DictReader(lines)}
    total = stats["Aggregated"]
    reads = [row for name, row in stats.items() if name.startswith("read: ")]
    return {
        "requests": float(total["Request Count"]),
        "requests per second": float(total["Requests/s"]),
        "errors, %": 100 * int(total["Failure Count"]) / max(1, int(total["Request Count"])),
        "reads, p99": max(float(row["99%"]) for row in reads),  # of the slowest kind of read
        "jobs started, p99": float(stats["job started"]["99%"]),
        "small predictions, p95": float(stats["predict"]["95%"]),
        "small predictions, p99": float(stats["predict"]["99%"]),
    }


async def _overload(api_url: str, *, users: int) -> tuple[Answered, float]:
    """Send far too much at once; return what came, and the seconds until small predictions are normal again."""
    cookies = [await asyncio.to_thread(_session, api_url) for _ in range(users)]
    found = Answered([], [])
    await asyncio.gather(*(_predict(api_url, cookies[i % users], i, found) for i in range(BURST)))
    ended = time.perf_counter()
    in_a_row = 0
    cookie = await asyncio.to_thread(_session, api_url)
    while in_a_row < 5:
        one = Answered([], [])
        await _predict(api_url, cookie, BURST + int(1000 * time.perf_counter()), one)
        normal = one.statuses == [httpx.codes.OK] and one.ms[0] < 1000 * NORMAL_S
        in_a_row = in_a_row + 1 if normal else 0
        await asyncio.sleep(0.2)
    return found, time.perf_counter() - ended - 1.0  # the five that had to be normal


async def _predict(api_url: str, cookie: str, seed: int, found: Answered) -> None:
    """Predict one new sequence over a connection of its own."""
    address = urlsplit(api_url)
    body = json.dumps({"sequences": random_sequence(np.random.default_rng(seed), 101), "factors": [FACTOR]}).encode()
    head = (
        f"POST {API}/sequence-analyses HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    started = time.perf_counter()
    status = 0
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(head.encode() + body)
        status = int((await reader.readline()).split()[1])
        await reader.read()
        writer.close()
    except (OSError, IndexError):
        pass
    found.statuses.append(status)
    found.ms.append(1000 * (time.perf_counter() - started))


if __name__ == "__main__":
    main()
