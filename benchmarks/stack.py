"""The product, started as `make run` starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Stack(NamedTuple):
    """Addresses of a running Regulens, its launcher's process id, and the seconds until it was ready."""

    page_url: str
    api_url: str
    launcher: int
    start_s: float


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Start the launcher on free ports, wait for its address, and end it."""
    environment = os.environ | {"REGULENS_API_PORT": "0", "REGULENS_PAGE_PORT": "0", "REGULENS_LOG_LEVEL": "warning"}
    started = time.perf_counter()
    command = [sys.executable, "-m", "backend.launch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as launcher:
        try:
            addresses = _addresses(launcher)
            yield Stack(addresses["page"], addresses["api"], launcher.pid, time.perf_counter() - started)
        finally:
            launcher.send_signal(signal.SIGINT)
            launcher.communicate()


def _addresses(launcher: "subprocess.Popen[str]") -> dict[str, str]:
    assert launcher.stdout is not None
    found: dict[str, str] = {}
    patterns = {"api": r"API answers at (http://\S+)/docs", "page": r"Regulens is ready: (http://\S+)"}
    for line in launcher.stdout:
        found |= {name: match[1] for name, pattern in patterns.items() if (match := re.search(pattern, line))}
        if len(found) == len(patterns):
            return found
    raise RuntimeError("the launcher ended before it printed its addresses")
