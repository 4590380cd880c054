"""Workers and dispatchers that live: each writes a row every few seconds."""

from typing import Final

from sqlalchemy import delete, insert, select, update

from backend.jobs.ledger import Ledger
from backend.jobs.tables import ProcessRecord

BEAT_S: Final = 5.0
SILENT_AFTER_S: Final = 20.0
FORGOTTEN_AFTER_S: Final = 3600.0
DISPATCHER: Final = "dispatcher"


def beat(ledger: Ledger, name: str, *, role: str, note: str | None = None) -> None:
    """Say that a process lives; `role` is the queue that it serves, or `DISPATCHER`."""
    now = ledger.clock()
    with ledger.writing() as connection:
        values = {"role": role, "seen": now, "note": note}
        known = connection.execute(update(ProcessRecord).where(ProcessRecord.name == name).values(**values))
        if not known.rowcount:
            connection.execute(insert(ProcessRecord).values(name=name, **values))
        connection.execute(delete(ProcessRecord).where(ProcessRecord.seen < now - FORGOTTEN_AFTER_S))


def leave(ledger: Ledger, name: str) -> None:
    """Say that a process ends."""
    with ledger.writing() as connection:
        connection.execute(delete(ProcessRecord).where(ProcessRecord.name == name))


def living(ledger: Ledger) -> dict[str, list[str | None]]:
    """Return the notes of all processes that were heard of lately, by role."""
    query = select(ProcessRecord.role, ProcessRecord.note).where(ProcessRecord.seen > ledger.clock() - SILENT_AFTER_S)
    found: dict[str, list[str | None]] = {}
    with ledger.reading() as connection:
        for role, note in connection.execute(query):
            found.setdefault(role, []).append(note)
    return found
