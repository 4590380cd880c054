"""Tokens for scripts: 256 random bits, of which only the sha256 is kept."""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update

from backend.access.errors import TokenNotFoundError, TooManyTokensError
from backend.jobs.database import SUBMISSION_LOCK, alone
from backend.jobs.ledger import Ledger, without_nul
from backend.jobs.tables import TokenRecord
from backend.schemas.access import NewToken, Scope, TokenInfo

FORM: Final = re.compile(r"rgl_([0-9a-f]{16})_([0-9a-f]{64})", flags=re.ASCII)
PER_USER: Final = 50
DAY_S: Final = 86_400
NOTED_EVERY_S: Final = 60.0  # else every request of a script would be a write


def add_token(ledger: Ledger, owner: str, *, title: str, scopes: Sequence[Scope], days: int) -> NewToken:
    """Make a token; raises `TooManyTokensError`."""
    token_id, secret, now = secrets.token_hex(8), secrets.token_hex(32), ledger.clock()
    values = {
        "title": without_nul(title),
        "scopes": sorted(set(scopes)),
        "secret_sha256": sha256(secret.encode()).hexdigest(),
        "created": now,
        "expires": now + days * DAY_S,
    }
    with ledger.writing() as connection:
        alone(connection, SUBMISSION_LOCK)  # else two that are counted at once are both let in
        count = select(func.count()).select_from(TokenRecord).where(TokenRecord.owner == owner)
        if (connection.scalar(count) or 0) >= PER_USER:
            raise TooManyTokensError(PER_USER)
        connection.execute(insert(TokenRecord).values(id=token_id, owner=owner, **values))
        row = connection.execute(select(TokenRecord.__table__).where(TokenRecord.id == token_id)).one()
    return NewToken(**_info(row).model_dump(), secret=f"rgl_{token_id}_{secret}")


def list_tokens(ledger: Ledger, owner: str) -> list[TokenInfo]:
    """Return somebody's tokens, newest first."""
    query = select(TokenRecord.__table__).where(TokenRecord.owner == owner).order_by(TokenRecord.created.desc())
    with ledger.reading() as connection:
        return [_info(row) for row in connection.execute(query)]


def revoke_token(ledger: Ledger, token_id: str, *, owner: str) -> None:
    """End a token of one's own at once; raises `TokenNotFoundError`."""
    own = (TokenRecord.id == without_nul(token_id), TokenRecord.owner == owner)
    with ledger.writing() as connection:
        if not connection.execute(delete(TokenRecord).where(*own)).rowcount:
            raise TokenNotFoundError


def find_token(ledger: Ledger, text: str) -> Row[Any] | None:
    """Return the token that a script has sent, unless there is none, or it has expired."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    token_id, secret = found.groups()
    with ledger.reading() as connection:
        query = select(TokenRecord.__table__).where(TokenRecord.id == token_id)
        row: Row[Any] | None = connection.execute(query).one_or_none()
    if row is None or not compare_digest(row.secret_sha256, sha256(secret.encode()).hexdigest()):
        return None
    if row.expires <= ledger.clock():
        return None
    _note_use(ledger, row)
    return row


def _note_use(ledger: Ledger, row: Row[Any]) -> None:
    now = ledger.clock()
    if row.last_used is None or now - row.last_used > NOTED_EVERY_S:
        with ledger.writing() as connection:
            connection.execute(update(TokenRecord).where(TokenRecord.id == row.id).values(last_used=now))


def _info(row: Row[Any]) -> TokenInfo:
    return TokenInfo(
        id=row.id,
        title=row.title,
        scopes=[Scope(scope) for scope in row.scopes],
        created=datetime.fromtimestamp(row.created, UTC),
        expires=datetime.fromtimestamp(row.expires, UTC),
        last_used=None if row.last_used is None else datetime.fromtimestamp(row.last_used, UTC),
    )
