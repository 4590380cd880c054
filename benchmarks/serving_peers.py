"""One prediction with its saliency per request, 64 clients: Regulens beside what else one would serve a network with.

`python -m benchmarks.serving_peers`. Every server runs the same network by the same functions, with one thread, one
process for it and the environment that the launcher gives, and is asked by the same client in turn, while the others
are stopped. Processor time per answer is printed too: it stays true where other programs share the machine.
"""

import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import psutil

from backend.launch import USUAL
from backend.ports import answers_http, free_port
from benchmarks.goals import Goal, Measured
from benchmarks.http_client import Load, load
from benchmarks.one_network import CHECKPOINT, METHOD, answer, load_network
from benchmarks.stack import UNLIMITED, wait_for_motifs
from benchmarks.tables import markdown
from models.checkpoints import PRETRAINED
from models.examples import random_sequence

CLIENTS: Final = 64
BATCH: Final = 64
SECONDS: Final = 4.0
ROUNDS: Final = 5
N_QUESTIONS: Final = 4096
HOST: Final = "127.0.0.1"
START_S: Final = 60.0
OURS, PLAIN, LITSERVE, IN_PROCESS = "Regulens", "plain `def` route", "LitServe", "batches in process"


class Peer(NamedTuple):
    """A server: how it is started, and how it is asked."""

    name: str
    command: Callable[[int], Sequence[str]]
    path: str
    question: Callable[[str], Mapping[str, object]]
    ready: str = "/docs"


class Running(NamedTuple):
    """A server that runs, stopped while it is not its turn."""

    peer: Peer
    url: str
    process: psutil.Process
    questions: list[bytes]


class Turn(NamedTuple):
    """What a server reached in one round; processor time in milliseconds per answer."""

    load: Load
    cpu_ms: float


def _uvicorn(factory: str) -> Callable[[int], Sequence[str]]:
    options = ("--factory", "--no-access-log", "--log-level", "warning")
    return lambda port: (sys.executable, "-m", "uvicorn", factory, *options, "--port", str(port))


PEERS: Final = (
    Peer(
        OURS,
        _uvicorn("backend.main:create_app"),
        "/api/v1/sequence-analyses",
        lambda sequence: {
            "sequences": sequence,
            "factors": [CHECKPOINT.partition("-")[0]],
            "strands": ["forward"],
            "explanations": [{"name": METHOD}],
        },
    ),
    Peer(PLAIN, _uvicorn("benchmarks.plain_route:create_app"), "/predict", lambda sequence: {"sequence": sequence}),
    Peer(
        LITSERVE,
        lambda port: (sys.executable, "-m", "benchmarks.litserve_reference", str(port)),
        "/predict",
        lambda sequence: {"sequence": sequence},
        "/health",
    ),
)


@cache
def measure(rounds: int = ROUNDS) -> dict[str, list[Turn]]:
    """Ask the servers in turn, and call the network in this process in between."""
    sequences = [random_sequence(np.random.default_rng(seed), 101) for seed in range(N_QUESTIONS)]
    turns: dict[str, list[Turn]] = {name: [] for name in (*(peer.name for peer in PEERS), IN_PROCESS)}
    network = load_network()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = [stack.enter_context(_running(peer, Path(folder), sequences)) for peer in PEERS]
        for _ in range(rounds):
            turns[IN_PROCESS].append(_in_process(lambda batch: answer(network, batch), sequences))
            for server in servers:
                turns[server.peer.name].append(_turn(server))
    return turns


def table(turns: Mapping[str, Sequence[Turn]]) -> str:
    """Print rates, latencies and processor time, and the ratios of ours to each."""
    rate = {name: statistics.median(turn.load.rate for turn in each) for name, each in turns.items()}
    rows = []
    for name, each in turns.items():
        columns = [(*turn.load[1:], turn.cpu_ms) for turn in each]
        rows.append(
            (name, *(statistics.median(values) for values in zip(*columns, strict=True)), rate[OURS] / rate[name])
        )
    header = ("", "answers/s", "p50 ms", "p99 ms", "processor ms each", "Regulens to it")
    return markdown(f"Prediction and saliency of one CNN, {CLIENTS} clients", header, rows)


