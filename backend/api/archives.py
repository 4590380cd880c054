"""How a zip of a checkpoint is answered."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from backend.services.archives import ZIP_TYPE

ZIP: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {ZIP_TYPE: {}}}}


def archive_response(name: str, portions: Iterator[bytes]) -> StreamingResponse:
    """Stream a zip that a browser saves under this name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.zip"}
    return StreamingResponse(portions, media_type=ZIP_TYPE, headers=headers)
