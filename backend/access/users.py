"""Users who sign in by password; they are managed by `python -m backend.access`."""

import secrets
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from backend.access.errors import UserExistsError, UserNotFoundError
from backend.access.passwords import hashed, is_outdated, matches
from backend.jobs.ledger import Ledger, without_nul
from backend.jobs.tables import TokenRecord, UserRecord


def find_user(ledger: Ledger, name: str) -> Row[Any] | None:
    """Return a user's row, or None."""
    with ledger.reading() as connection:
        query = select(UserRecord.__table__).where(UserRecord.name == without_nul(name))
        found: Row[Any] | None = connection.execute(query).one_or_none()
        return found


def list_users(ledger: Ledger) -> list[Row[Any]]:
    """Return all users by name."""
    with ledger.reading() as connection:
        return list(connection.execute(select(UserRecord.__table__).order_by(UserRecord.name)))


def add_user(ledger: Ledger, name: str, *, password: str) -> None:
    """Let somebody sign in; raises `UserExistsError`."""
    # Where the name is used again, no session of its former owner may count.
    generation = secrets.randbelow(1 << 30)
    values = {"password": hashed(password), "generation": generation, "created": ledger.clock()}
    try:
        with ledger.writing() as connection:
            connection.execute(insert(UserRecord).values(name=name, **values))
    except IntegrityError:
        raise UserExistsError(name) from None


def set_password(ledger: Ledger, name: str, *, password: str) -> None:
    """Give somebody a new password and end their sessions; tokens stay. Raises `UserNotFoundError`."""
    values = {"password": hashed(password), "generation": UserRecord.generation + 1}
    with ledger.writing() as connection:
        if not connection.execute(update(UserRecord).where(UserRecord.name == name).values(values)).rowcount:
            raise UserNotFoundError(name)


def remove_user(ledger: Ledger, name: str) -> None:
    """End all sessions and tokens of somebody; their jobs and uploads stay. Raises `UserNotFoundError`."""
    with ledger.writing() as connection:
        if not connection.execute(delete(UserRecord).where(UserRecord.name == name)).rowcount:
            raise UserNotFoundError(name)
        connection.execute(delete(TokenRecord).where(TokenRecord.owner == name))


def end_sessions(ledger: Ledger, name: str) -> None:
    """Sign somebody out, everywhere."""
    with ledger.writing() as connection:
        connection.execute(
            update(UserRecord).where(UserRecord.name == name).values(generation=UserRecord.generation + 1)
        )


def check_password(ledger: Ledger, name: str, *, password: str) -> Row[Any] | None:
    """Return the user whose password this is; its hash is brought up to date where it was made with less."""
    user = find_user(ledger, name)
    if not matches(password, user.password if user else None) or user is None:
        return None
    if is_outdated(user.password):
        with ledger.writing() as connection:
            same = (UserRecord.name == user.name, UserRecord.password == user.password)
            connection.execute(update(UserRecord).where(*same).values(password=hashed(password)))
    return user
