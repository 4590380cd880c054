"""Memory of the checkpoints and of every process, and the time to start."""

import json
import subprocess
import sys

from benchmarks.stack import Stack
from benchmarks.tables import markdown

_LOAD = """
import json, resource, sys, time
from models.checkpoints import checkpoint_names, load_checkpoint, read_card, PRETRAINED
unit = 1 if sys.platform == "darwin" else 1024
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
chosen = [n for n in checkpoint_names() if n.endswith("-" + sys.argv[1])]
before, started = peak(), time.perf_counter()
kept = [load_checkpoint(name) for name in chosen]
n = sum(t.numel() * t.element_size() for c in kept for t in c.network.state_dict().values())
print(json.dumps({"n": len(kept), "bytes": peak() - before, "weights": n, "s": time.perf_counter() - started}))
"""
_ARCHITECTURES = ("demo_cnn", "demo_rnn", "demo_cnn_rnn", "kmer_logistic")


def checkpoint_table() -> str:
    """Load all checkpoints of one architecture in a fresh process; reference: the bytes of their weights."""
    rows = []
    for architecture in _ARCHITECTURES:
        command = [sys.executable, "-c", _LOAD, architecture]
        got = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        per_checkpoint = got["bytes"] / got["n"]
        weights = got["weights"] / got["n"]
        rows.append(
            (architecture, got["n"], per_checkpoint / 1e6, per_checkpoint / weights, 1000 * got["s"] / got["n"])
        )
    header = ("architecture", "checkpoints", "MB each (peak growth)", "ratio to bytes of weights", "ms to load each")
    return markdown("Memory per checkpoint", header, rows)


def process_table(stack: Stack) -> str:
    """List the resident memory of every process of the stack, and the time until the address was printed."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True).stdout
    processes = [line.split(None, 3) for line in listing.splitlines()]
    parents = {int(pid): int(ppid) for pid, ppid, _, _ in processes}
    rows: list[tuple[object, ...]] = [
        (_short(args), int(rss) / 1000)
        for pid, _, rss, args in processes
        if _descends(int(pid), stack.launcher, parents)
    ]
    rows.append((f"total; ready after {stack.start_s:.1f} s", sum(float(str(row[1])) for row in rows)))
    return markdown("Start-up and resident memory", ("process", "MB"), rows)


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
