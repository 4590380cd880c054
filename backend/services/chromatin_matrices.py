"""From bigWigs and start sites to a file of binned signals, kept as an upload like any other."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backend.schemas.chromatin_matrices import ChromatinMatrix, MatrixRequest
from backend.schemas.histone_files import Shift, SignalSummary
from backend.schemas.problem import ProblemItem
from backend.schemas.uploads import Upload
from backend.services.context import ServiceContext
from backend.services.errors import (
    FieldError,
    InvalidFieldsError,
    UploadNotFoundError,
    UploadTooLargeError,
    refused_field,
)
from backend.services.histone_files import summaries
from backend.services.matrix_genes import MatrixGenes, matrix_genes
from backend.services.problem_items import problem_items
from backend.services.shifts import shifts
from models.bigwig import BinnedBigWigs, UnreadableBigWigError, bin_bigwigs
from models.card import ChromatinCard
from models.histone import MARKS, HistoneMatrices
from models.histone_file import write_deepchrome
from models.histone_header import canonical, signal_problems

N_NAMED: Final = 20
UNITS: Final = {
    "rpkm": "RPKM",
    "minus_log10_p": "-log10 p",
    "fold_change": "fold change over input",
    "unknown": "an unknown unit",
}

# The reader may take 2 GB; several at a time would be the memory of the machine.
_reading: Final = asyncio.Semaphore(1)


async def make_matrix(request: MatrixRequest, *, context: ServiceContext) -> ChromatinMatrix:
    """Average the signals around the start sites, keep the file, and say where it differs from the training data."""
    bigwigs = _bigwigs(request, context)
    genes = await matrix_genes(request, context=context)
    async with _reading:
        binned = await asyncio.to_thread(_bin, request, bigwigs, genes)
    upload = await asyncio.to_thread(_keep, request, binned.matrices, context)
    described = summaries(binned.matrices)
    return ChromatinMatrix(
        upload=upload,
        assembly=request.assembly,
        unit=request.unit,
        signals=list(binned.matrices.signals),
        n_genes=len(binned.matrices.genes),
        n_bins=request.n_bins,
        bin_size_bp=request.bin_size_bp,
        summaries=described,
        shifts=list(_shifts(request, described, context)),
        skipped=_skipped(genes, binned),
        n_skipped=len(genes.missing) + len(binned.skipped),
        repairs=[
            *problem_items(genes.repairs, field="starts"),
            *problem_items(binned.repairs, field="signals"),
        ],
    )


def _bigwigs(request: MatrixRequest, context: ServiceContext) -> dict[str, Path]:
    """Return where the bigWig of each signal lies, the networks' marks first."""
    written = list(request.signals)
    problems = signal_problems(written)
    if problems:
        raise InvalidFieldsError(tuple(FieldError("signals", one.code, one.message) for one in problems))
    uploads = dict(zip(canonical(written), request.signals.items(), strict=True))
    ordered = [*(mark for mark in MARKS if mark in uploads), *(name for name in uploads if name not in MARKS)]
    return {name: _content(*uploads[name], request=request, context=context) for name in ordered}


def _content(name: str, upload: str, *, request: MatrixRequest, context: ServiceContext) -> Path:
    field = f"signals.{name}"
    twin = next(other for other, its_upload in request.signals.items() if its_upload == upload)
    if twin != name:
        message = f"The same file is given for {twin} and {name}. Give each signal its own bigWig."
        raise refused_field(field, "same_file", message)
    try:
        return context.uploads.path(upload, max_bytes=context.settings.max_bigwig_bytes)
    except (UploadNotFoundError, UploadTooLargeError) as error:
        code = "too_large" if isinstance(error, UploadTooLargeError) else "unknown_upload"
        raise refused_field(field, code, f"The bigWig of {name}: {error}") from None


def _bin(request: MatrixRequest, bigwigs: dict[str, Path], genes: MatrixGenes) -> BinnedBigWigs:
    try:
        binned = bin_bigwigs(
            bigwigs, genes.sites, assembly=request.assembly, n_bins=request.n_bins, bin_size_bp=request.bin_size_bp
        )
    except UnreadableBigWigError as error:
        fields = tuple(FieldError(f"signals.{one.signal}", one.code, one.message) for one in error.problems)
        raise InvalidFieldsError(fields) from None
    if not binned.matrices.genes:
        raise refused_field(
            "starts", "no_gene_left", f"No gene can be read from these bigWigs. {binned.skipped[0].message}"
        )
    return binned


def _keep(request: MatrixRequest, matrices: HistoneMatrices, context: ServiceContext) -> Upload:
    """Write DeepChrome's layout; with other signals than its five marks, names decide."""
    n_genes = len(matrices.genes)
    name = f"matrix_{request.assembly}_{n_genes}_gene{'s' if n_genes > 1 else ''}.csv.gz"
    with tempfile.TemporaryDirectory(dir=context.settings.data_dir) as folder:
        path = Path(folder) / name
        write_deepchrome(path, matrices, header=matrices.signals != MARKS)
        return context.uploads.add_file(name, path)


def _skipped(genes: MatrixGenes, binned: BinnedBigWigs) -> list[ProblemItem]:
    items = [*problem_items(genes.missing, field="genes"), *problem_items(binned.skipped, field="starts")]
    return items[:N_NAMED]


def _shifts(request: MatrixRequest, described: list[SignalSummary], context: ServiceContext) -> Iterator[Shift]:
    """Say first, for each network trained on read counts, that the unit is another; then what the values show."""
    cards = [one.card for one in context.chromatin.loaded.values() if one.card.bin_size_bp == request.bin_size_bp]
    for card in cards:
        if request.unit in UNITS and _reads_counts(card):
            message = (
                f"The bigWigs hold {UNITS[request.unit]}; the network was trained on read counts per bin. Its "
                "probabilities may not hold: give coverage in reads, or trust the order of genes at most."
            )
            yield Shift(checkpoint=card.name, code="unit", message=message)
    yield from shifts(described, n_bins=request.n_bins, cards=cards)


def _reads_counts(card: ChromatinCard) -> bool:
    """Tell whether the network was trained on counts; published ones, whose cards hold no ranges, were."""
    return not card.signal_ranges or any(trained.whole_numbers for trained in card.signal_ranges)
