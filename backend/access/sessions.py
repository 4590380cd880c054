"""What the session cookie says, signed: who it is, since when, and to which generation of their sessions it belongs."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer

from backend.schemas.access import SESSION_COOKIE, USER_NAME

LONGEST: Final = 512  # characters of a cookie; ours have about 150
SALT: Final = "regulens-session"


class Ticket(NamedTuple):
    """A session. Visitors, who have no password to change, have no generation."""

    user: str
    generation: int | None
    issued: datetime


def sign(user: str, *, generation: int | None, key: str) -> str:
    """Return the value of a cookie."""
    return str(_signer(key).dumps([user, generation]))


def read(cookie: str, *, key: str) -> Ticket | None:
    """Return what a cookie says, or None where it was not signed with this key, or is not one of ours."""
    if len(cookie) > LONGEST:
        return None
    try:
        content, issued = _signer(key).loads(cookie, return_timestamp=True)
    except BadSignature:
        return None
    match content:
        case [str(user), int() | None as generation] if re.fullmatch(USER_NAME, user, flags=re.ASCII):
            return Ticket(user, generation, issued.astimezone(UTC))
    return None


def cookie_name(key: str) -> str:
    """Name the cookie after the key: another Regulens on this host, at another port, has another one."""
    return f"{SESSION_COOKIE}-{hmac.new(key.encode(), SALT.encode(), hashlib.sha256).hexdigest()[:8]}"


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=SALT)
