"""Memory of the checkpoints and of every process, and the time to start."""

import json
import subprocess
import sys
from functools import cache, partial
from typing import Final

from benchmarks.goals import Goal, Measured
from benchmarks.stack import Stack, running_stack, wait_for_motifs
from benchmarks.tables import markdown
from models.checkpoints import architecture_names

_COPIES = 10  # of each checkpoint, so that the growth is well above what the allocator keeps free
_LOAD = """
import json, os, subprocess, sys, time
from models.checkpoints import checkpoint_names, load_checkpoint
def resident():
    return 1024 * int(subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True).stdout)
chosen = [n for n in checkpoint_names() if n.endswith("-" + sys.argv[1])]
load_checkpoint(chosen[0])
before, started = resident(), time.perf_counter()
kept = [load_checkpoint(name) for name in chosen * int(sys.argv[2])]
s = time.perf_counter() - started
weights = sum(t.numel() * t.element_size() for c in kept for t in c.network.state_dict().values())
print(json.dumps({"n": len(kept), "bytes": resident() - before, "weights": weights, "s": s}))
"""


def checkpoint_table() -> str:
    """Load all checkpoints of one architecture, each ten times, in a fresh process; reference: the bytes of weights."""
    rows = []
    for architecture in architecture_names():
        command = [sys.executable, "-c", _LOAD, architecture, str(_COPIES)]
        got = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        per_checkpoint = got["bytes"] / got["n"]
        weights = got["weights"] / got["n"]
        rows.append(
            (architecture, got["n"], per_checkpoint / 1e6, per_checkpoint / weights, 1000 * got["s"] / got["n"])
        )
    header = ("architecture", "loads", "MB each", "ratio to bytes of weights", "ms to load each")
    return markdown("Memory per checkpoint", header, rows)


def process_table(stack: Stack) -> str:
    """List the resident memory of every process of the stack, and the time until the address was printed."""
    rows: list[tuple[object, ...]] = list(_processes(stack))
    rows.append((f"total; ready after {stack.start_s:.1f} s", sum(float(str(row[1])) for row in rows)))
    return markdown("Start-up and resident memory", ("process", "MB"), rows)


def _processes(stack: Stack) -> list[tuple[str, float]]:
    """Return the resident megabytes of every process of the stack."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True).stdout
    processes = [line.split(None, 3) for line in listing.splitlines()]
    parents = {int(pid): int(ppid) for pid, ppid, _, _ in processes}
    return [
        (_short(args), int(rss) / 1000)
        for pid, _, rss, args in processes
        if _descends(int(pid), stack.launcher, parents)
    ]


@cache
def _resident() -> dict[str, float]:
    """Return MB of API and page: when they are ready, and when the functions that name motifs are loaded too."""
    with running_stack() as stack:
        found = {f"{name} at start": mb for name, mb in _processes(stack) if name in ("API", "page")}
        wait_for_motifs(stack.api_url)
        return found | {f"{name} with motifs": mb for name, mb in _processes(stack) if name in ("API", "page")}


def _megabytes(name: str) -> Measured:
    others = (f"{other} {mb:.0f} MB" for other, mb in _resident().items() if other != name)
    return Measured(_resident()[name], ", ".join(others))


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid and pid != ancestor:
        pid = parents.get(pid, 0)
    return pid == ancestor


def _short(command: str) -> str:
    known = {
        "backend.launch": "launcher",
        "backend.main": "API",
        "frontend.app": "page",
        "valkey": "Valkey",
        "celery": "worker",
    }
    return next((name for part, name in known.items() if part in command), "worker's helper")


_ALL: Final = "resident memory with every shipped checkpoint loaded:"
GOALS: Final = (
    Goal("G12-api", f"{_ALL} API", 450.0, "", partial(_megabytes, "API at start"), "lower", "MB"),
    Goal("G12-api-motifs", f"{_ALL} API that names motifs", 450.0, "", partial(_megabytes, "API with motifs"),
         "lower", "MB"),
    Goal("G12-page", "resident memory of the page's server", 120.0, "", partial(_megabytes, "page at start"),
         "lower", "MB"),
)  # fmt: skip
