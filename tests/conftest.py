"""The running stack, started as `make run` starts it, for the tests of the launcher and of the page."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

ROOT = Path(__file__).parents[1]
MARK = "REGULENS_TEST_RUN"
START_S = 120
STOP_S = 5
NEEDING_SERVERS = {"stack", "laboratory"}  # fixtures that start servers; `make test` runs their tests by themselves


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need the running stack: `make test` runs them last, when the others leave them the time."""
    for item in items:
        if not NEEDING_SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.running_stack)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _default_logging() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@dataclass
class Launch:
    """A started launcher, with what it has printed so far."""

    process: subprocess.Popen[str]
    mark: str
    lines: list[str] = field(default_factory=list)

    def wait_for(self, pattern: str, *, after: int = 0, timeout_s: float = START_S) -> re.Match[str]:
        """Wait for a line, at index `after` or later, that matches."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            finished = self.process.poll() is not None
            for line in self.lines[after:]:
                if match := re.search(pattern, line):
                    return match
            if finished:
                break
            time.sleep(0.02)
        raise AssertionError(f"no line matches {pattern!r}; the output so far:\n" + "\n".join(self.lines))

    def living(self) -> dict[int, str]:
        """Map the ids of all processes that this launch brought about to their command lines."""
        return _processes_with(f"{MARK}={self.mark}")

    def end(self, number: signal.Signals) -> float:
        """Send a signal to the launcher, wait until nothing is left and return the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=2 * STOP_S)
        while self.living():
            assert time.monotonic() - started < STOP_S, f"still there: {self.living()}\n" + "\n".join(self.lines)
            time.sleep(0.05)
        return time.monotonic() - started


def _processes_with(marker: str) -> dict[int, str]:
    """Find processes by a variable of their environment: parents may be gone, groups may be new."""
    if sys.platform != "linux":
        listing = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
        found = (line.split(maxsplit=1) for line in listing.stdout.splitlines() if marker in line)
        return {int(pid): command for pid, command in found}
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has just ended
            continue
    return found


@contextmanager
def _launch(command: list[str], environment: dict[str, str]) -> Iterator[Launch]:
    mark = uuid.uuid4().hex
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REGULENS_", "REDIS_URL"))}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**kept, **environment, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    launch = Launch(process, mark)
    reader = threading.Thread(target=lambda: launch.lines.extend(map(str.rstrip, process.stdout)))
    reader.start()
    try:
        yield launch
    finally:
        process.kill()
        process.wait()
        reader.join(timeout=STOP_S)
        process.stdout.close()


Launcher = Callable[[list[str], dict[str, str]], AbstractContextManager[Launch]]


@pytest.fixture(scope="session")
def launcher() -> Launcher:
    """Start a command whose processes can be told apart from all others."""
    return _launch


@dataclass(frozen=True)
class Stack:
    """Addresses of a running Regulens."""

    page: str
    api: str
    launch: Launch


@pytest.fixture(scope="session")
def stack(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run Regulens on free ports; afterwards Ctrl-C must end it, all of it, in time."""
    environment = {
        "REGULENS_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "REGULENS_API_PORT": "0",
        "REGULENS_PAGE_PORT": "0",
        "REGULENS_JOB_LEASE_S": "4",
    }
    with launcher([sys.executable, "-m", "backend.launch"], environment) as launch:
        page = launch.wait_for(r"ready: (http://\S+)")[1]
        api = launch.wait_for(r"API answers at (http://\S+)/docs")[1]
        yield Stack(page=page, api=api, launch=launch)
        launch.end(signal.SIGINT)
        assert launch.process.returncode == 0, "\n".join(launch.lines)
