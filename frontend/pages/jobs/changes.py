"""Only what has changed is sent: an unchanged part keeps its focus, its scroll position and its place in the air."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dash import no_update
from plotly.utils import PlotlyJSONEncoder


def fingerprint(part: Any) -> str:
    """Return a short digest of a component or anything that travels as JSON."""
    return hashlib.sha256(json.dumps(part, cls=PlotlyJSONEncoder).encode()).hexdigest()[:16]


def only_changed(parts: Mapping[str, Any], known: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Replace what the browser has already by `no_update`; return the digests as well, to be known next time."""
    digests = {name: fingerprint(part) for name, part in parts.items()}
    return {name: no_update if known.get(name) == digests[name] else part for name, part in parts.items()}, digests
