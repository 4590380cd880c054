"""What can be asked, and the cards of those that answer: listed, packed, removed."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from backend.api.dependencies import MODELS, READ, Audited, Context
from backend.api.downloads import ZIP, download
from backend.api.json_body import JsonRoute
from backend.schemas.catalog import Catalog, CheckpointCard
from backend.services.archives import ZIP_TYPE
from backend.services.catalog import build_catalog

router = APIRouter(route_class=JsonRoute, tags=["catalog"])


@router.get("/catalog", dependencies=[READ])
def get_catalog(context: Context) -> Catalog:
    """List factors, architectures, explanations with their parameters, limits and examples."""
    context.checkpoints.refresh()
    return build_catalog(context.checkpoints, settings=context.settings)


@router.get("/checkpoints", dependencies=[READ])
def list_checkpoints(context: Context) -> list[CheckpointCard]:
    """Return the cards of all trained weights."""
    context.checkpoints.refresh()
    return context.checkpoints.wire_cards()


@router.get("/checkpoints/{name}", dependencies=[READ])
def get_checkpoint(name: str, context: Context) -> CheckpointCard:
    """Return the card of one set of trained weights."""
    return context.checkpoints.wire_card(name)


@router.delete("/checkpoints/{name}", status_code=204, dependencies=[MODELS])
def delete_checkpoint(name: str, context: Context, audit: Audited) -> None:
    """Remove weights that one has trained here oneself; those that come with Regulens stay."""
    context.checkpoints.remove(name, owner=context.user)
    audit("checkpoint-deleted", subject=name)


@router.get("/checkpoints/{name}/archive", response_class=StreamingResponse, responses=ZIP, dependencies=[READ])
def get_archive(name: str, context: Context) -> StreamingResponse:
    """Return weights, card and training curves as a zip."""
    return download(f"{name}.zip", context.checkpoints.archive(name), media_type=ZIP_TYPE)
