"""What can be asked, and the cards of those that answer: listed, packed, removed."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Context
from backend.api.downloads import ZIP, download
from backend.schemas.catalog import Catalog, CheckpointCard
from backend.services.archives import ZIP_TYPE
from backend.services.catalog import build_catalog

router = APIRouter(tags=["catalog"])


@router.get("/catalog")
def get_catalog(context: Context) -> Catalog:
    """List factors, architectures, explanations with their parameters, limits and examples."""
    context.checkpoints.refresh()
    return build_catalog(context.checkpoints.loaded, settings=context.settings)


@router.get("/checkpoints")
def list_checkpoints(context: Context) -> list[CheckpointCard]:
    """Return the cards of all trained weights."""
    context.checkpoints.refresh()
    return context.checkpoints.wire_cards()


@router.get("/checkpoints/{name}")
def get_checkpoint(name: str, context: Context) -> CheckpointCard:
    """Return the card of one set of trained weights."""
    return context.checkpoints.wire_card(name)


@router.delete("/checkpoints/{name}", status_code=204)
def delete_checkpoint(name: str, context: Context) -> None:
    """Remove weights that were trained here; those that come with Regulens stay."""
    context.checkpoints.remove(name)


@router.get("/checkpoints/{name}/archive", response_class=StreamingResponse, responses=ZIP)
def get_archive(name: str, context: Context) -> StreamingResponse:
    """Return weights, card and training curves as a zip."""
    return download(f"{name}.zip", context.checkpoints.archive(name), media_type=ZIP_TYPE)
