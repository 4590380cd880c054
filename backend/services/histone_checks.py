"""What a histone file holds, how it was read and what is wrong with it, said before it is analysed."""

import asyncio
from collections.abc import Sequence

from backend.schemas.histone_files import HistoneCheck, HistoneFileReference
from backend.services.context import ServiceContext
from backend.services.histone_files import FIELD, StoredFile
from backend.services.problem_items import problem_items
from backend.services.shifts import shifts
from models.card import ChromatinCard
from models.errors import InvalidHistoneFileError
from models.histone_file import LAYOUTS, detect_layout, first_lines

N_GENES, N_LINES = 20, 3


async def check_histone_file(reference: HistoneFileReference, *, context: ServiceContext) -> HistoneCheck:
    """Read a file and describe it; mistakes are part of the description."""
    path = context.uploads.path(reference.upload)
    lines = await asyncio.to_thread(first_lines, path, N_LINES)
    try:
        file = await context.histone_files.open(reference)
    except InvalidHistoneFileError as error:
        detected = await asyncio.to_thread(detect_layout, path)
        return _unreadable(reference.layout or detected, lines, error)
    cards = [one.card for one in context.chromatin.loaded.values() if one.card.bin_size_bp == reference.bin_size_bp]
    return _describe(file, lines, cards)


def _describe(file: StoredFile, lines: Sequence[str], cards: Sequence[ChromatinCard]) -> HistoneCheck:
    matrices = file.matrices
    return HistoneCheck.model_validate(
        {
            "layout": file.layout,
            "layout_summary": LAYOUTS[file.layout].summary,
            "signals": list(matrices.signals),
            "n_rows": file.n_rows,
            "n_genes": len(matrices.genes),
            "n_bins": matrices.n_bins,
            "n_labelled_on": None if matrices.labels is None else int(matrices.labels.sum()),
            "first_genes": list(matrices.genes[:N_GENES]),
            "first_lines": list(lines),
            "summaries": list(file.summaries),
            "shifts": shifts(file.summaries, n_bins=matrices.n_bins, cards=cards),
            "repairs": problem_items(file.repairs, field=FIELD),
            "errors": [],
        }
    )


def _unreadable(layout: str | None, lines: Sequence[str], error: InvalidHistoneFileError) -> HistoneCheck:
    return HistoneCheck.model_validate(
        {
            "layout": layout,
            "layout_summary": LAYOUTS[layout].summary if layout else "No layout that is understood fits.",
            "signals": [],
            "n_rows": 0,
            "n_genes": 0,
            "n_bins": 0,
            "n_labelled_on": None,
            "first_genes": [],
            "first_lines": list(lines),
            "summaries": [],
            "shifts": [],
            "repairs": [],
            "errors": problem_items(error.problems, field=FIELD),
        }
    )
