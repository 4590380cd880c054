"""What can be asked about who asks: sessions of browsers and tokens of scripts."""

from urllib.parse import quote

from pydantic import BaseModel, Field

from backend.schemas.access import NewSession, NewToken, Session, TokenInfo, TokenRequest
from frontend.transport import Transport


class SignIn(BaseModel):
    """Name and password on their way to the API; `SessionRequest` would hide the password there as well."""

    name: str
    password: str = Field(repr=False)


class AccessRequests(Transport):
    """Begin and end sessions, make and revoke tokens."""

    async def session(self) -> Session:
        """Ask who this client is."""
        return await self._ask(Session, "GET", "/sessions/current")

    async def begin_session(self, sign_in: SignIn | None = None) -> NewSession:
        """Sign in; without name and password, become a new visitor of an open Regulens."""
        return await self._ask(NewSession, "POST", "/sessions", body=sign_in or _Nobody())

    async def end_session(self) -> None:
        """Sign out, everywhere."""
        await self._do("DELETE", "/sessions/current")

    async def tokens(self) -> list[TokenInfo]:
        """List one's tokens, without their secrets."""
        return await self._ask(list[TokenInfo], "GET", "/tokens")

    async def make_token(self, request: TokenRequest) -> NewToken:
        """Make a token; its secret is in this answer and nowhere else."""
        return await self._ask(NewToken, "POST", "/tokens", body=request)

    async def revoke_token(self, token: str) -> None:
        """Make a token worthless."""
        await self._do("DELETE", f"/tokens/{quote(token, safe='')}")


class _Nobody(BaseModel):
    """A request without a name."""
