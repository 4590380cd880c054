"""Constructs: a window after its edits, and what a motif does by itself."""

from fastapi import APIRouter

from backend.api.dependencies import ANALYSE, Context, RequestId
from backend.api.json_body import JsonRoute
from backend.schemas.constructs import Construct, ConstructRequest, MarginalEffectRequest, MarginalEffects
from backend.services.constructs import answer_construct
from backend.services.marginal_effects import marginal_effects

router = APIRouter(route_class=JsonRoute, tags=["sequences"])


@router.post("/constructs", dependencies=[ANALYSE])
async def create_construct(body: ConstructRequest, context: Context, request_id: RequestId) -> Construct:
    """Make the edits and say what every checkpoint of the factor makes of the result, beside the original."""
    return await answer_construct(body, context=context, request_id=request_id)


@router.post("/marginal-effects", dependencies=[ANALYSE])
async def create_marginal_effects(
    body: MarginalEffectRequest, context: Context, request_id: RequestId
) -> MarginalEffects:
    """Paste a motif at every position of dinucleotide-shuffled backgrounds and average the change of the logit."""
    return await marginal_effects(body, context=context, request_id=request_id)
