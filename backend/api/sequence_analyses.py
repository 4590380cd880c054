"""Sequences: checked, scored, explained."""

from fastapi import APIRouter, Request

from backend.api.dependencies import ANALYSE, Context, context_of
from backend.api.json_body import JsonRoute
from backend.schemas.sequence_analyses import (
    SequenceAnalysis,
    SequenceAnalysisRequest,
    SequenceCheck,
    SequenceCheckRequest,
)
from backend.services.sequence_analyses import analyse_sequences
from backend.services.sequence_checks import check_sequences

router = APIRouter(route_class=JsonRoute, tags=["sequences"])


@router.post("/sequence-checks", dependencies=[ANALYSE])
async def create_sequence_check(body: SequenceCheckRequest, context: Context) -> SequenceCheck:
    """Say what a text holds, what would be mended in it and what is wrong with it."""
    return await check_sequences(body.sequences, settings=context.settings)


@router.post("/sequence-analyses", dependencies=[ANALYSE])
async def create_sequence_analysis(body: SequenceAnalysisRequest, request: Request) -> SequenceAnalysis:
    """Score both strands of every sequence for the factors, and explain the scores.

    With several factors the answer ranks them. Status 503 with `Retry-After` means that too much is waiting.
    """
    # The busiest route asks for both by hand: FastAPI takes longer to find out what to call than the calls take.
    context = await context_of(request)
    return await analyse_sequences(body, context=context, request_id=request.state.request_id)
