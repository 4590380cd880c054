"""How files leave the API: streamed, to be saved under their name."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from fastapi.responses import StreamingResponse

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
FILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/octet-stream": _BINARY}}}
ZIP: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/zip": _BINARY}}}


def download(name: str, portions: Iterator[bytes], *, media_type: str, n_bytes: int | None = None) -> StreamingResponse:
    """Stream a file that a browser saves under this name and never shows."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "X-Content-Type-Options": "nosniff",
    }
    if n_bytes is not None:
        headers["Content-Length"] = str(n_bytes)
    return StreamingResponse(portions, media_type=media_type, headers=headers)
