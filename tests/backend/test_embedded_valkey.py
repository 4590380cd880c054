"""The broker that comes along: its folder is its own, and only who has the password may speak to it."""

import stat
from pathlib import Path

import pytest
import redis

from backend.embedded_valkey import EmbeddedValkey, embedded_valkey
from backend.processes import Supervisor


def _run(valkey: EmbeddedValkey, action) -> None:
    """Run the broker until the action has been done."""
    supervisor = Supervisor([valkey.process])

    def announce() -> None:
        supervisor.request_stop()
        action()

    assert supervisor.run(announce=announce) == 0


def test_what_was_written_is_there_after_a_restart(tmp_path):
    def write() -> None:
        with redis.Redis.from_url(first.url) as client:
            client.lpush("queue", "job")
            assert client.config_get("appendonly") == {"appendonly": "yes"}

    def read() -> None:
        with redis.Redis.from_url(second.url) as client:
            assert client.lrange("queue", 0, -1) == [b"job"]

    with embedded_valkey(tmp_path) as first:
        _run(first, write)
    with embedded_valkey(tmp_path) as second:
        _run(second, read)
    assert first.folder == second.folder
    assert first.url.split("@")[0] != second.url.split("@")[0]


def test_nobody_gets_in_without_the_password(tmp_path):
    def knock() -> None:
        address = "redis://" + valkey.url.split("@")[1]
        with redis.Redis.from_url(address) as client, pytest.raises(redis.AuthenticationError):
            client.ping()

    with embedded_valkey(tmp_path) as valkey:
        assert stat.S_IMODE((valkey.folder / "valkey.conf").stat().st_mode) == 0o600
        _run(valkey, knock)


def test_two_runs_at_once_do_not_share_a_folder(tmp_path: Path):
    with embedded_valkey(tmp_path) as first, embedded_valkey(tmp_path) as second:
        assert first.folder != second.folder
    with embedded_valkey(tmp_path) as third:
        assert third.folder == first.folder


def test_a_folder_with_spaces_and_quotes_works(tmp_path):
    folder = tmp_path / 'my "data" here'
    with embedded_valkey(folder) as valkey:
        _run(valkey, lambda: None)
    assert (valkey.folder / "appendonlydir").is_dir()


def _damaged(folder: Path, how: str) -> None:
    files = folder / "appendonlydir"
    log, manifest = next(files.glob("*.incr.aof")), files / "appendonly.aof.manifest"
    content = log.read_bytes()
    middle = len(content) // 2
    changes = {
        "its middle": (log, content[:middle] + bytes(20) + content[middle + 20 :]),
        "its end": (log, content[:-7]),
        "its manifest": (manifest, b"no manifest at all\n"),
        "a file that is gone": (log, None),
    }
    path, changed = changes[how]
    path.unlink() if changed is None else path.write_bytes(changed)


@pytest.mark.parametrize("how", ["its middle", "its end", "its manifest", "a file that is gone"])
def test_a8_a_damaged_file_is_moved_aside_and_the_broker_starts_empty(tmp_path, how):
    def write() -> None:
        with redis.Redis.from_url(valkey.url) as client:
            for number in range(50):
                client.lpush("queue", f"job {number}")

    def use() -> None:
        with redis.Redis.from_url(valkey.url) as client:
            assert client.llen("queue") == 0
            client.lpush("queue", "another")

    with embedded_valkey(tmp_path) as valkey:
        _run(valkey, write)
        _damaged(valkey.folder, how)
        _run(valkey, use)
        assert len(list(valkey.folder.glob("damaged-*"))) == 1
