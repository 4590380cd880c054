"""The key that sessions are signed with: given by the settings, or drawn once and kept in the data folder."""

import os
import secrets
from pathlib import Path
from typing import Final

from backend.config import Settings

FILE: Final = "session_key"
SHORTEST: Final = 32  # characters; what is drawn has 64


def session_key(settings: Settings) -> str:
    """Return the key; without it, whoever has a session must sign in anew."""
    if settings.session_key is not None:
        return settings.session_key.get_secret_value()
    path = settings.data_dir / FILE
    if not path.exists():
        _draw(path)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SHORTEST:
        raise ValueError(f"{path} is damaged. Remove it: a new one is drawn at the next start, and all sign in anew.")
    return key


def _draw(path: Path) -> None:
    """Write a key that only this user may read, whole or not at all; one that somebody else has just written stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        return
    finally:
        unfinished.unlink(missing_ok=True)
