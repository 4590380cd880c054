"""Run a worker of one queue: `python -m backend.workers.run fast` or `heavy`.

It says every few seconds in the ledger that it lives. When it is told to end it gives back what it holds, so that
another worker goes on at once. One that lives but no longer works ends by itself, so that launcher or compose start
another. What takes long yields to what people wait for: heavy jobs run at a low priority.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from functools import partial
from typing import Any, Final

from billiard.process import active_children  # type: ignore[import-untyped]
from celery.signals import heartbeat_sent, worker_ready
from celery.worker.state import active_requests
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.leases import count_held, give_back
from backend.jobs.ledger import Ledger, open_ledger
from backend.jobs.processes import BEAT_S, beat, leave
from backend.schemas.jobs import QUEUES
from backend.workers.celery_app import LOCAL_BROKER, app
from backend.workers.watch import Watch

NICE: Final = {"heavy": 10}  # by queue; the processes of the pool inherit it
LEASES_OF_PATIENCE: Final = 3  # a minute with the lease of 20 s that is usual
LEAST_PATIENCE_S: Final = 12.0  # once the queue is back, Celery lets some seconds pass until it tries again
BROKER_TIMEOUT_S: Final = 3.0
NO_LONGER_WORKS: Final = 75
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
    ledger = open_ledger(settings)
    watch = Watch(
        patience_s=max(LEASES_OF_PATIENCE * ledger.lease_s, LEAST_PATIENCE_S),
        n_taken=lambda: len(active_requests),
        n_held=partial(count_held, ledger, worker=name),
        queue_answers=partial(_answers, settings.redis_url or LOCAL_BROKER),
    )
    heartbeat_sent.connect(watch.loop_turns, weak=False)
    os.nice(NICE.get(given.queue, 0))
    _announce(ledger, name, given.queue, watch)
    arguments = ["worker", "--queues", given.queue, "--hostname", name, "--concurrency", str(given.concurrency)]
    app.worker_main(["--quiet", *arguments, *OPTIONS])
    return 0


def _announce(ledger: Ledger, name: str, queue: str, watch: Watch) -> None:
    """Write the worker's sign of life, and hand its jobs over as soon as it is told to end or works no more."""
    ending = threading.Event()

    def live() -> None:
        while not ending.is_set():
            _try(beat, ledger, name, role=queue)
            if complaint := _try(watch.complaint):
                log.error("this worker ends, so that another is started: %s", complaint)
                _end_at_once(ledger, name)
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


def _end_at_once(ledger: Ledger, name: str) -> None:
    """End without asking what hangs."""
    _try(give_back, ledger, worker=name)
    _try(leave, ledger, name)
    for child in active_children():
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    os._exit(NO_LONGER_WORKS)


def _answers(broker_url: str) -> bool:
    """Tell whether the queue answers a new connection."""
    try:
        with Redis.from_url(
            broker_url, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S
        ) as broker:
            return bool(broker.ping())
    except (RedisError, OSError):
        return False


def _try(ask: Any, *args: Any, **kwargs: Any) -> Any:
    """Ask the ledger for something; that the database is away for a moment must not end a worker."""
    try:
        return ask(*args, **kwargs)
    except SQLAlchemyError as error:
        log.warning("the ledger is away: %s", error)
        return None


if __name__ == "__main__":
    sys.exit(main())
