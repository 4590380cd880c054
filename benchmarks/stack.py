"""The product, started as `make run` starts it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx

# Where one client stands for many people, or does not wait between its questions.
UNLIMITED: Final = dict.fromkeys(("REGULENS_REQUESTS_PER_MINUTE", "REGULENS_PREDICTIONS_PER_SECOND"), "1000000000")

LOG: Final = Path(tempfile.gettempdir()) / "regulens-benchmark.log"


class Stack(NamedTuple):
    """Addresses of a running Regulens, its launcher's process id, and the seconds until it was ready."""

    page_url: str
    api_url: str
    launcher: int
    start_s: float


@contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    """Start the launcher on free ports, wait for its address, and end it; `settings` are environment variables."""
    environment = (
        os.environ | settings | {"REGULENS_API_PORT": "0", "REGULENS_PAGE_PORT": "0", "REGULENS_LOG_LEVEL": "warning"}
    )
    started = time.perf_counter()
    command = [sys.executable, "-m", "backend.launch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as launcher:
        try:
            addresses = _addresses(launcher)
            threading.Thread(target=_drain, args=(launcher,), daemon=True).start()
            yield Stack(addresses["page"], addresses["api"], launcher.pid, time.perf_counter() - started)
        finally:
            launcher.send_signal(signal.SIGINT)
            launcher.wait()


def wait_for_motifs(api_url: str) -> None:
    """Wait until the API has loaded what names motifs, which takes processor time in the seconds after its start."""
    with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as api:
        while api.get("/api/v1/health/ready").json()["motifs"] == "preparing":
            time.sleep(0.5)


def _drain(launcher: "subprocess.Popen[str]") -> None:
    """Keep what is printed later for who looks for a reason; a full pipe would stop the launcher."""
    assert launcher.stdout is not None
    with LOG.open("w", encoding="utf-8") as log:
        log.writelines(launcher.stdout)


def _addresses(launcher: "subprocess.Popen[str]") -> dict[str, str]:
    assert launcher.stdout is not None
    found: dict[str, str] = {}
    patterns = {"api": r"API answers at (http://\S+)/docs", "page": r"Regulens is ready: (http://\S+)"}
    for line in launcher.stdout:
        found |= {name: match[1] for name, pattern in patterns.items() if (match := re.search(pattern, line))}
        if len(found) == len(patterns):
            return found
    raise RuntimeError("the launcher ended before it printed its addresses")
