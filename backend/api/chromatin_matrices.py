"""BigWigs to binned signals, and genes to make them of."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from backend.api.dependencies import ANALYSE, READ, Context
from backend.api.json_body import JsonRoute
from backend.schemas.chromatin_matrices import Assembly, ChromatinMatrix, GeneSearch, MatrixRequest
from backend.services.chromatin_matrices import make_matrix
from backend.services.gene_search import search_genes

router = APIRouter(route_class=JsonRoute, tags=["chromatin"])


@router.post("/chromatin-matrices", status_code=201, dependencies=[ANALYSE])
async def create_chromatin_matrix(
    body: MatrixRequest, request: Request, response: Response, context: Context
) -> ChromatinMatrix:
    """Average bigWigs in bins around start sites, 5' to 3', and keep the result as an upload.

    Without `starts`, the genes come from the table of `GET /genes`. Genes whose window leaves the chromosome, and
    chromosomes that a bigWig lacks, are left out and named.
    """
    matrix = await make_matrix(body, context=context)
    response.headers["Location"] = str(request.app.url_path_for("get_upload", upload_id=matrix.upload.id))
    return matrix


@router.get("/genes", dependencies=[READ])
async def find_genes(assembly: Assembly, query: Annotated[str, Query(min_length=1, max_length=50)]) -> GeneSearch:
    """Find genes by Ensembl id or symbol: exact names first, then names that begin so."""
    return search_genes(query, assembly=assembly)
