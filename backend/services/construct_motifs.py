"""Motifs of a construct, sought against shuffles of the original, so that an edit costs no new controls."""

import asyncio
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from backend.schemas.constructs import NamedSeqlet
from backend.services.errors import MotifsFailedError, MotifsNotReadyError, UnusableMotifFileError
from backend.services.inference import Run
from backend.services.motif_controls import CONTROLS, control_windows
from backend.services.motif_library import MotifTools
from backend.services.rounding import shortened
from backend.services.window_attributions import Attributed
from models.errors import ExplanationRefusedError
from models.motifs.library import MotifLibrary, page_of
from models.motifs.naming import NamedSeqlet as Found
from models.motifs.naming import name_seqlets


class Named(NamedTuple):
    """What stands out in one explanation, or why nothing is said."""

    seqlets: list[NamedSeqlet]
    note: str | None = None


class Mutated(NamedTuple):
    """What mutagenesis says of a construct: shapes (4, bases) and (bases,)."""

    mutations: NDArray[np.float64]
    contributions: NDArray[np.float64]


class Search(NamedTuple):
    """The original's window, shape (1, 4, window), and its shuffles; without them, why motifs are not sought."""

    tools: MotifTools
    library: MotifLibrary | None
    X: Tensor
    n_bases: int
    shuffles: Tensor | None
    note: str | None = None


async def plan_search(tools: MotifTools, X: Tensor, *, n_bases: int, asked: bool) -> Search:
    """Shuffle the original, unless motifs are not asked for or cannot be named now."""
    library, missing = await asyncio.to_thread(_ready_library, tools)
    search = Search(tools, library, X, n_bases, shuffles=None)
    if not asked:
        return search
    if library is None:
        return search._replace(note=missing)
    try:
        return search._replace(shuffles=await asyncio.to_thread(control_windows, X))
    except ExplanationRefusedError as error:
        return search._replace(note=f"No motif is sought: {error.reason}.")


async def name_motifs(run: Run, attributed: Attributed, mutated: Mutated, *, search: Search) -> Named:
    """Name what stands out in a construct against shuffles of its original."""
    if search.shuffles is None or search.library is None:
        return Named([], search.note)
    controls = await search.tools.controls.of(run, attributed, X=search.X, shuffles=search.shuffles)
    found = await asyncio.to_thread(
        name_seqlets, mutated.contributions, controls[:, : search.n_bases], mutated.mutations, search.library
    )
    if not found:
        return Named([], f"Nothing stands out against {CONTROLS} shuffles of the original.")
    return Named([_wire(each) for each in found])


def _ready_library(tools: MotifTools) -> tuple[MotifLibrary | None, str | None]:
    """Return the library, or why there is none now."""
    try:
        return tools.require_ready(), None
    except MotifsNotReadyError:
        return None, "Motif names are being prepared; the next edit may have them."
    except (MotifsFailedError, UnusableMotifFileError) as error:
        return None, str(error)


def _wire(found: Found) -> NamedSeqlet:
    best = found.matches[0] if found.matches else None
    return NamedSeqlet(
        start=found.seqlet.start,
        stop=found.seqlet.stop,
        sign=found.seqlet.sign,
        attribution=shortened(found.seqlet.attribution),
        id=best and best.motif.id,
        name=best and best.motif.name,
        url=best and page_of(best.motif.id),
        q_value=best and shortened(best.q_value),
        also=[match.motif.name for match in found.matches[1:]],
    )
