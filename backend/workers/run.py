"""Run a worker of one queue: `python -m backend.workers.run fast` or `heavy`.

It says every few seconds in the ledger that it lives. When it is told to end it gives back what it holds, so that
another worker goes on at once.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import Any, Final

from celery.signals import worker_ready
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.leases import give_back
from backend.jobs.ledger import Ledger, open_ledger
from backend.jobs.processes import BEAT_S, beat, leave
from backend.schemas.jobs import QUEUES
from backend.workers.celery_app import app

OPTIONS: Final = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")

log = logging.getLogger(__name__)


def main() -> int:
    """Run until told to end; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m backend.workers.run")
    parser.add_argument("queue", choices=QUEUES)
    parser.add_argument("--concurrency", type=int, default=1, help="jobs at a time; one process each")
    given = parser.parse_args()
    settings = Settings()
    migrate(settings.ledger_url)
    name = f"{given.queue}-{os.getpid()}@{socket.gethostname()}"
    _announce(open_ledger(settings), name, given.queue)
    arguments = ["worker", "--queues", given.queue, "--hostname", name, "--concurrency", str(given.concurrency)]
    app.worker_main(["--quiet", *arguments, *OPTIONS])
    return 0


def _announce(ledger: Ledger, name: str, queue: str) -> None:
    """Write the worker's sign of life, and hand its jobs over as soon as it is told to end."""
    ending = threading.Event()

    def live() -> None:
        while not ending.is_set():
            _try(beat, ledger, name, role=queue)
            ending.wait(BEAT_S)

    def start(**_: Any) -> None:
        threading.Thread(target=live, daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, partial(hand_over, signal.getsignal(number)))

    def hand_over(celerys_own: Any, *received: Any) -> None:
        """Give back first: Celery tells that it ends only after it has waited for what runs."""
        ending.set()
        _try(give_back, ledger, worker=name)
        _try(leave, ledger, name)
        celerys_own(*received)

    worker_ready.connect(start, weak=False)


def _try(write: Any, *args: Any, **kwargs: Any) -> None:
    """Write to the ledger; that the database is away for a moment must not end a worker."""
    try:
        write(*args, **kwargs)
    except SQLAlchemyError as error:
        log.warning("the ledger cannot be written: %s", error)


if __name__ == "__main__":
    sys.exit(main())
