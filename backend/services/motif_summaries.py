"""What a network has learnt, as its maker has written it beside the weights."""

from functools import cache
from pathlib import Path

from backend.schemas.motifs import Filter, MotifName, MotifSummary, Route
from backend.services.checkpoint_library import shipped_folder
from backend.services.context import ServiceContext
from backend.services.errors import NoMotifSummaryError
from backend.services.motif_views import wire_match, wire_matrix
from models.motifs.filters import FilterMotif
from models.motifs.library import MotifLibrary, jaspar_library
from models.motifs.routes import TITLES, RouteMotif
from models.motifs.summary import SUMMARY_FILE, Summary, read_summary


def motif_summary(name: str, *, context: ServiceContext) -> MotifSummary:
    """Return the summary of one checkpoint.

    Raises
    ------
    CheckpointNotFoundError, NoMotifSummaryError
    """
    card = context.checkpoints.find(name).card
    path = shipped_folder("sequence", context.settings) / name / SUMMARY_FILE
    if context.checkpoints.source(card) != "shipped" or not path.is_file():
        raise NoMotifSummaryError(is_network=card.kind == "network")
    return _wire(_read(path, path.stat().st_mtime_ns))


@cache
def _library() -> MotifLibrary:
    """Return the library that summaries are made with, whatever the lab's own is."""
    return jaspar_library()


@cache
def _read(path: Path, changed: int) -> Summary:  # noqa: ARG001 - a file that changes is read again
    return read_summary(path, _library())


def _wire(summary: Summary) -> MotifSummary:
    return MotifSummary(
        checkpoint=summary.checkpoint,
        data=summary.data,
        n_sequences=summary.n_sequences,
        library=summary.library,
        factor_motifs=[MotifName(id=motif.id, name=motif.name) for motif in summary.factor_motifs],
        filters=[_filter(each) for each in summary.filters],
        routes=[_route(each) for each in summary.routes],
        method=summary.method,
    )


def _filter(motif: FilterMotif) -> Filter:
    return Filter(
        index=motif.number,
        matrix=wire_matrix(motif.matrix),
        n_windows=motif.n_windows,
        share=motif.share,
        information=motif.information,
        match=wire_match(motif.match) if motif.match else None,
    )


def _route(motif: RouteMotif) -> Route:
    return Route(
        name=motif.name,
        title=TITLES[motif.name],
        n_sequences=motif.n_sequences,
        matrix=None if motif.matrix is None else wire_matrix(motif.matrix),
        matches=[wire_match(match) for match in motif.matches],
        finds_factor=motif.finds_factor,
        note=motif.note,
    )