@contextmanager
def _running(peer: Peer, folder: Path, sequences: Sequence[str]) -> Iterator[Running]:
    """Start a server in a session of its own, wait until it answers, and stop it until its turn."""
    port = free_port(0, host=HOST)
    weights = folder / "weights"
    if not weights.exists():
        shutil.copytree(PRETRAINED / CHECKPOINT, weights / CHECKPOINT)
    environment = (
        os.environ
        | UNLIMITED
        | USUAL
        | {
            "REGULENS_DATA_DIR": str(folder / "data"),
            "REGULENS_CHECKPOINT_DIR": str(weights),
            "REGULENS_LOG_LEVEL": "warning",
            "OMP_NUM_THREADS": "1",
        }
    )
    with subprocess.Popen(peer.command(port), env=environment, start_new_session=True) as process:
        try:
            _wait(peer, port, process)
            questions = [json.dumps(peer.question(sequence)).encode() for sequence in sequences]
            os.killpg(process.pid, signal.SIGSTOP)
            yield Running(peer, f"http://{HOST}:{port}", psutil.Process(process.pid), questions)
        finally:
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGTERM)


def _wait(peer: Peer, port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_S
    while not answers_http(HOST, port, peer.ready):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{peer.name} does not answer")
        time.sleep(0.2)
    if peer.name == OURS:
        wait_for_motifs(f"http://{HOST}:{port}")


def _turn(server: Running) -> Turn:
    os.killpg(server.process.pid, signal.SIGCONT)
    try:
        before = _cpu_s(server.process)
        reached = asyncio.run(load(server.url, server.peer.path, server.questions, n_clients=CLIENTS, seconds=SECONDS))
        return Turn(reached, 1000 * (_cpu_s(server.process) - before) / reached.n)
    finally:
        os.killpg(server.process.pid, signal.SIGSTOP)


def _cpu_s(process: psutil.Process) -> float:
    """Return the processor time of a server, with that of the processes that it has started."""
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def _in_process(compute: Callable[[list[str]], object], sequences: Sequence[str]) -> Turn:
    batches = [list(sequences[first : first + BATCH]) for first in range(0, N_QUESTIONS, BATCH)]
    compute(batches[0])
    started, cpu, latencies = time.perf_counter(), time.thread_time(), list[float]()
    for number in count():
        before = time.perf_counter()
        if before - started >= SECONDS / 2:
            break
        compute(batches[number % len(batches)])
        latencies.append(time.perf_counter() - before)
    reached = Load.of(latencies, seconds=time.perf_counter() - started, each=BATCH)
    return Turn(reached, 1000 * (time.thread_time() - cpu) / reached.n)


def _against(reference: str) -> Measured:
    """Hold our rate against another's, round by round."""
    turns = measure()
    ours, theirs = ([turn.load.rate for turn in turns[name]] for name in (OURS, reference))
    cpu = [statistics.median(turn.cpu_ms for turn in turns[name]) for name in (OURS, reference)]
    return Measured(
        statistics.median(one / other for one, other in zip(ours, theirs, strict=True)),
        f"{statistics.median(ours):,.0f}/s against {statistics.median(theirs):,.0f}/s; "
        f"processor {cpu[0]:.2f} and {cpu[1]:.2f} ms each",
    )


def _slowest() -> Measured:
    loads = [turn.load for turn in measure()[OURS]]
    return Measured(
        statistics.median(load.p99 for load in loads), f"p50 {statistics.median(load.p50 for load in loads):.0f} ms"
    )


_TEXT: Final = f"prediction and saliency over HTTP, {CLIENTS} clients, answers/s"
GOALS: Final = (
    Goal("G1-plain", _TEXT, 4.0, "plain `def` route of FastAPI", partial(_against, PLAIN)),
    Goal("G1-litserve", _TEXT, 2.5, "LitServe with batches of 64", partial(_against, LITSERVE)),
    Goal("G1-in-process", _TEXT, 0.8, "the same functions in batches of 64", partial(_against, IN_PROCESS)),
    Goal("G1-p99", f"slowest percent of these, {CLIENTS} clients", 150.0, "", _slowest, "lower", "ms"),
)


if __name__ == "__main__":
    print(table(measure()))
