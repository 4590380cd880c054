"""A signal that no network sees, from another file of the same genes: H3K27ac, say."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.schemas.chromatin_analyses import ExtraSignal
from backend.services.chromatin_plan import ChromatinPlan
from backend.services.context import ServiceContext
from backend.services.errors import refused_field
from backend.services.gene_inputs import starts_bp
from models.histone import HistoneMatrices

ABSENT = -1


class OpenedSignal(NamedTuple):
    """A signal of another file.

    places, shape (n_genes,), says for every gene of the first file where it stands in this one, or `ABSENT`.
    """

    name: str
    matrices: HistoneMatrices
    row: int
    places: NDArray[np.int64]


async def open_signal(asked: ExtraSignal, plan: ChromatinPlan, *, n_bins: int, context: ServiceContext) -> OpenedSignal:
    """Find a signal and the genes that both files hold; refuse one whose bins lie elsewhere."""
    file = await context.histone_files.open(asked.file)
    matrices = file.matrices
    if asked.signal not in matrices.signals:
        message = f"The file does not hold this signal; it holds {', '.join(matrices.signals)}."
        raise refused_field("extra.signal", "missing_signal", message)
    here = starts_bp(n_bins, plan.matrices, bin_size_bp=plan.bin_size_bp)
    there = starts_bp(n_bins, matrices, bin_size_bp=asked.file.bin_size_bp)
    if matrices.n_bins < n_bins or not np.array_equal(here, there):
        message = (
            f"The signal has {matrices.n_bins} bins of {asked.file.bin_size_bp:,} bp, the attention {n_bins} bins of "
            f"{plan.bin_size_bp:,} bp: give bins of the same size around the same TSS."
        )
        raise refused_field("extra.file", "other_bins", message)
    index = {gene: place for place, gene in enumerate(matrices.genes)}
    places = np.array([index.get(gene, ABSENT) for gene in plan.matrices.genes])
    if (places == ABSENT).all():
        message = "The two files have no gene in common: name genes by the same identifiers in both."
        raise refused_field("extra.file", "no_shared_gene", message)
    name = asked.signal if asked.signal not in plan.matrices.signals else f"{asked.signal} (extra)"
    return OpenedSignal(name, matrices, matrices.signals.index(asked.signal), places)
