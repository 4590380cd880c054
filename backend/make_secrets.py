"""Draw what is secret, passwords and the key of sessions, once, for Docker: `python -m backend.make_secrets FOLDER`."""

import os
import secrets
import sys
from pathlib import Path
from typing import Final

QUEUE, DATABASE = "valkey:6379", "postgres:5432"
USER: Final = "regulens"
SESSION_KEY: Final = "session_key"
READABLE: Final = 0o444  # queue and database run as users of their own; who may see the folder decides who may read


def main(arguments: list[str]) -> int:
    """Write the files that are missing; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("Say where: python -m backend.make_secrets FOLDER\n")
        return 2
    folder = Path(arguments[0])
    written = make_secrets(folder)
    sys.stdout.write(f"The passwords in {folder} {'have been drawn' if written else 'are there and stay'}.\n")
    return 0


def make_secrets(folder: Path) -> bool:
    """Write passwords and addresses, each in the form in which it is read, unless it has been done before.

    What is written last says that all is there: nobody has used passwords of a run that was interrupted. The key of
    sessions stands apart: folders of former versions have none.
    """
    if not (folder / SESSION_KEY).exists():
        _write(folder / SESSION_KEY, secrets.token_hex(32))
    *others, last = contents(queue_password=secrets.token_hex(24), database_password=secrets.token_hex(24)).items()
    if (folder / last[0]).exists():
        return False
    for name, text in (*others, last):
        _write(folder / name, text)
    return True


def contents(*, queue_password: str, database_password: str) -> dict[str, str]:
    """Return what each file says, by name."""
    return {
        "valkey.conf": f"requirepass {queue_password}\n",
        "postgres_password": database_password,
        "redis_url": f"redis://:{queue_password}@{QUEUE}/0",
        "database_url": f"postgresql+psycopg://{USER}:{database_password}@{DATABASE}/{USER}",
    }


def _write(path: Path, text: str) -> None:
    """Replace the file in one step."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.chmod(READABLE)
    os.replace(unfinished, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
