"""Write to a ledger and be killed: `python killed_writers.py FOLDER ROUNDS SEED` prints the ids that were promised.

Two processes write at a time, so that one is always in the middle of something when the other is killed. Both are
forked from this one, which saves the imports.
"""

import os
import random
import signal
import sys
import time
import uuid
from itertools import count
from pathlib import Path
from typing import TextIO

from backend.config import Settings
from backend.jobs.database import migrate
from backend.jobs.leases import Claim, claim, write
from backend.jobs.ledger import open_ledger
from backend.jobs.submissions import Limits, NewJob, submit

PLAIN = NewJob(
    id="", kind="probe", title="Probe", queue="fast", owner="ada", parameters={"steps": 3}, inputs=[], rerun_of=None,
    idempotency_key=None, nominal_s=1.0, estimate_s=1.0, limit_s=100, versions={"regulens": "0"},
)  # fmt: skip


def main() -> None:
    settings, rounds, rng = Settings(data_dir=Path(sys.argv[1])), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    migrate(settings.ledger_url)
    living = [start(settings), start(settings)]
    for _ in range(rounds):
        victim, promised = living.pop(rng.randrange(2))
        sys.stdout.write(promised.readline())
        time.sleep(rng.uniform(0, 0.05))
        end(victim, promised)
        living.append(start(settings))
    for victim, promised in living:
        end(victim, promised)


def start(settings: Settings) -> tuple[int, TextIO]:
    """Fork a process that writes until it is killed, and promises each id once it is committed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, os.fdopen(reading)
    ledger = open_ledger(settings)
    for number in count():
        job_id = submit(ledger, PLAIN._replace(id=uuid.uuid4().hex), limits=Limits(10**9, 10**9))
        held = claim(ledger, job_id, worker="w")
        assert isinstance(held, Claim)
        write(ledger, held, progress={"step": "x" * 3000, "done": number})
        os.write(writing, f"{job_id}\n".encode())
    raise AssertionError("count() does not end")


def end(victim: int, promised: TextIO) -> None:
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    with promised:
        sys.stdout.write(promised.read())


if __name__ == "__main__":
    main()
