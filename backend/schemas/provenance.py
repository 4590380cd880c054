"""What every answer says about itself."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class Provenance(BaseModel):
    """All that is needed to have an answer again."""

    created: datetime
    request_id: str
    versions: dict[str, str]
    device: str
    settings: dict[str, Any]
    conventions: dict[str, str]
