"""Menus of what can be taken away."""

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc

from frontend.ids import Sequence as Ids

TABLE_FILES = {
    Ids.TABLE_CSV: "Table as CSV",
    Ids.TABLE_TSV: "Table as TSV",
    Ids.ANALYSIS_JSON: "Whole analysis as JSON",
    Ids.EVERYTHING_ZIP: "Everything as ZIP",
}
PICTURE_FILES = {
    Ids.PICTURE_SVG: "Picture as SVG",
    Ids.PICTURE_PNG: "Picture as PNG",
    Ids.PICTURE_HTML: "Picture as HTML, with zoom and hover",
    Ids.TRACKS_CSV: "Every track as CSV",
    Ids.TRUST_CSV: "Trust as CSV",
    Ids.MOTIFS_CSV: "Motifs as CSV",
}


def download_menu(files: Mapping[Any, str], *, label: str) -> Any:
    """Offer files in a menu."""
    return dmc.Menu(
        [
            dmc.MenuTarget(dmc.Button(label, size="xs", variant="default")),
            dmc.MenuDropdown([dmc.MenuItem(title, id=item) for item, title in files.items()]),
        ],
        position="bottom-end",
        keepMounted=True,
    )
