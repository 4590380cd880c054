"""Whether the service lives, and whether it can do its work."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from backend.api.dependencies import PUBLIC, PublicContext
from backend.api.json_body import JsonRoute
from backend.schemas.health import Live, Ready
from backend.services.health import readiness

router = APIRouter(route_class=JsonRoute, prefix="/health", tags=["health"])


@router.get("/live", dependencies=[PUBLIC])
async def get_live() -> Live:
    """Answer, which is all that this is for."""
    return Live(status="alive")


@router.get("/ready", dependencies=[PUBLIC])
async def get_ready(context: PublicContext, response: Response) -> Ready:
    """Report every part of the service, with what is wrong and what to do.

    The status code is 200 as long as predictions are answered. `degraded` means that something else is missing: queue,
    dispatcher, workers, the database of jobs, room on the disk, names of motifs, or a checkpoint (`unavailable` has the
    reason). `down` means that the networks cannot answer; it comes with 503 and the same document.
    """
    ready = await readiness(context)
    if ready.status == "down":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return ready
