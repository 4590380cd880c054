"""The dispatcher: `python -m backend.workers.dispatcher` publishes waiting jobs and takes dead workers' jobs back.

It is the only one that talks to the broker on behalf of the API, so that a broker that is down or hangs holds up
nobody. Several may run; what they do twice is harmless.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from kombu.exceptions import OperationalError
from redis import Redis, RedisError
from redis.exceptions import OutOfMemoryError
from sqlalchemy.exc import SQLAlchemyError

from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.dispatch import due, mark_published
from backend.jobs.leases import reap
from backend.jobs.ledger import Ledger, open_ledger
from backend.jobs.processes import BEAT_S, DISPATCHER, beat, leave
from backend.jobs.retention import remove_expired, remove_forgotten
from backend.jobs.storage import Storage
from backend.schemas.jobs import QUEUES
from backend.workers.celery_app import LOCAL_BROKER, RUN_JOB, SCHEMA, app

TICK_S: Final = 0.25
REAP_EVERY_S: Final = 1.0
EXPIRE_EVERY_S: Final = 600.0
ASLEEP_S: Final = 60.0  # no round takes so long: the machine has slept, or its clock was set
BROKER_PAUSE_S: Final = 2.0
BROKER_TIMEOUT_S: Final = 3.0
BROKER_ERRORS: Final = (OperationalError, RuntimeError, RedisError, OSError)
BROKER_IS_AWAY: Final = "the queue, which is down; the job starts by itself when it is back"
QUEUE_IS_FULL: Final = "room in the queue, whose memory is full; the job starts by itself when there is some"

log = logging.getLogger(__name__)


def main() -> int:
    """Run until told to end; return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    settings = Settings()
    migrate(settings.ledger_url)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, lambda *_: ending.set())
    Dispatcher(open_ledger(settings), settings=settings).run(ending)
    return 0


class Dispatcher:
    """A few duties, each at its own pace; what fails is tried again."""

    def __init__(self, ledger: Ledger, *, settings: Settings) -> None:
        self._ledger, self._settings = ledger, settings
        self._name = f"dispatcher-{os.getpid()}@{socket.gethostname()}"
        self._redis = Redis.from_url(
            settings.redis_url or LOCAL_BROKER,
            socket_timeout=BROKER_TIMEOUT_S,
            socket_connect_timeout=BROKER_TIMEOUT_S,
        )
        self._trouble: str | None = None
        self._done: dict[str, float] = {}
        self._reaped = self._spared_until = ledger.clock()

    def run(self, ending: threading.Event) -> None:
        """Do what is due, again and again."""
        duties: tuple[tuple[float, Callable[[], None]], ...] = (
            (REAP_EVERY_S, self.reap),
            (EXPIRE_EVERY_S, self.expire),
            (BEAT_S, self.beat),
            (0.0, self.publish),
        )
        while not ending.is_set():
            for pause_s, duty in duties:
                self._do(duty, pause_s)
            ending.wait(BROKER_PAUSE_S if self._trouble else TICK_S)
        leave(self._ledger, self._name)

    def publish(self) -> None:
        """Put the ids of waiting jobs into the queue."""
        try:
            self._redis.ping()
            for queue in QUEUES:
                for job_id in self._due(queue):
                    app.send_task(RUN_JOB, args=[job_id, SCHEMA], queue=queue, retry=False, ignore_result=True)
                    mark_published(self._ledger, job_id)
        except BROKER_ERRORS as error:
            self._set_trouble(QUEUE_IS_FULL if _is_full(error) else BROKER_IS_AWAY)
        else:
            self._set_trouble(None)

    def reap(self) -> None:
        """Take the jobs of silent workers back, but for a lease after a sleep: workers have slept too, and live."""
        now, last = self._ledger.clock(), self._reaped
        self._reaped = now
        if abs(now - last) > ASLEEP_S:
            self._spared_until = now + self._ledger.lease_s
        if now < self._spared_until:
            return
        if n := reap(self._ledger):
            log.info("%d jobs were taken back from silent workers", n)

    def expire(self) -> None:
        """Remove the files of old jobs."""
        storage = Storage(self._settings.files_url)
        if n := remove_expired(self._ledger, storage) + remove_forgotten(self._ledger, storage):
            log.info("the files of %d old jobs were removed", n)

    def beat(self) -> None:
        """Say that the dispatcher lives, and what waiting jobs wait for."""
        beat(self._ledger, self._name, role=DISPATCHER, note=self._trouble)

    def _due(self, queue: str) -> list[str]:
        return due(
            self._ledger,
            queue,
            running_per_user=self._settings.running_jobs_per_user,
            backlog=lambda: int(self._redis.llen(queue)),
        )

    def _set_trouble(self, trouble: str | None) -> None:
        changed, self._trouble = trouble != self._trouble, trouble
        if changed:
            log.warning("jobs wait for %s", trouble) if trouble else log.info("jobs are published again")
            self.beat()

    def _do(self, duty: Callable[[], None], pause_s: float) -> None:
        now = time.monotonic()
        if now - self._done.get(duty.__name__, float("-inf")) < pause_s:
            return
        self._done[duty.__name__] = now
        try:
            duty()
        except SQLAlchemyError as error:
            log.warning("the ledger is away: %s", error)
        except Exception:  # whatever the storage's client raises: the other duties must not wait for it
            log.exception("%s has failed", duty.__name__)


def _is_full(error: BaseException | None) -> bool:
    """Tell whether a queue refuses because its memory is full, however its clients have wrapped that."""
    return error is not None and (isinstance(error, OutOfMemoryError) or _is_full(error.__cause__ or error.__context__))


if __name__ == "__main__":
    sys.exit(main())
