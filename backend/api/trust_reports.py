"""Whether explanations may be believed."""

from fastapi import APIRouter

from backend.api.dependencies import ANALYSE, Context, RequestId
from backend.api.json_body import JsonRoute
from backend.schemas.trust import TrustReport, TrustRequest
from backend.services.trust_reports import report_trust

router = APIRouter(route_class=JsonRoute, tags=["sequences"])


@router.post("/trust-reports", dependencies=[ANALYSE])
async def create_trust_report(body: TrustRequest, context: Context, request_id: RequestId) -> TrustReport:
    """Judge explanations of one window: one badge each, with the measures it rests on and their thresholds.

    Networks of one factor that are asked together are also held against each other.
    """
    return await report_trust(body, context=context, request_id=request_id)
