"""Manage users and tokens: `python -m backend.access add-user NAME`; the audit log is checked here, too."""

import argparse
import getpass
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, TypeAlias

import structlog

from backend.access.audit import AuditLog, check_audit
from backend.access.errors import AccessError
from backend.access.passwords import LONGEST, SHORTEST
from backend.access.tokens import add_token, list_tokens, revoke_token
from backend.access.users import add_user, find_user, list_users, remove_user, set_password
from backend.config import Settings, read_settings
from backend.jobs.database import migrate
from backend.jobs.ledger import Ledger, open_ledger
from backend.schemas.access import USER_NAME, Scope

OPERATOR: Final = "who runs Regulens"  # no user can have this name
DAYS: Final = range(1, 367)


class RefusedError(Exception):
    """Something that cannot be done as it was asked for."""


def main(words: list[str] | None = None) -> int:
    """Run a command; return the exit code."""
    given = _parser().parse_args(words)
    settings = read_settings()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # a token may go into a pipe
    if given.command == "check-audit":
        return _check_audit(settings)
    migrate(settings.ledger_url)
    ledger = open_ledger(settings)
    try:
        COMMANDS[given.command](given, ledger, AuditLog(settings.data_dir))
    except (AccessError, RefusedError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        ledger.engine.dispose()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend.access", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, words: str, *, named: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words)
        if named:
            added.add_argument("name", type=_name)
        return added

    for name, words in (("add-user", "let somebody sign in"), ("set-password", "also ends their sessions")):
        change = command(name, words)
        change.add_argument("--password-stdin", action="store_true", help="read it from standard input, one line")
    command("remove-user", "end all sessions and tokens of somebody; jobs and uploads stay")
    command("list-users", "show who can sign in", named=False)
    token = command("add-token", "make a token for somebody's scripts")
    token.add_argument("--title", default="made by hand")
    token.add_argument("--scope", action="append", required=True, type=Scope, choices=list(Scope))
    token.add_argument("--days", type=int, default=90, choices=DAYS, metavar="1-366")
    command("list-tokens", "show somebody's tokens")
    command("revoke-token", "end a token of somebody").add_argument("id")
    command("check-audit", "check that no line of the audit log was changed or removed", named=False)
    return parser


def _name(text: str) -> str:
    if not re.fullmatch(USER_NAME, text, flags=re.ASCII):
        raise argparse.ArgumentTypeError("a name has 1 to 64 of the characters A-Z a-z 0-9 _ . @ -")
    return text


def _add_user(given: argparse.Namespace, ledger: Ledger, audit: AuditLog) -> None:
    add_user(ledger, given.name, password=_password(given))
    audit.note("user-added", user=OPERATOR, subject=given.name)
    _say(f"{given.name} can sign in.")


def _set_password(given: argparse.Namespace, ledger: Ledger, audit: AuditLog) -> None:
    set_password(ledger, given.name, password=_password(given))
    audit.note("password-set", user=OPERATOR, subject=given.name)
    _say(f"{given.name} has a new password and signs in anew. Tokens stay: list-tokens shows them.")


def _remove_user(given: argparse.Namespace, ledger: Ledger, audit: AuditLog) -> None:
    remove_user(ledger, given.name)
    audit.note("user-removed", user=OPERATOR, subject=given.name)
    _say(f"{given.name} can no longer sign in. Their jobs and uploads stay until their time is over.")


def _list_users(_given: argparse.Namespace, ledger: Ledger, _audit: AuditLog) -> None:
    for user in list_users(ledger):
        _say(f"{user.name}  since {_day(user.created)}")


def _add_token(given: argparse.Namespace, ledger: Ledger, audit: AuditLog) -> None:
    token = add_token(ledger, given.name, title=given.title, scopes=given.scope, days=given.days)
    audit.note("token-made", user=OPERATOR, subject=token.id)
    if find_user(ledger, given.name) is None:
        sys.stderr.write(f"There is no user {given.name}: the token counts only where REGULENS_ACCESS is proxy.\n")
    _say(token.secret)


def _list_tokens(given: argparse.Namespace, ledger: Ledger, _audit: AuditLog) -> None:
    for token in list_tokens(ledger, given.name):
        used = "never used" if token.last_used is None else f"last used {token.last_used:%Y-%m-%d}"
        title = "".join(filter(str.isprintable, token.title))  # its owner's words, on the operator's terminal
        _say(f"{token.id}  {' '.join(token.scopes)}  until {token.expires:%Y-%m-%d}  {used}  {title}")


def _revoke_token(given: argparse.Namespace, ledger: Ledger, audit: AuditLog) -> None:
    revoke_token(ledger, given.id, owner=given.name)
    audit.note("token-revoked", user=OPERATOR, subject=given.id)
    _say("The token is worthless now.")


def _check_audit(settings: Settings) -> int:
    path = AuditLog(settings.data_dir).path
    bad = check_audit(path)
    if bad:
        _say(f"{path}: these lines do not follow from the line before: {', '.join(map(str, bad))}.")
        return 1
    _say(f"{path}: no line was changed or removed; whether the end was cut off cannot be seen.")
    return 0


def _password(given: argparse.Namespace) -> str:
    """Ask twice without showing it, or take a line; raises `RefusedError`."""
    if given.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != password:
            raise RefusedError("The two were not the same. Nothing has changed.")
    if not SHORTEST <= len(password) <= LONGEST:
        raise RefusedError(f"A password has {SHORTEST} to {LONGEST} characters; several words are easy to keep.")
    return password


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


Command: TypeAlias = Callable[[argparse.Namespace, Ledger, AuditLog], None]
COMMANDS: Final[Mapping[str, Command]] = {
    "add-user": _add_user,
    "set-password": _set_password,
    "remove-user": _remove_user,
    "list-users": _list_users,
    "add-token": _add_token,
    "list-tokens": _list_tokens,
    "revoke-token": _revoke_token,
}

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
