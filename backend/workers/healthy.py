"""Whether a process of this host was heard of lately: `python -m backend.workers.healthy fast` exits with 0 or 1."""

import argparse
import socket
import sys

from sqlalchemy import select

from backend.config import Settings
from backend.jobs.ledger import open_ledger
from backend.jobs.processes import DISPATCHER, SILENT_AFTER_S
from backend.jobs.tables import ProcessRecord
from backend.schemas.jobs import QUEUES


def main() -> int:
    """Look for a fresh sign of life; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m backend.workers.healthy")
    parser.add_argument("role", choices=[*QUEUES, DISPATCHER])
    role = parser.parse_args().role
    ledger = open_ledger(Settings())
    query = select(ProcessRecord.name).where(
        ProcessRecord.role == role, ProcessRecord.seen > ledger.clock() - SILENT_AFTER_S
    )
    with ledger.reading() as connection:
        names = connection.scalars(query).all()
    return 0 if any(name.endswith(f"@{socket.gethostname()}") for name in names) else 1


if __name__ == "__main__":
    sys.exit(main())
