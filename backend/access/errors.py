"""Why somebody is not let in, or may not do what they asked for."""

from collections.abc import Iterable
from typing import ClassVar


class AccessError(Exception):
    """The root of all refusals."""


class SignInNeededError(AccessError):
    """Nobody has said who asks, or it could not be believed."""

    def __init__(self, access: str, *, remedy: str) -> None:
        self.access = access
        super().__init__(remedy)


class WrongPasswordError(AccessError):
    """A name and a password that do not belong together; which of them is wrong stays unsaid."""

    access: ClassVar = "password"

    def __init__(self) -> None:
        super().__init__("Name or password is wrong. Who runs this Regulens can set a new password.")


class TooManySignInsError(AccessError):
    """More attempts to sign in than people make."""

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"There were too many attempts to sign in. Wait {retry_after_s} s and try again.")


class NoPasswordsError(AccessError):
    """An attempt to sign in where there are no passwords."""


class MissingScopeError(AccessError):
    """A token that was made for other things."""

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = tuple(sorted(scopes))
        if self.scopes:
            needed = " or ".join(self.scopes)
            super().__init__(f"The token may not do this. Make one with the scope {needed} on the page Account.")
        else:
            super().__init__("A token may not do this. Sign in on the page and do it there, under Account.")


class NoTokensError(AccessError):
    """A token for an open Regulens, which needs none."""

    def __init__(self) -> None:
        super().__init__(
            "This Regulens is open to everybody on its machine: scripts need no token. Tokens exist where "
            "REGULENS_ACCESS is password or proxy."
        )


class TokenNotFoundError(AccessError):
    """A token that is not there, or not one's own."""

    def __init__(self) -> None:
        super().__init__("There is no token of that id. GET /api/v1/tokens lists yours.")


class TooManyTokensError(AccessError):
    """More tokens than anybody can keep an eye on."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"You have {limit} tokens, which is as many as one user may have. Revoke one first.")


class UserExistsError(AccessError):
    """A name that is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a user {name} already. set-password gives them a new password.")


class UserNotFoundError(AccessError):
    """A name that nobody has."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no user {name}. list-users shows those that there are.")
