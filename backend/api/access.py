"""Who asks: sessions of browsers, tokens of scripts."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from fastapi import APIRouter

from backend.access.errors import TooManySignInsError, WrongPasswordError
from backend.access.gate import Gate
from backend.access.tokens import add_token, list_tokens, revoke_token
from backend.access.users import end_sessions
from backend.api.dependencies import BY_HAND, PUBLIC, SIGNED_IN, Address, Audited, KnownAsker, RequestId, TheGate
from backend.api.json_body import JsonRoute
from backend.schemas.access import NewSession, NewToken, Session, SessionRequest, TokenInfo, TokenRequest

# A password takes 64 MiB and some processor time to check: others wait, and the threads of all other routes do not.
CHECKING: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")

router = APIRouter(route_class=JsonRoute, tags=["access"])


@router.post("/sessions", status_code=201, dependencies=[PUBLIC])
async def create_session(body: SessionRequest, gate: TheGate, address: Address, request_id: RequestId) -> NewSession:
    """Sign in by name and password; without either, become a visitor of an open Regulens.

    Send the value of `cookie` as the cookie `regulens-session`; browsers keep it as `cookie_name`.
    Status 429 says when to try again.
    """
    begin = partial(_begin, body, gate, address=address, request_id=request_id)
    return await asyncio.get_running_loop().run_in_executor(CHECKING, begin)


@router.get("/sessions/current", dependencies=[SIGNED_IN])
def get_session(gate: TheGate, asker: KnownAsker) -> Session:
    """Say who asks."""
    return gate.session(asker)


@router.delete("/sessions/current", status_code=204, dependencies=[BY_HAND])
def delete_session(gate: TheGate, asker: KnownAsker, audit: Audited) -> None:
    """Sign out everywhere. A visitor only has to forget the cookie, and the proxy signs out whom it has signed in."""
    if gate.access == "password":
        end_sessions(gate.ledger, asker.user)
        audit("signed-out", subject=asker.user)


@router.get("/tokens", dependencies=[BY_HAND])
def get_tokens(gate: TheGate, asker: KnownAsker) -> list[TokenInfo]:
    """List one's own tokens, newest first."""
    return list_tokens(gate.ledger, asker.user)


@router.post("/tokens", status_code=201, dependencies=[BY_HAND])
def create_token(body: TokenRequest, gate: TheGate, asker: KnownAsker, audit: Audited) -> NewToken:
    """Make a token for scripts; its secret is shown this once."""
    gate.refuse_tokens_where_open()
    token = add_token(gate.ledger, asker.user, title=body.title, scopes=body.scopes, days=body.days)
    audit("token-made", subject=token.id)
    return token


@router.delete("/tokens/{token_id}", status_code=204, dependencies=[BY_HAND])
def delete_token(token_id: str, gate: TheGate, asker: KnownAsker, audit: Audited) -> None:
    """Revoke a token of one's own, at once."""
    revoke_token(gate.ledger, token_id, owner=asker.user)
    audit("token-revoked", subject=token_id)


def _begin(body: SessionRequest, gate: Gate, *, address: str, request_id: str) -> NewSession:
    """Sign in or welcome, and say so in the audit log."""
    if body.name is None and body.password is None and gate.access != "password":
        return gate.welcome_visitor()
    name, password = body.name or "", body.password.get_secret_value() if body.password else ""
    note = partial(gate.audit.note, user=name, address=address, request_id=request_id)
    try:
        session = gate.sign_in(name, password, address=address)
    except (WrongPasswordError, TooManySignInsError):
        note("sign-in-failed")
        raise
    note("signed-in")
    return session
