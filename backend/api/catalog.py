"""What can be asked, and the cards of those that answer."""

from fastapi import APIRouter

from backend.api.dependencies import Context
from backend.schemas.catalog import Catalog, CheckpointCard
from backend.services.checkpoints import wire_card, wire_cards

router = APIRouter(tags=["catalog"])


@router.get("/catalog")
async def get_catalog(context: Context) -> Catalog:
    """List factors, architectures, explanations with their parameters, limits and examples."""
    return context.catalog


@router.get("/checkpoints")
async def list_checkpoints(context: Context) -> list[CheckpointCard]:
    """Return the cards of all trained weights."""
    return wire_cards(context.checkpoints)


@router.get("/checkpoints/{name}")
async def get_checkpoint(name: str, context: Context) -> CheckpointCard:
    """Return the card of one set of trained weights."""
    return wire_card(name, checkpoints=context.checkpoints)
