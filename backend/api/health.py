"""Whether the service lives, and whether it can do its work."""

from fastapi import APIRouter

from backend.api.dependencies import Context
from backend.schemas.health import Live, Ready
from backend.services.health import readiness

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def get_live() -> Live:
    """Answer, which is all that this is for."""
    return Live(status="alive")


@router.get("/ready")
async def get_ready(context: Context) -> Ready:
    """Report device, versions, checkpoints, broker and workers.

    The status code is 200 as long as predictions are answered. `degraded` means that broker or workers are missing
    (predictions need neither), that checkpoints are missing or damaged (the log names them), or that the lab's own
    motif file cannot be read.
    """
    return await readiness(context)
