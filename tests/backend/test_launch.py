"""The real stack, as `make run` starts it."""

import os
import signal
import socket
import sys
import time
import urllib.request

from backend.config import Settings
from backend.launch import _broker
from backend.ports import answers_http


def _listening() -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    return taken


def _port(address: str) -> int:
    return int(address.rsplit(":", 1)[1])


def test_page_and_api_answer_once_the_address_is_printed(stack):
    assert answers_http("127.0.0.1", _port(stack.page), "/")
    assert answers_http("127.0.0.1", _port(stack.api), "/api/v1/health/live")


def test_a_second_launch_gives_way_recovers_from_a_crash_and_leaves_nothing_when_killed(launcher, tmp_path):
    with _listening() as taken:
        port = taken.getsockname()[1]
        environment = {
            "REGULENS_DATA_DIR": str(tmp_path),
            "REGULENS_API_PORT": "0",
            "REGULENS_PAGE_PORT": str(port),
        }
        with launcher([sys.executable, "-m", "backend.launch"], environment) as launch:
            other = int(launch.wait_for(rf"Port {port} is taken; the page uses (\d+) instead")[1])
            api = _port(launch.wait_for(r"API answers at (http://\S+)/docs")[1])
            assert _port(launch.wait_for(r"ready: (http://\S+)")[1]) == other
            with urllib.request.urlopen(f"http://127.0.0.1:{other}/", timeout=10) as page:
                assert page.status == 200
            printed = len(launch.lines)
            _kill_child(launch, "backend.main:create_app")
            launch.wait_for("api was ended by SIGKILL; it starts again in 1 s", after=printed)
            _wait_for_answer(api, "/api/v1/health/live")
            assert launch.end(signal.SIGKILL) < 5


def _wait_for_answer(port: int, path: str) -> None:
    deadline = time.monotonic() + 60
    while not answers_http("127.0.0.1", port, path):
        assert time.monotonic() < deadline, f"no answer at port {port}"
        time.sleep(0.1)


def _kill_child(launch, command: str) -> None:
    (pid,) = (pid for pid, line in launch.living().items() if command in line)
    os.kill(pid, signal.SIGKILL)


def test_a_named_broker_is_used_and_none_is_started(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REDIS_URL", "redis://broker.example:6379/3")
    monkeypatch.setenv("REGULENS_DATA_DIR", str(tmp_path))
    with _broker(Settings()) as (url, children):
        assert (url, children) == ("redis://broker.example:6379/3", [])
    assert list(tmp_path.iterdir()) == []
    assert "none is started" in capsys.readouterr().out


def test_settings_that_are_not_valid_are_said_and_nothing_starts(launcher):
    with launcher([sys.executable, "-m", "backend.launch"], {"REGULENS_API_PORT": "many"}) as launch:
        launch.wait_for("The settings are not valid")
        assert launch.process.wait(timeout=5) == 2


def test_a_public_address_without_a_login_is_refused_in_one_line(launcher):
    with launcher([sys.executable, "-m", "backend.launch"], {"REGULENS_HOST": "0.0.0.0"}) as launch:
        launch.wait_for("REGULENS_HOST lets other machines reach Regulens.* Set REGULENS_ACCESS to password or proxy")
        assert launch.process.wait(timeout=5) == 2
        assert len(launch.lines) == 1


def test_the_page_refuses_a_public_address_too(launcher):
    page = [sys.executable, "-c", "from frontend.app import create_app; create_app()"]
    with launcher(page, {"REGULENS_HOST": "0.0.0.0"}) as launch:
        launch.wait_for("REGULENS_HOST lets other machines reach Regulens")
        assert launch.process.wait(timeout=60) != 0
