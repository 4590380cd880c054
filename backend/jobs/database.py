"""The database of the ledger: SQLite in WAL mode, or PostgreSQL."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url

MIGRATIONS: Final = Path(__file__).with_name("migrations")
WRITES: Final = {"writes": True}
BUSY_TIMEOUT_MS: Final = 10_000
MIGRATION_LOCK: Final = 0x5245474C  # any numbers that nobody else takes in the same PostgreSQL database
SUBMISSION_LOCK: Final = MIGRATION_LOCK + 1
# Without them a connection that died silently holds up a worker for a quarter of an hour.
PATIENCE: Final = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
                   "tcp_user_timeout": 20_000}  # fmt: skip


def open_database(url: str) -> Engine:
    """Open the database; an SQLite file is made when it is not there."""
    if make_url(url).get_backend_name() != "sqlite":
        # Prepared statements would not survive PgBouncer, which many workers need.
        return create_engine(url, pool_pre_ping=True, pool_size=5, connect_args={"prepare_threshold": None, **PATIENCE})
    file = make_url(url).database
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(url: str) -> None:
    """Bring the tables up to date; several processes may do so at once."""
    engine = open_database(url)
    try:
        with _locked_file(url), engine.execution_options(**WRITES).begin() as connection:
            alone(connection, MIGRATION_LOCK)
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def damage(url: str) -> str | None:
    """Check an SQLite file as a whole; return what is wrong with it. PostgreSQL checks its pages as it reads them."""
    file = _sqlite_file(url)
    if file is None or not Path(file).exists():
        return None
    try:
        with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
            found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.OperationalError:  # it cannot be had now, which says nothing about it
        return None
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else found.splitlines()[-1]


def can_be_written(engine: Engine, *, patience_s: float = 1.0) -> bool:
    """Tell whether an SQLite file's one lock can be had; who stops while holding it stops everybody who writes."""
    file = _sqlite_file(str(engine.url.render_as_string(hide_password=False)))
    if file is None:
        return True
    try:
        with closing(sqlite3.connect(file, timeout=patience_s, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    return True


def _sqlite_file(url: str) -> str | None:
    """Return the path of an SQLite database that is in a file."""
    return make_url(url).database or None if make_url(url).get_backend_name() == "sqlite" else None


def alone(connection: Connection, lock: int) -> None:
    """Wait until no other transaction holds a lock, then hold it; on SQLite those that write are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


@contextmanager
def _locked_file(url: str) -> Iterator[None]:
    """Hold a lock file beside an SQLite file."""
    file = _sqlite_file(url)
    if file is None:
        yield
        return
    lock = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Let readers and one writer work side by side, and let no commit be lost with the power."""
    connection.isolation_level = None  # transactions begin when `_begin_sqlite` says so
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where something is to be written: a lock that is taken later cannot wait."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
