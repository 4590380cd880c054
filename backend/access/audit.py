"""The audit log: one line per sign-in, deletion, import and change of users, each chained to the line before it."""

import fcntl
import json
import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog

FILE: Final = "audit.log"
FIRST: Final = "0" * 64
LONGEST_LINE: Final = 4096
LONGEST_TEXT: Final = 200

log = structlog.get_logger(__name__)


class AuditLog:
    """A file that is only ever added to, by all processes of this Regulens. It holds no secrets."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def note(
        self, event: str, *, user: str, subject: str = "", address: str | None = None, request_id: str | None = None
    ) -> None:
        """Add a line; where the disk is full, the service's own log still has it."""
        entry = {"event": event, "user": user[:LONGEST_TEXT], "subject": subject[:LONGEST_TEXT], "address": address}
        log.info("audit", audited=event, **{name: value for name, value in entry.items() if name != "event"})
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self._append({"at": at, **entry, "request_id": request_id})
        except OSError as error:
            log.error("audit_not_written", reason=str(error))

    def _append(self, entry: dict[str, str | None]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            start = max(0, size - LONGEST_LINE)
            tail = os.pread(file, size - start, start)
            last = tail.rstrip(b"\n").rpartition(b"\n")[2]
            line = json.dumps({**entry, "after": _digest(last)}).encode() + b"\n"
            os.write(file, line if not tail or tail.endswith(b"\n") else b"\n" + line)
        finally:
            os.close(file)


def check_audit(path: Path) -> list[int]:
    """Return the numbers of the lines that do not follow from the line before: changed, removed or cut off."""
    if not path.exists():
        return []
    last, bad = b"", []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.rstrip(b"\n")
            if _after(text) != _digest(last):
                bad.append(number)
            last = text
    return bad


def _digest(line: bytes) -> str:
    return sha256(line).hexdigest() if line else FIRST


def _after(line: bytes) -> object:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry.get("after") if isinstance(entry, dict) else None
