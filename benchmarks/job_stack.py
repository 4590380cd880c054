"""Broker, dispatcher, workers and API as processes that can be killed and started again, one by one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from backend.config import Settings
from backend.embedded_valkey import embedded_valkey
from backend.jobs.database import migrate
from backend.jobs.ledger import Ledger, open_ledger, rows
from backend.jobs.tables import JobRecord, ProcessRecord
from backend.ports import answers_http, free_port
from backend.processes import ChildProcess
from backend.schemas.jobs import QUEUES

ROOT: Final = Path(__file__).parents[1]
PROBES: Final = ROOT / "tests" / "backend" / "jobs"
START_S: Final = 60.0
POLL_S: Final = 0.05


@dataclass
class JobStack:
    """Processes by name, and the ledger that they share."""

    settings: Settings
    ledger: Ledger
    folder: Path
    commands: Mapping[str, ChildProcess]
    api_url: str
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Start processes and wait until they can do their work."""
        for name in names:
            self.launch(name)
        for name in names:
            self.wait(lambda name=name: self._is_ready(name), f"{name} is not ready")  # type: ignore[misc]

    def stop(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process and everything below it, and wait for its end."""
        process = self.running.pop(name)
        if number == signal.SIGKILL:
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.wait(timeout=60)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and everything below it."""
        os.killpg(self.running[name].pid, number)

    def pool_child(self, name: str) -> int:
        """Return the process in which a worker runs its job."""
        return self._pool(name)[0]

    def pool_size(self, name: str) -> int:
        """Count the processes in which a worker runs jobs."""
        return len(self._pool(name))

    def job(self, job_id: str) -> Any:
        """Return a job's row."""
        with self.ledger.reading() as connection:
            return rows(connection, JobRecord.id == job_id)[0]

    def jobs(self) -> list[Any]:
        """Return all rows."""
        with self.ledger.reading() as connection:
            return list(rows(connection))

    def log_of(self, name: str) -> str:
        """Return what a process has printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait(self, true: Callable[[], Any], otherwise: str, *, timeout_s: float = START_S) -> float:
        """Wait until something is true and return the seconds it took."""
        started = time.monotonic()
        while not true():
            if time.monotonic() - started > timeout_s:
                raise AssertionError(f"{otherwise} after {timeout_s:g} s")
            time.sleep(POLL_S)
        return time.monotonic() - started

    def _pool(self, name: str) -> list[int]:
        children = _children(self.running[name].pid)
        return [pid for pid in children if b"spawn_main" in _command_line(pid)]

    def launch(self, name: str) -> None:
        """Start a process and do not wait."""
        spec = self.commands[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                spec.command,
                cwd=spec.folder or ROOT,
                env={**os.environ, **spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=spec.pass_fds,
            )

    def _is_ready(self, name: str) -> bool:
        if self.running[name].poll() is not None:
            raise AssertionError(f"{name} has ended:\n{self.log_of(name)[-3000:]}")
        if name not in QUEUES:
            return self.commands[name].ready()
        with self.ledger.reading() as connection:
            worker = f"{name}-{self.running[name].pid}@{socket.gethostname()}"
            return bool(connection.execute(select(ProcessRecord.name).where(ProcessRecord.name == worker)).all())


@contextmanager
def job_stack(folder: Path, **options: Any) -> Iterator[JobStack]:
    """Describe a stack in a folder of its own; end every process when the block ends.

    `options` are settings. The probe kinds of the tests are registered beside the real ones.
    """
    settings = Settings(data_dir=folder / "data", job_modules=("probe_kinds",), **options)
    migrate(settings.ledger_url)
    ledger = open_ledger(settings)
    port = free_port(0)
    with embedded_valkey(settings.data_dir) as valkey:
        environment = _environment(settings, valkey.url)
        commands: dict[str, ChildProcess] = {
            "valkey": valkey.process,
            "dispatcher": _python("dispatcher", environment, "backend.workers.dispatcher"),
            **{queue: _python(queue, environment, "backend.workers.run", queue) for queue in QUEUES},
            "api": _api(environment, port),
        }
        stack = JobStack(settings, ledger, folder, commands, f"http://127.0.0.1:{port}")
        try:
            yield stack
        finally:
            for name in list(stack.running):
                stack.stop(name)
            ledger.engine.dispose()


def _environment(settings: Settings, redis_url: str) -> dict[str, str]:
    given = settings.model_dump(mode="json", exclude_unset=True, exclude={"job_modules", "redis_url", "database_url"})
    named = {
        f"REGULENS_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
        if value is not None
    }
    database = {} if settings.database_url is None else {"DATABASE_URL": settings.database_url}
    return {
        **named,
        **database,
        "REDIS_URL": redis_url,
        "REGULENS_JOB_MODULES": '["probe_kinds"]',
        "PYTHONPATH": str(PROBES),
        "PYTHONUNBUFFERED": "1",
        "NUMBA_NUM_THREADS": "1",
        "REMAP_SIGTERM": "SIGQUIT",
    }


def _python(name: str, environment: Mapping[str, str], *arguments: str, **more: Any) -> ChildProcess:
    return ChildProcess(name=name, command=(sys.executable, "-m", *arguments), environment=environment, **more)


def _api(environment: Mapping[str, str], port: int) -> ChildProcess:
    options = ("--factory", "--no-access-log", "--host", "127.0.0.1", "--port", str(port))
    ready = lambda: answers_http("127.0.0.1", port, "/api/v1/health/live")  # noqa: E731
    return _python("api", environment, "uvicorn", "backend.main:create_app", *options, ready=ready)


def _children(parent: int) -> list[int]:
    return [
        int(child) for path in Path(f"/proc/{parent}/task").glob("*/children") for child in path.read_text().split()
    ]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""
