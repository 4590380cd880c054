"""Published checkpoints, brought by the user."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from backend.schemas.chromatin_catalog import ChromatinCard
from frontend.components.notices import note
from frontend.components.uploader import size_words, uploader
from frontend.ids import Chromatin as Ids
from frontend.ids import Uploader

IMPORTED_ORIGIN = "imported"


def import_panel() -> Any:
    """Lay out the import."""
    return dmc.Paper(
        withBorder=True,
        p="md",
        children=dmc.Stack(
            [
                dmc.Title("Bring a published checkpoint", order=2, size="h4"),
                note(
                    "A state dict of AttentiveChrome from Kipoi or Zenodo, such as E003_attchrome_avgAUC_model.pt. "
                    "Only tensors are read, never code."
                ),
                uploader(Uploader.WEIGHTS, "Drop a .pt file here or choose one", accept=".pt,.pth"),
                html.Div(id=Ids.IMPORT_CHIP),
                dmc.Select(
                    id=Ids.IMPORT_CELL_TYPE,
                    label="Cell type",
                    description="Read from a file name that begins with a Roadmap id; else choose it.",
                    placeholder="From the file name",
                    data=[],
                    searchable=True,
                    clearable=True,
                    nothingFoundMessage="No such Roadmap cell type",
                ),
                dmc.Button("Import", id=Ids.IMPORT, disabled=True, variant="light"),
                html.Div(id=Ids.IMPORT_ERROR, role="alert"),
                html.Div(id=Ids.IMPORTED, **{"aria-live": "polite"}),
            ],
            gap="xs",
        ),
    )


def cell_type_options(cell_types: Mapping[str, str]) -> list[dict[str, str]]:
    """Offer the Roadmap cell types by id and name."""
    return [{"value": name, "label": f"{name} {title}"} for name, title in cell_types.items()]


def chip(name: str, n_bytes: int) -> Any:
    """Name a file that has come."""
    return dmc.Text(f"{name}, {size_words(n_bytes)}", size="sm", className="file-chip break-anywhere")


def imported_list(cards: Sequence[ChromatinCard]) -> Any:
    """List the imported checkpoints, each with a button that removes it."""
    mine = [card for card in cards if card.origin == IMPORTED_ORIGIN]
    return [
        dmc.Group(
            [
                dmc.Text(card.title, size="sm", flex=1, className="break-anywhere"),
                dmc.Button(
                    "Remove",
                    id={"type": Ids.REMOVE_CHECKPOINT.value, "name": card.name},
                    size="compact-sm",
                    variant="subtle",
                    **{"aria-label": f"Remove {card.title}"},
                ),
            ],
            className="file-chip",
        )
        for card in mine
    ]
