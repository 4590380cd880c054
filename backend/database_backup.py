"""Save and restore the database of the ledger: SQLite through its own backup, PostgreSQL through its own programs."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import URL, MetaData, create_engine, func, inspect, select
from sqlalchemy.engine import make_url

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NO_DATA: Final = frozenset({"alembic_version", "processes"})  # tables whose rows are worth nothing elsewhere
BUSY_TIMEOUT_S: Final = 60.0


class BackupError(Exception):
    """A backup that cannot be made or used; the message is for people."""


def kind_of(url: str) -> str:
    """Return `SQLITE` or `POSTGRESQL`."""
    return make_url(url).get_backend_name()


def save_database(url: str, target: Path) -> bool:
    """Write what the database holds at one moment, also while it is in use; return whether there is a database."""
    if kind_of(url) != SQLITE:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", url=url)
        return True
    file = _sqlite_file(url)
    if not file.exists():
        return False
    with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_S)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # else opening the copy would make files beside it
    check_dump(target, kind=SQLITE)
    return True


def check_dump(dump: Path, *, kind: str) -> None:
    """Refuse a dump that the database would not read."""
    if kind == POSTGRESQL:
        _run("pg_restore", "--list", str(dump), url=None)
        return
    try:
        with closing(sqlite3.connect(dump)) as copy:
            found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        raise BackupError(f"The saved database is damaged: {found[0]}.")


def restore_database(url: str, dump: Path) -> None:
    """Replace what the database holds by what was saved."""
    if kind_of(url) == SQLITE:
        _sqlite_file(url).parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(sqlite3.connect(dump)) as source,
            closing(sqlite3.connect(_sqlite_file(url), timeout=BUSY_TIMEOUT_S)) as target,
        ):
            source.backup(target)
        return
    _drop_tables(url)
    name = make_url(url).database
    _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={name}", str(dump), url=url)


def holds_data(url: str) -> bool:
    """Return whether any table but those of `NO_DATA` has rows."""
    if kind_of(url) == SQLITE and not _sqlite_file(url).exists():
        return False
    engine = create_engine(url)
    try:
        metadata = MetaData()
        metadata.reflect(engine, only=lambda name, _: name not in NO_DATA)
        with engine.connect() as connection:
            return any(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            )
    finally:
        engine.dispose()


def _drop_tables(url: str) -> None:
    """Remove all tables: those that a newer version has added are not in an older dump, which would leave them."""
    engine = create_engine(url)
    try:
        metadata = MetaData()
        metadata.reflect(engine)
        metadata.drop_all(engine)
        left = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if left:
        raise BackupError(f"These tables could not be removed: {', '.join(left)}.")


def _sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _run(program: str, *arguments: str, url: str | None) -> None:
    """Run a program of PostgreSQL's; the password goes through the environment, where other users do not see it."""
    path = shutil.which(program)
    if path is None:
        raise BackupError(
            f"{program} is not on PATH. It comes with PostgreSQL's client (Debian: apt install postgresql-client), and "
            "is in the image of Regulens; it must not be older than the server."
        )
    environment = {**os.environ, **(_libpq(make_url(url)) if url else {})}
    result = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise BackupError(f"{program} has failed: {result.stderr.strip()}")


def _libpq(url: URL) -> dict[str, str]:
    """Return the address as the environment of PostgreSQL's programs."""
    parts = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
             "PGDATABASE": url.database}  # fmt: skip
    return {name: str(value) for name, value in parts.items() if value is not None}
