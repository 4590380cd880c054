"""Files that users bring: streamed in, described, given back, removed."""

from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.requests import ClientDisconnect

from backend.api.dependencies import READ, UPLOADS, Audited, Context
from backend.api.json_body import JsonRoute
from backend.schemas.uploads import Upload
from backend.services.errors import UploadInterruptedError
from backend.services.uploads import download_name

PATH: Final = "/uploads"
RAW: Final[dict[str, Any]] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

router = APIRouter(route_class=JsonRoute, prefix=PATH, tags=["uploads"])


@router.put(
    "/{name}",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": RAW}},
    dependencies=[UPLOADS],
)
async def put_upload(name: str, request: Request, response: Response, context: Context) -> Upload:
    """Keep a file, sent as the raw body under its name; the same file again is the same upload.

    It is removed when it has not been used for the hours that the catalog names.
    """
    return locate(await context.uploads.add(name, _chunks(request)), request, response)


@router.get("/{upload_id}", dependencies=[READ])
async def get_upload(upload_id: str, context: Context) -> Upload:
    """Describe an upload."""
    return context.uploads.get(upload_id)


@router.get("/{upload_id}/content", response_class=FileResponse, responses={200: {"content": RAW}}, dependencies=[READ])
async def get_upload_content(upload_id: str, context: Context) -> FileResponse:
    """Give the file back, to be saved."""
    return FileResponse(
        context.uploads.path(upload_id),
        media_type="application/octet-stream",
        filename=download_name(context.uploads.get(upload_id)),
        headers={"X-Content-Type-Options": "nosniff"},
    )


@router.delete("/{upload_id}", status_code=204, dependencies=[UPLOADS])
async def delete_upload(upload_id: str, context: Context, audit: Audited) -> None:
    """Remove a file and all that was derived from it."""
    context.uploads.remove(upload_id)
    audit("upload-deleted", subject=upload_id)


def locate(upload: Upload, request: Request, response: Response) -> Upload:
    """Say in the headers where a new upload is found."""
    response.headers["Location"] = str(request.app.url_path_for("get_upload", upload_id=upload.id))
    return upload


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise UploadInterruptedError from None
