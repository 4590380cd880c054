"""What routes ask for: that somebody may do this, the services as that user sees them, the audit log."""

from functools import partial
from typing import Annotated, Final, Protocol

from fastapi import Depends, Request

from backend.access.errors import MissingScopeError
from backend.access.gate import Asker, Gate
from backend.api.authentication import ASKER, REFUSAL
from backend.schemas.access import Scope
from backend.services.context import ServiceContext


class Audit(Protocol):
    """Writes a line of the audit log for the request that is being served."""

    def __call__(self, event: str, *, subject: str) -> None:
        """Say what was done to what."""


class Needs:
    """Lets in whoever may do one of these things: a token must have the scope, a browser's session has all."""

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = scopes

    async def __call__(self, request: Request) -> None:
        """Refuse who is not known, and a token that was made for other things."""
        if not _asker(request).may(self.scopes):
            raise MissingScopeError(self.scopes)


async def _everybody() -> None:
    """Let in whoever comes."""


def _asker(request: Request) -> Asker:
    """Return who asks, as `AuthenticationMiddleware` has found out."""
    asker: Asker | None = getattr(request.state, ASKER)
    if asker is None:
        raise getattr(request.state, REFUSAL)
    return asker


async def _known_asker(request: Request) -> Asker:
    return _asker(request)


async def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


async def context_of(request: Request) -> ServiceContext:
    """Return the services as who asks sees them."""
    context: ServiceContext = request.app.state.context
    return context.of(_asker(request).user)


async def _public_context(request: Request) -> ServiceContext:
    context: ServiceContext = request.app.state.context
    return context


async def _request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


async def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


async def _audit(request: Request) -> Audit:
    gate, user = await _gate(request), _asker(request).user
    return partial(gate.audit.note, user=user, address=await _address(request), request_id=await _request_id(request))


async def refuse_undeclared(request: Request) -> None:
    """Fail where a route does not say who may use it; every router is registered with this."""
    declared = [given.dependency for given in request.scope["route"].dependencies]
    if not any(isinstance(one, Needs) or one is _everybody for one in declared):
        raise LookupError(f"{request.scope['route'].path} does not declare a scope")


# Each route names one of these.
PUBLIC: Final = Depends(_everybody)
SIGNED_IN: Final = Depends(Needs(*Scope))
BY_HAND: Final = Depends(Needs())  # no token may
READ: Final = Depends(Needs(Scope.READ))
ANALYSE: Final = Depends(Needs(Scope.ANALYSE))
JOBS: Final = Depends(Needs(Scope.JOBS))
MODELS: Final = Depends(Needs(Scope.MODELS))
UPLOADS: Final = Depends(Needs(Scope.ANALYSE, Scope.JOBS, Scope.MODELS))  # each of them may need files

Context = Annotated[ServiceContext, Depends(context_of)]
PublicContext = Annotated[ServiceContext, Depends(_public_context)]  # with nobody's uploads but those of scripts
RequestId = Annotated[str, Depends(_request_id)]
KnownAsker = Annotated[Asker, Depends(_known_asker)]
TheGate = Annotated[Gate, Depends(_gate)]
Address = Annotated[str, Depends(_address)]
Audited = Annotated[Audit, Depends(_audit)]
