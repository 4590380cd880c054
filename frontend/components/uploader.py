"""A place to drop or choose a file that streams to the page's server (assets/uploads.js), with progress and cancel."""

import json
from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from frontend.ids import Uploader


def uploader(place: Uploader, label: str, *, accept: str = "", multiple: bool = False) -> Any:
    """Lay out a drop zone; what has arrived is written to the store `place.arrived`."""
    return drop_zone(place.value, label, store=place.arrived, accept=accept, multiple=multiple)


def drop_zone(
    place: str,
    label: str,
    *,
    store: str | Mapping[str, str],
    accept: str = "",
    multiple: bool = False,
    arrived: Mapping[str, Any] | None = None,
) -> Any:
    """Lay out a drop zone; what has arrived is written to `store`, whose id may be a pattern."""
    bar = html.Div(
        html.Span(), className="upload-bar", role="progressbar", **{"aria-label": "Upload", "aria-valuenow": "0"}
    )
    progress = html.Div(
        [
            html.Span(className="upload-label", **{"aria-live": "polite"}),
            bar,
            html.Button("Cancel", type="button", className="upload-cancel"),
        ],
        className="upload-progress",
    )
    written = store if isinstance(store, str) else json.dumps(dict(store))
    zone = html.Div(
        [html.Button(label, type="button", className="upload-choose"), progress],
        id=place,
        className="drop-zone uploader",
        **{"data-store": written, "data-accept": accept, "data-multiple": str(multiple).lower()},
    )
    error = html.Div(id=f"{place}-error", className="field-errors", role="alert")
    return html.Div([zone, error, dcc.Store(id=store, data=arrived)])


def size_words(n_bytes: int) -> str:
    """Write a size for a person."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1_000_000 else f"{n_bytes / 1e3:.1f} kB"
