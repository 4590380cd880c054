"""Who asks: from the credentials of a request to a user, by the rules of the access mode."""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from backend.access.attempts import SignInLimit
from backend.access.audit import AuditLog
from backend.access.errors import NoPasswordsError, NoTokensError, SignInNeededError, WrongPasswordError
from backend.access.keys import session_key
from backend.access.sessions import Ticket, cookie_name, read, sign
from backend.access.tokens import find_token
from backend.access.users import check_password, find_user
from backend.config import Settings
from backend.jobs.ledger import Ledger
from backend.schemas.access import LOCAL_USER, USER_NAME, VISITOR_DAYS, Access, NewSession, Scope, Session

BEARER: Final = "bearer"
INVALID: Final = "The session or token is not valid: it may have expired or been ended."
REMEDIES: Final = {
    "open": "Load the page anew, or ask without a cookie and without a token.",
    "password": "Sign in on the page, or send a token as `Authorization: Bearer rgl_...`.",
    "proxy": "Come through the reverse proxy that signs you in, or send a token as `Authorization: Bearer rgl_...`.",
}


class Credentials(NamedTuple):
    """What a request brings along to say who asks. A header that comes twice is not to be believed."""

    authorization: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    proxy_users: tuple[str, ...] = ()
    proxy_secrets: tuple[str, ...] = ()


class Asker(NamedTuple):
    """Who asks. A token may do what its scopes say; everybody else may do everything with what is theirs."""

    user: str
    visitor: bool = False
    scopes: frozenset[Scope] | None = None
    expires: datetime | None = None

    def may(self, scopes: Iterable[Scope]) -> bool:
        """Return whether one of the scopes is granted."""
        return self.scopes is None or not self.scopes.isdisjoint(scopes)


@dataclass(frozen=True)
class Gate:
    """The access mode with all that it needs."""

    access: Access
    ledger: Ledger
    key: str
    session_days: float
    proxy_secret: str
    audit: AuditLog
    attempts: SignInLimit

    @property
    def cookie_name(self) -> str:
        """Name under which browsers keep a session of this Regulens."""
        return cookie_name(self.key)

    def needs_ledger(self, credentials: Credentials) -> bool:
        """Return whether the ledger has to be asked, which takes a moment."""
        return self.access != "open" and bool(credentials.authorization or credentials.cookies)

    def asker(self, credentials: Credentials) -> Asker:
        """Say who asks; a credential that is wrong is never passed over. Raises `SignInNeededError`."""
        if credentials.authorization:
            found = self._by_token(credentials.authorization)
        elif self.access == "proxy":
            found = self._by_proxy(credentials)
        elif credentials.cookies:
            found = self._by_cookie(credentials.cookies)
        elif self.access == "open":
            found = Asker(LOCAL_USER)
        else:
            raise SignInNeededError(self.access, remedy=REMEDIES[self.access])
        if found is None:
            raise SignInNeededError(self.access, remedy=f"{INVALID} {REMEDIES[self.access]}")
        return found

    def session(self, asker: Asker) -> Session:
        """Describe a session."""
        return Session(
            access=self.access,
            user=asker.user,
            visitor=asker.visitor,
            expires=asker.expires,
            cookie_name=self.cookie_name,
        )

    def welcome_visitor(self) -> NewSession:
        """Give a browser a name of its own; raises `NoPasswordsError` where names are given by others."""
        if self.access == "proxy":
            raise NoPasswordsError("Here the reverse proxy signs you in: there is nothing to sign in to.")
        user = secrets.token_hex(16)
        return self._begun(user, generation=None)

    def refuse_tokens_where_open(self) -> None:
        """Raise `NoTokensError` where nobody needs a token."""
        if self.access == "open":
            raise NoTokensError

    def sign_in(self, name: str, password: str, *, address: str) -> NewSession:
        """Begin a session of a named user; raises `NoPasswordsError`, `TooManySignInsError`, `WrongPasswordError`."""
        if self.access != "password":
            raise NoPasswordsError("This Regulens has no passwords: send neither name nor password.")
        self.attempts.count(name, address)
        user = check_password(self.ledger, name, password=password)
        if user is None:
            raise WrongPasswordError
        self.attempts.forget(name, address)
        return self._begun(user.name, generation=user.generation)

    def _begun(self, user: str, *, generation: int | None) -> NewSession:
        cookie = sign(user, generation=generation, key=self.key)
        ticket = read(cookie, key=self.key)  # its moment is the signature's
        asker = Asker(user, visitor=generation is None, expires=ticket and self._end(ticket))
        return NewSession(**self.session(asker).model_dump(), cookie=cookie)

    def _end(self, ticket: Ticket) -> datetime:
        """Return when a session ends."""
        return ticket.issued + timedelta(days=VISITOR_DAYS if ticket.generation is None else self.session_days)

    def _by_token(self, given: tuple[str, ...]) -> Asker | None:
        kind, _, text = given[0].partition(" ")
        if self.access == "open" or len(given) > 1 or kind.lower() != BEARER:
            return None
        token = find_token(self.ledger, text.strip())
        if token is None or (self.access == "password" and find_user(self.ledger, token.owner) is None):
            return None
        scopes = frozenset(Scope(scope) for scope in token.scopes)
        return Asker(token.owner, scopes=scopes, expires=datetime.fromtimestamp(token.expires, UTC))

    def _by_proxy(self, given: Credentials) -> Asker | None:
        if not given.proxy_secrets:
            raise SignInNeededError(self.access, remedy=REMEDIES[self.access])
        known = hmac.compare_digest(given.proxy_secrets[0].encode(), self.proxy_secret.encode())
        if not known or len(given.proxy_secrets) > 1 or len(given.proxy_users) != 1:
            return None
        (user,) = given.proxy_users
        return Asker(user) if re.fullmatch(USER_NAME, user, flags=re.ASCII) else None

    def _by_cookie(self, given: tuple[str, ...]) -> Asker | None:
        ticket = read(given[0], key=self.key) if len(given) == 1 else None
        if ticket is None:
            return None
        return self._visitor(ticket) if self.access == "open" else self._named(ticket)

    def _visitor(self, ticket: Ticket) -> Asker | None:
        expires = self._end(ticket)
        if ticket.generation is not None or expires <= datetime.now(UTC):
            return None
        return Asker(ticket.user, visitor=True, expires=expires)

    def _named(self, ticket: Ticket) -> Asker | None:
        user = find_user(self.ledger, ticket.user)
        expires = self._end(ticket)
        if user is None or user.generation != ticket.generation or expires <= datetime.now(UTC):
            return None
        return Asker(user.name, expires=expires)


def open_gate(settings: Settings, ledger: Ledger) -> Gate:
    """Make the gate that the settings describe."""
    return Gate(
        access=settings.access,
        ledger=ledger,
        key=session_key(settings),
        session_days=settings.session_days,
        proxy_secret=settings.proxy_secret.get_secret_value() if settings.proxy_secret else "",
        audit=AuditLog(settings.data_dir),
        attempts=SignInLimit(),
    )
