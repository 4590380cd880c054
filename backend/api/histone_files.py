"""Histone files: checked, or made of an example."""

from fastapi import APIRouter, Request, Response

from backend.api.dependencies import ANALYSE, Context
from backend.api.json_body import JsonRoute
from backend.api.uploads import locate
from backend.schemas.histone_files import HistoneCheck, HistoneFileReference
from backend.schemas.uploads import Upload
from backend.services.chromatin_uploads import take_example
from backend.services.histone_checks import check_histone_file

router = APIRouter(route_class=JsonRoute, tags=["histone files"])


@router.post("/histone-checks", dependencies=[ANALYSE])
async def create_histone_check(body: HistoneFileReference, context: Context) -> HistoneCheck:
    """Say what a file holds, how it was read, where it differs from training and what is wrong with it."""
    return await check_histone_file(body, context=context)


@router.post("/chromatin-examples/{name}", status_code=201, dependencies=[ANALYSE])
async def create_chromatin_example(name: str, request: Request, response: Response, context: Context) -> Upload:
    """Keep an example of the catalog as an upload."""
    return locate(await take_example(name, context=context), request, response)
