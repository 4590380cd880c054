"""Passwords: hashed with Argon2, checked in the same time whether the name is known or not."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 200
HASHER: Final = PasswordHasher()  # RFC 9106, second recommended option: 64 MiB


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Return whether the password is right; for nobody, None, a password is checked all the same."""
    try:
        HASHER.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Return whether a hash was made with other parameters than those of now."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return HASHER.hash("the password of nobody")
