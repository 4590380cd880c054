"""What can be asked of histone marks, and the checkpoints that answer: listed, imported, removed."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from backend.api.dependencies import MODELS, READ, Audited, Context
from backend.api.downloads import ZIP, download
from backend.api.json_body import JsonRoute
from backend.schemas.chromatin_catalog import CheckpointImportRequest, ChromatinCard, ChromatinCatalog
from backend.services.archives import ZIP_TYPE
from backend.services.chromatin_catalog import chromatin_catalog
from backend.services.chromatin_uploads import import_checkpoint

router = APIRouter(route_class=JsonRoute, tags=["chromatin catalog"])


@router.get("/chromatin-catalog", dependencies=[READ])
def get_chromatin_catalog(context: Context) -> ChromatinCatalog:
    """List marks, checkpoints, layouts, examples and limits."""
    return chromatin_catalog(context)


@router.get("/chromatin-checkpoints", dependencies=[READ])
def list_chromatin_checkpoints(context: Context) -> list[ChromatinCard]:
    """Return the cards of all weights that read histone marks."""
    context.chromatin.refresh()
    return context.chromatin.wire_cards()


@router.get("/chromatin-checkpoints/{name}", dependencies=[READ])
def get_chromatin_checkpoint(name: str, context: Context) -> ChromatinCard:
    """Return the card of one set of weights that reads histone marks."""
    return context.chromatin.wire_card(name)


@router.post("/chromatin-checkpoints", status_code=201, dependencies=[MODELS])
async def import_chromatin_checkpoint(
    body: CheckpointImportRequest, request: Request, response: Response, context: Context, audit: Audited
) -> ChromatinCard:
    """Convert a published AttentiveChrome state dict that has been uploaded, and serve it at once."""
    card = await import_checkpoint(body, context=context)
    audit("checkpoint-imported", subject=card.name)
    response.headers["Location"] = str(request.app.url_path_for("get_chromatin_checkpoint", name=card.name))
    return card


@router.delete("/chromatin-checkpoints/{name}", status_code=204, dependencies=[MODELS])
def delete_chromatin_checkpoint(name: str, context: Context, audit: Audited) -> None:
    """Remove a checkpoint that one has trained or imported oneself; those that come with Regulens stay."""
    context.chromatin.remove(name, owner=context.user)
    audit("checkpoint-deleted", subject=name)


@router.get(
    "/chromatin-checkpoints/{name}/archive", response_class=StreamingResponse, responses=ZIP, dependencies=[READ]
)
def get_chromatin_archive(name: str, context: Context) -> StreamingResponse:
    """Return weights, card and training curves as a zip."""
    return download(f"{name}.zip", context.chromatin.archive(name), media_type=ZIP_TYPE)
