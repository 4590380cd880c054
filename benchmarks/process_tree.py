"""What the processes of a running Regulens hold: memory, descriptors, connections to the ledger, zombies."""

import contextlib
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

LEDGER_FILE = "jobs.sqlite3"


class Held(NamedTuple):
    """What one process holds at a moment."""

    rss: int
    descriptors: int
    ledger_files: int
    threads: int
    is_zombie: bool


def tree(launcher: int) -> dict[str, Held]:
    """Return what the launcher and everything below it holds, by name and process id."""
    root = psutil.Process(launcher)
    found = {}
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended just now
            found[f"{_name(process)} {process.pid}"] = _held(process)
    return found


def _held(process: psutil.Process) -> Held:
    if process.status() == psutil.STATUS_ZOMBIE:
        return Held(0, 0, 0, 0, is_zombie=True)
    ledger = sum(LEDGER_FILE in file.path for file in process.open_files())
    return Held(process.memory_info().rss, process.num_fds(), ledger, process.num_threads(), is_zombie=False)


def _name(process: psutil.Process) -> str:
    """Tell the processes apart by what they run."""
    words = " ".join(process.cmdline()[1:])
    names = {
        "backend.launch": "launcher", "guard.py": "guard", "backend.main": "api", "frontend.app": "page",
        "dispatcher": "dispatcher", "workers.run fast": "fast", "workers.run heavy": "heavy", "valkey": "valkey",
        "_tracker": "tracker", "spawn_main": "pool",
    }  # fmt: skip
    name = next((name for part, name in names.items() if part in words), process.name())
    if name == "pool":
        parent = process.parent()
        return f"pool of {_name(parent)}" if parent is not None else name
    return name
