"""Histone signals: scored, explained gene by gene, averaged over sets."""

from fastapi import APIRouter

from backend.api.dependencies import ANALYSE, Context, RequestId
from backend.api.json_body import JsonRoute
from backend.schemas.chromatin_analyses import (
    AttentionAverage,
    AttentionAverageRequest,
    ChromatinAnalysis,
    ChromatinAnalysisRequest,
    GeneExplanation,
    GeneExplanationRequest,
)
from backend.services.attention_averages import average_attention
from backend.services.chromatin_analyses import analyse_chromatin
from backend.services.gene_explanations import explain_gene

router = APIRouter(route_class=JsonRoute, tags=["chromatin"])


@router.post("/chromatin-analyses", dependencies=[ANALYSE])
async def create_chromatin_analysis(
    body: ChromatinAnalysisRequest, context: Context, request_id: RequestId
) -> ChromatinAnalysis:
    """Score every gene of an uploaded file by every checkpoint that can read it.

    Where the file has labels, the scores are held against them. Status 503 with `Retry-After` means that too much is
    waiting.
    """
    return await analyse_chromatin(body, context=context, request_id=request_id)


@router.post("/gene-explanations", dependencies=[ANALYSE])
async def create_gene_explanation(
    body: GeneExplanationRequest, context: Context, request_id: RequestId
) -> GeneExplanation:
    """Say where the networks look in one gene, what changes their answer, and whether the two agree."""
    return await explain_gene(body, context=context, request_id=request_id)


@router.post("/attention-averages", dependencies=[ANALYSE])
async def create_attention_average(
    body: AttentionAverageRequest, context: Context, request_id: RequestId
) -> AttentionAverage:
    """Average the attention over a set of genes, and correlate it with the coverage of the same genes."""
    return await average_attention(body, context=context, request_id=request_id)
