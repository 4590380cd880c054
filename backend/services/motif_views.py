"""Motifs as they go over the wire."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from backend.schemas.motifs import (
    Effect,
    Motif,
    MotifLibraryInfo,
    MotifMatch,
    MotifName,
    MotifScan,
    ScanHit,
    Seqlet,
)
from backend.schemas.motifs import MotifLibrary as WireLibrary
from backend.services.rounding import shortened
from models.motifs.fimo import P_THRESHOLD, Hit, expected_false_hits
from models.motifs.knock_out import KNOCK_OUTS, Change
from models.motifs.library import MotifLibrary, page_of
from models.motifs.motif import Motif as LibraryMotif
from models.motifs.naming import NamedSeqlet
from models.motifs.tomtom import Match
from models.sequence import decode

MATRIX_DIGITS = 4
MOST_HITS = 200


def wire_library_info(library: MotifLibrary) -> MotifLibraryInfo:
    """Say where the known motifs come from."""
    return MotifLibraryInfo(n_motifs=len(library), **library.info._asdict())


def wire_library(library: MotifLibrary) -> WireLibrary:
    """List the motifs of a library."""
    return WireLibrary(
        **wire_library_info(library).model_dump(),
        motifs=[MotifName(id=motif.id, name=motif.name) for motif in library.motifs],
    )


def wire_motif(motif: LibraryMotif) -> Motif:
    """Return one motif with its matrix."""
    return Motif(id=motif.id, name=motif.name, url=page_of(motif.id), matrix=wire_matrix(motif.matrix))


def wire_match(match: Match) -> MotifMatch:
    """Return a match with the matrix of the strand that fits."""
    return MotifMatch(
        id=match.motif.id,
        name=match.motif.name,
        url=page_of(match.motif.id),
        p_value=shortened(match.p_value),
        q_value=shortened(match.q_value),
        strand="reverse" if match.reverse else "forward",
        start=match.offset,
        matrix=wire_matrix(match.matrix),
    )


def wire_seqlet(named: NamedSeqlet, effect: Effect | None, X: Tensor) -> Seqlet:
    """Return a seqlet with its names and its effect."""
    seqlet = named.seqlet
    return Seqlet(
        start=seqlet.start,
        stop=seqlet.stop,
        bases=decode(X[:, :, seqlet.start : seqlet.stop])[0],
        sign=seqlet.sign,
        p_value=shortened(seqlet.p_value),
        attribution=shortened(seqlet.attribution),
        share=shortened(seqlet.share),
        knock_out=effect,
        matches=[wire_match(match) for match in named.matches],
    )


def wire_effect(change: Change) -> Effect:
    """Return a change of the logit with its interval."""
    return Effect(**{name: shortened(value) for name, value in change._asdict().items()}, n=KNOCK_OUTS)


def wire_scan(hits: Sequence[Hit], n_bases: int, library: MotifLibrary) -> MotifScan:
    """Return the best hits, and how many chance alone would give."""
    return MotifScan(
        threshold=P_THRESHOLD,
        expected_false_hits=shortened(expected_false_hits(n_bases, library)),
        hits=[
            ScanHit(
                id=hit.motif.id,
                name=hit.motif.name,
                url=page_of(hit.motif.id),
                start=hit.start,
                stop=hit.stop,
                strand="reverse" if hit.reverse else "forward",
                score=shortened(hit.score),
                p_value=shortened(hit.p_value),
            )
            for hit in hits[:MOST_HITS]
        ],
    )


def wire_matrix(matrix: NDArray[np.float64]) -> list[list[float]]:
    """Round a matrix to four decimals."""
    rounded: list[list[float]] = matrix.round(MATRIX_DIGITS).tolist()
    return rounded
