"""What can be asked of histone marks, and the checkpoints that answer: listed, imported, removed."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Context
from backend.api.downloads import ZIP, download
from backend.schemas.chromatin_catalog import CheckpointImportRequest, ChromatinCard, ChromatinCatalog
from backend.services.archives import ZIP_TYPE
from backend.services.chromatin_catalog import chromatin_catalog
from backend.services.chromatin_uploads import import_checkpoint

router = APIRouter(tags=["chromatin catalog"])


@router.get("/chromatin-catalog")
def get_chromatin_catalog(context: Context) -> ChromatinCatalog:
    """List marks, checkpoints, layouts, examples and limits."""
    return chromatin_catalog(context)


@router.get("/chromatin-checkpoints")
def list_chromatin_checkpoints(context: Context) -> list[ChromatinCard]:
    """Return the cards of all weights that read histone marks."""
    context.chromatin.refresh()
    return context.chromatin.wire_cards()


@router.get("/chromatin-checkpoints/{name}")
def get_chromatin_checkpoint(name: str, context: Context) -> ChromatinCard:
    """Return the card of one set of weights that reads histone marks."""
    return context.chromatin.wire_card(name)


@router.post("/chromatin-checkpoints", status_code=201)
async def import_chromatin_checkpoint(
    body: CheckpointImportRequest, request: Request, response: Response, context: Context
) -> ChromatinCard:
    """Convert a published AttentiveChrome state dict that has been uploaded, and serve it at once."""
    card = await import_checkpoint(body, context=context)
    response.headers["Location"] = str(request.app.url_path_for("get_chromatin_checkpoint", name=card.name))
    return card


@router.delete("/chromatin-checkpoints/{name}", status_code=204)
def delete_chromatin_checkpoint(name: str, context: Context) -> None:
    """Remove a trained or imported checkpoint; those that come with Regulens stay."""
    context.chromatin.remove(name)


@router.get("/chromatin-checkpoints/{name}/archive", response_class=StreamingResponse, responses=ZIP)
def get_chromatin_archive(name: str, context: Context) -> StreamingResponse:
    """Return weights, card and training curves as a zip."""
    return download(f"{name}.zip", context.chromatin.archive(name), media_type=ZIP_TYPE)
