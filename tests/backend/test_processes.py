"""The supervisor, on small stand-in processes that are data to it."""

import json
import signal
import sys
import time

import pytest

from backend.ports import free_port

RUNNER = """
import json, signal, sys
from functools import partial
from backend.ports import answers_http
from backend.processes import ChildProcess, Supervisor, say

children = [
    ChildProcess(
        name=child["name"],
        command=[sys.executable, "-c", child["code"], *child.get("arguments", [])],
        stage=child.get("stage", 1),
        ready=partial(answers_http, "127.0.0.1", child["port"], "/") if "port" in child else lambda: True,
    )
    for child in json.loads(sys.argv[1])
]
supervisor = Supervisor(children)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, supervisor.request_stop)
sys.exit(supervisor.run(announce=lambda: say("test", "READY")))
"""
SERVER = """
import http.server, sys, time
time.sleep(float(sys.argv[2]))
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
print("listening", flush=True)
server.serve_forever()
"""
SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"])
time.sleep(60)
"""
CRASHES_ONCE = """
import pathlib, sys, time
first = not pathlib.Path(sys.argv[1]).exists()
pathlib.Path(sys.argv[1]).touch()
time.sleep(0.5)
sys.exit(3) if first else print("second life", flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervise(launcher):
    """Run children under a supervisor in a process of its own."""
    return lambda *children: launcher([sys.executable, "-c", RUNNER, json.dumps(children)], {})


def _server(name: str, port: int, *, delay_s: float) -> dict[str, object]:
    return {"name": name, "code": SERVER, "arguments": [str(port), str(delay_s)], "port": port}


def test_ready_is_said_only_when_every_child_answers(supervise):
    first = free_port(0)
    second = free_port(0, avoid=frozenset({first}))
    with supervise(_server("page", first, delay_s=0), _server("api", second, delay_s=1)) as run:
        run.wait_for("READY")
        before = run.lines[: run.lines.index("    test | READY")]
        assert {line.strip() for line in before if "listening" in line} == {"page | listening", "api | listening"}
        assert run.end(signal.SIGTERM) < 5
        assert run.process.returncode == 0


def test_a_crashed_child_starts_again_and_the_log_says_so(supervise, tmp_path):
    with supervise({"name": "worker", "code": CRASHES_ONCE, "arguments": [str(tmp_path / "ran")]}) as run:
        run.wait_for("worker ended with exit code 3; it starts again in 1 s")
        run.wait_for("second life")


def test_a_child_that_cannot_start_ends_the_run_with_the_reason(supervise):
    with supervise({"name": "api", "code": "import no_such_module", "port": 9}, {"name": "page", "code": SLEEP}) as run:
        run.wait_for("api ended with exit code 1 while starting")
        assert run.process.wait(timeout=5) == 1
        assert any("No module named 'no_such_module'" in line for line in run.lines)
        assert "    test | READY" not in run.lines
        assert run.living() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_nothing_is_left_even_of_children_that_will_not_go(supervise, number):
    with supervise({"name": "stubborn", "code": STUBBORN}, {"name": "broker", "code": SLEEP, "stage": 0}) as run:
        run.wait_for(r"stubborn \| up")
        assert len(run.living()) == 5  # launcher, guard, broker, stubborn and its own child
        assert run.end(number) < 5


def test_a_stage_waits_for_the_one_before(supervise):
    with supervise(
        {"name": "late", "code": SLEEP, "stage": 1},
        {**_server("broker", free_port(0), delay_s=0.5), "stage": 0},
    ) as run:
        run.wait_for(r"late \| up")
        order = [line.split("|")[0].strip() for line in run.lines if "listening" in line or "late | up" in line]
        assert order == ["broker", "late"]


def test_a_stop_during_the_start_is_obeyed_at_once(supervise):
    with supervise({"name": "api", "code": SLEEP, "port": free_port(0)}) as run:
        run.wait_for(r"api \| up")
        started = time.monotonic()
        run.end(signal.SIGINT)
        assert time.monotonic() - started < 5
        assert run.process.returncode == 0
