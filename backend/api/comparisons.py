"""Models held against each other on one sequence."""

from fastapi import APIRouter

from backend.api.dependencies import ANALYSE, Context, RequestId
from backend.api.json_body import JsonRoute
from backend.schemas.comparisons import Comparison, ComparisonRequest
from backend.services.comparisons import compare_models

router = APIRouter(route_class=JsonRoute, tags=["sequences"])


@router.post("/comparisons", dependencies=[ANALYSE])
async def create_comparison(body: ComparisonRequest, context: Context, request_id: RequestId) -> Comparison:
    """Hold two to four models against each other on one window: agreement, consensus, and where they disagree."""
    return await compare_models(body, context=context, request_id=request_id)
