"""What is needed to have an answer again, sent along with every one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from backend.services.context import ServiceContext
from backend.services.versions import versions


def provenance(
    context: ServiceContext, *, request_id: str, settings: Mapping[str, Any], conventions: Mapping[str, str]
) -> dict[str, Any]:
    """Say when, by which versions and on what an answer was computed, what was asked and what the numbers mean."""
    return {
        "created": datetime.now(UTC),
        "request_id": request_id,
        "versions": versions(),
        "device": context.engine.device,
        "settings": dict(settings),
        "conventions": dict(conventions),
    }
