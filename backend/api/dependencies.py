"""What routes ask for."""

from typing import Annotated

from fastapi import Depends, Request

from backend.services.context import ServiceContext


async def _context(request: Request) -> ServiceContext:
    context: ServiceContext = request.app.state.context
    return context


async def _request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


Context = Annotated[ServiceContext, Depends(_context)]
RequestId = Annotated[str, Depends(_request_id)]
