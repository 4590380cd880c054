"""Child processes as data, and one supervisor that starts, watches, restarts and ends them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
TICK_S = 0.05
READY_POLL_S = 0.2
READY_TIMEOUT_S = 180.0
STOP_GRACE_S = 2.0  # per stage; two stages and the kill stay below the promised 5 s
BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
STEADY_S = 60.0


@dataclass(frozen=True)
class ChildProcess:
    """A process to keep running.

    Stages start in rising order, each when the one before is ready, and end in falling order.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    stage: int = 1
    folder: Path | None = None
    pass_fds: tuple[int, ...] = ()


def say(name: str, line: str) -> None:
    """Print one line of the log, prefixed with who says it."""
    try:
        sys.stdout.write(f"{name:>8} | {line}\n")  # print() would write the line end by itself
        sys.stdout.flush()
    except BrokenPipeError:  # the reader went away; the children's pipes must be emptied all the same
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


class Supervisor:
    """Keep children running until told to stop; leave no process behind, however this process ends."""

    def __init__(self, children: Iterable[ChildProcess]) -> None:
        self._children = [_Child(spec) for spec in children]
        self._stages = sorted({child.spec.stage for child in self._children})
        self._stopping = False

    def request_stop(self, *_: object) -> None:
        """End all children soon; safe as a signal handler."""
        self._stopping = True

    def run(self, *, announce: Callable[[], None]) -> int:
        """Start everything, announce once all is ready, watch until told to stop; return the exit code."""
        with _Guard() as guard:
            try:
                for stage in self._stages:
                    if not self._start(stage, guard):
                        return 0 if self._stopping else 1
                announce()
                while not self._stopping:
                    self._watch(guard)
                    time.sleep(TICK_S)
                return 0
            finally:
                self._stop(guard)

    def _in_stage(self, stage: int) -> list["_Child"]:
        return [child for child in self._children if child.spec.stage == stage]

    def _start(self, stage: int, guard: "_Guard") -> bool:
        """Start a stage and wait until it is ready; False when told to stop or when a child cannot start."""
        waiting = self._in_stage(stage)
        for child in waiting:
            child.start(guard)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while waiting and not self._stopping:
            if failure := self._failure(waiting, deadline, guard):
                say("launcher", failure)
                return False
            waiting = [child for child in waiting if not child.spec.ready()]
            time.sleep(READY_POLL_S if waiting else 0)
        return not self._stopping

    def _failure(self, waiting: list["_Child"], deadline: float, guard: "_Guard") -> str | None:
        """Say in one sentence why the start cannot succeed, if it cannot."""
        for child in self._children:
            if child.has_ended:
                child.bury(guard)  # first, so that its last lines are printed
                return (
                    f"{child.spec.name} {child.how_it_ended} while starting. Its last lines above say why. Giving up."
                )
        if time.monotonic() > deadline:
            names = " and ".join(child.spec.name for child in waiting)
            return f"No answer from {names} within {READY_TIMEOUT_S:.0f} s. The lines above may say why. Giving up."
        return None

    def _watch(self, guard: "_Guard") -> None:
        """Restart what has crashed, each child at its own pace."""
        for child in self._children:
            if child.has_ended:
                pause = child.bury(guard)
                say("launcher", f"{child.spec.name} {child.how_it_ended}; it starts again in {pause:.0f} s.")
            elif child.is_due:
                child.start(guard)

    def _stop(self, guard: "_Guard") -> None:
        """Ask each stage to end, last stage first, and kill what does not."""
        for stage in reversed(self._stages):
            children = self._in_stage(stage)
            for child in children:
                child.ask_to_end()
            deadline = time.monotonic() + STOP_GRACE_S
            while any(child.is_running for child in children) and time.monotonic() < deadline:
                time.sleep(TICK_S)
            for child in children:
                child.bury(guard)


class _Child:
    """The process of the moment behind a ChildProcess, and how often it failed in a row."""

    def __init__(self, spec: ChildProcess) -> None:
        self.spec = spec
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._exit_code: int | None = None
        self._failures = 0
        self._started = self._due = 0.0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def has_ended(self) -> bool:
        """Whether it ended and is not buried yet."""
        return self._process is not None and self._process.poll() is not None

    @property
    def is_due(self) -> bool:
        return self._process is None and time.monotonic() >= self._due

    @property
    def how_it_ended(self) -> str:
        code = self._process.poll() if self._process else self._exit_code
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def start(self, guard: "_Guard") -> None:
        """Start the process as the head of its own group, its output prefixed line by line."""
        self._process = subprocess.Popen(  # noqa: S603  the command is ours
            self.spec.command,
            cwd=self.spec.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.spec.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=self.spec.pass_fds,
        )
        guard.watch(self._process.pid)
        self._started = time.monotonic()
        self._reader = threading.Thread(target=self._relay, args=(self._process,), daemon=True)
        self._reader.start()

    def _relay(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                say(self.spec.name, line.rstrip())

    def ask_to_end(self) -> None:
        """Send SIGTERM to the head of the group, which knows how to end its own children."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def bury(self, guard: "_Guard") -> float:
        """Kill what is left of the group, forget the process and return the pause before the next start, in seconds."""
        if self._process is None:
            return 0.0
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids to signal a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._exit_code = self._process.wait()
        guard.forget(self._process.pid)
        if self._reader is not None:
            self._reader.join(timeout=1)
        self._process = None
        steady = time.monotonic() - self._started > STEADY_S
        pause = BACKOFF_S[0 if steady else min(self._failures, len(BACKOFF_S) - 1)]
        self._failures = 1 if steady else self._failures + 1
        self._due = time.monotonic() + pause
        return pause


class _Guard:
    """The process that ends all groups should this one die without a chance to."""

    def __enter__(self) -> "_Guard":
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", str(GUARD)], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        return self

    def watch(self, group: int) -> None:
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        self._tell(f"-{group}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # a guard that was killed must not take the rest with it
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
