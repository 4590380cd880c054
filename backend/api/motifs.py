"""Motifs: the library, and where a window shows them."""

from fastapi import APIRouter

from backend.api.dependencies import ANALYSE, READ, Context, RequestId
from backend.api.json_body import JsonRoute
from backend.schemas.motifs import Motif, MotifLibrary, MotifReport, MotifReportRequest, MotifSummary
from backend.services.motif_reports import report_motifs
from backend.services.motif_summaries import motif_summary
from backend.services.motif_views import wire_library, wire_motif

router = APIRouter(route_class=JsonRoute, tags=["motifs"])


@router.get("/motifs", dependencies=[READ])
def list_motifs(context: Context) -> MotifLibrary:
    """List the motifs that seqlets are compared with, their licence and source."""
    return wire_library(context.motifs.library)


@router.get("/motifs/{motif_id:path}", dependencies=[READ])
def get_motif(motif_id: str, context: Context) -> Motif:
    """Return the matrix of one motif."""
    return wire_motif(context.motifs.motif(motif_id))


@router.post("/motif-reports", dependencies=[ANALYSE])
async def create_motif_report(body: MotifReportRequest, context: Context, request_id: RequestId) -> MotifReport:
    """Find the stretches of a window that explanations point at, and name the motifs that they resemble.

    Status 503 with `Retry-After` means that too much is waiting, or that motif names are still being prepared: the
    first start takes about a minute.
    """
    return await report_motifs(body, context=context, request_id=request_id)


@router.get("/checkpoints/{name}/motifs", dependencies=[READ])
def get_motif_summary(name: str, context: Context) -> MotifSummary:
    """Say what a network has learnt over the bound sequences of its test file: its filters, and motifs by three routes.

    Status 404 with the remedy means that nobody has summarised the checkpoint.
    """
    return motif_summary(name, context=context)
