"""Batch scoring of genes by their histone marks: files larger than the synchronous route takes."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from pydantic import Field

from backend.schemas.strict import Flag, Whole
from backend.services.checkpoints import choose_device
from backend.services.errors import BrokenOutputError, FieldError, InvalidFieldsError, refused_field
from backend.services.gene_inputs import inputs, n_bins_read, portions, refusal
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters, JobPlace, JobRun, UploadId
from backend.services.scoring.chosen_checkpoints import FIELD, chromatin_checkpoints
from backend.services.scoring.score_parts import Board, offer_whole, score_in_parts
from backend.services.scoring.score_table import described
from backend.services.scoring.scoring_conventions import chromatin_scoring_conventions
from backend.services.scoring.scoring_source import read_as
from models.annotation import with_symbols
from models.checkpoints import ChromatinCheckpoint
from models.explanations import CHROMATIN_EXPLANATIONS, explain
from models.histone import HistoneMatrices
from models.histone_file import read_histone_file
from models.histone_head import read_first_genes
from models.predict import fast_logit

MAX_CHECKPOINTS: Final = 6
MAX_GENES: Final = 100_000
MAX_ROWS: Final = 10_000_000
CHUNK_GENES: Final = 4_096
BATCH: Final = 64
ATTENTION: Final = CHROMATIN_EXPLANATIONS.get("attention")

# Genes per second and member on one slow core, measured; what is not listed is taken for the slowest.
RATES: Final = {"deepchrome": 40_000, "mark_mean_linear": 10**6, "best_bin_logistic": 10**6, "all_bins_logistic": 10**6}
SLOWEST: Final = 7_000
ROWS_PER_S: Final = 600_000  # read and arranged


class ChromatinScoringParameters(JobParameters):
    """Which genes are scored by whom."""

    file: UploadId | None = Field(
        default=None,
        title="Histone file",
        description="Bins of histone marks per gene, plain or gzip, in any layout of the histone page; at most "
        "100,000 genes and 10,000,000 rows.",
        json_schema_extra={"widget": "upload", "accept": [".csv", ".tsv", ".txt", ".gz"], "section": "Data"},
    )
    layout: Literal["detected", "deepchrome", "deepdiff", "header"] = Field(
        default="detected",
        title="Layout",
        json_schema_extra={"widget": "choices", "section": "Data", "advanced": True},
    )
    signals: list[str] = Field(
        default_factory=list,
        max_length=20,
        title="Signals",
        description="Names of the signal columns in the file's order, where those of the layout are wrong.",
        json_schema_extra={"widget": "text", "section": "Data", "advanced": True},
    )
    bin_size_bp: Whole = Field(
        default=100,
        ge=1,
        le=1_000_000,
        title="Bin size",
        description="Base pairs per bin; no file says it.",
        json_schema_extra={"section": "Data"},
    )
    checkpoints: list[str] = Field(
        default_factory=list,
        title="Models",
        description="1 to 6.",
        json_schema_extra={"widget": "checkpoint", "section": "Models"},
    )
    attention: Flag = Field(
        default=False,
        title="Attention",
        description="Alpha over bins and beta over marks as lists in the Parquet file, where a model has them.",
        json_schema_extra={"section": "Explanation"},
    )


def check(parameters: ChromatinScoringParameters, place: JobPlace) -> Cost:
    """Read the first genes and load the checkpoints."""
    checkpoints = chromatin_checkpoints(parameters.checkpoints, most=MAX_CHECKPOINTS, place=place)
    with read_as("parameters.file"):
        first = read_first_genes(place.input(_upload(parameters)), **_way_of_reading(parameters))
    matrices = first.file.matrices
    _refuse_unfit(checkpoints, matrices, parameters)
    seconds = first.n_genes * matrices.n_bins / ROWS_PER_S
    for _, card in checkpoints:
        seconds += first.n_genes * card.n_members / RATES.get(card.architecture, SLOWEST)
    words = f"{'' if first.exact else 'about '}{first.n_genes:,} genes x {len(checkpoints)} models"
    return Cost(seconds, words)


def run(parameters: ChromatinScoringParameters, run: JobRun) -> dict[str, Any]:
    """Read, score in parts, merge."""
    device = choose_device(run.settings.device)
    checkpoints = chromatin_checkpoints(parameters.checkpoints, most=MAX_CHECKPOINTS, place=run, device=device)
    run.report("Reading", done=0, total=1, unit="files")
    with read_as("parameters.file"):
        file = read_histone_file(run.input(_upload(parameters)), **_way_of_reading(parameters))
    matrices = with_symbols(file.matrices)
    _refuse_unfit(checkpoints, matrices, parameters)
    n = len(matrices.genes)
    description = chromatin_scoring_conventions(
        [card for _, card in checkpoints],
        attention=parameters.attention,
        bin_size_bp=parameters.bin_size_bp,
        layout=file.layout,
        repairs=[repair.message for repair in file.repairs],
    )
    schema = described([*ID_FIELDS, *_score_fields(checkpoints, matrices, attention=parameters.attention)], description)
    board = Board(schema, total=n, convention=f"{description['probability']} {description['class']}")

    def score(part: slice) -> dict[str, pa.Array]:
        columns = _identity(matrices, part)
        found: dict[str, list[NDArray[np.float32]]] = {}
        for batch in portions(len(columns["gene"]), BATCH):
            run.report("Scoring", done=board.done + batch.start, total=n, unit="genes")
            genes = slice(part.start + batch.start, min(part.start + batch.stop, part.stop))
            for network, card in checkpoints:
                X = inputs(matrices, card, genes).to(device)
                for name, values in _answer(network, X, name=card.name, attention=parameters.attention).items():
                    found.setdefault(f"{card.name}.{name}", []).append(values)
        return columns | {name: _column(np.concatenate(values)) for name, values in found.items()}

    names = score_in_parts(run, portions(n, CHUNK_GENES), score=score, board=board)
    offer_whole(run, names, board=board, description=description)
    return board.summary(rows="genes", positive="ON")


ID_FIELDS: Final = (
    pa.field("record", pa.int64()),
    pa.field("gene", pa.string()),
    pa.field("symbol", pa.string()),
    pa.field("label", pa.int8()),
)


def _upload(parameters: ChromatinScoringParameters) -> str:
    if parameters.file is None:
        raise refused_field("parameters.file", "missing", "Histone file: upload a file.")
    return parameters.file


def _way_of_reading(parameters: ChromatinScoringParameters) -> dict[str, Any]:
    return {
        "layout": None if parameters.layout == "detected" else parameters.layout,
        "signals": parameters.signals or None,
        "max_genes": MAX_GENES,
        "max_rows": MAX_ROWS,
    }


def _refuse_unfit(
    checkpoints: tuple[ChromatinCheckpoint, ...], matrices: HistoneMatrices, parameters: ChromatinScoringParameters
) -> None:
    """Refuse checkpoints that cannot answer for the file, by the rules of the synchronous route."""
    reasons = [(card.name, refusal(card, matrices, parameters.bin_size_bp)) for _, card in checkpoints]
    mistakes = [
        FieldError(f"{FIELD}.{position}", "refused", f"{name}: {reason}")
        for position, (name, reason) in enumerate(reasons)
        if reason
    ]
    if parameters.attention and not mistakes:
        refused = [ATTENTION.refusal(network) for network, _ in checkpoints]
        if all(refused):
            message = f"None of these models has attention: {refused[0]}."
            mistakes = [FieldError("parameters.attention", "refused", message)]
    if mistakes:
        raise InvalidFieldsError(tuple(mistakes))


def _score_fields(
    checkpoints: tuple[ChromatinCheckpoint, ...], matrices: HistoneMatrices, *, attention: bool
) -> list[pa.Field]:
    """Return the columns of the scores, alpha and beta where they are asked for and there are any."""
    columns: list[tuple[str, pa.DataType]] = []
    for network, card in checkpoints:
        columns += [(f"{card.name}.logit", pa.float32()), (f"{card.name}.probability", pa.float32())]
        if attention and ATTENTION.refusal(network) is None:
            n_bins = n_bins_read(card, matrices)
            bins = pa.list_(pa.float32(), n_bins)
            columns.append((f"{card.name}.bin_attention", pa.list_(bins, len(card.marks))))
            if network.has_mark_attention:
                columns.append((f"{card.name}.mark_attention", pa.list_(pa.float32(), len(card.marks))))
    return [pa.field(*column) for column in columns]


def _identity(matrices: HistoneMatrices, part: slice) -> dict[str, Any]:
    genes = matrices.genes[part]
    labels = [None] * len(genes) if matrices.labels is None else matrices.labels[part].tolist()
    first = part.start + 1
    return {
        "record": list(range(first, first + len(genes))),
        "gene": list(genes),
        "symbol": list(matrices.symbols[part]),
        "label": labels,
    }


def _answer(network: Any, X: torch.Tensor, *, name: str, attention: bool) -> Mapping[str, NDArray[np.float32]]:
    """Return the scores of a batch, and its attention if asked for and there is any."""
    logit = fast_logit(network, X)
    tensors = {"logit": logit, "probability": logit.double().sigmoid().float()}
    if attention and ATTENTION.refusal(network) is None:
        tracks = explain(ATTENTION, network, X, parameters=ATTENTION.parameters())
        tensors |= {track: tracks[track] for track in ("bin_attention", "mark_attention") if track in tracks}
    if not all(bool(values.isfinite().all()) for values in tensors.values()):
        raise BrokenOutputError("prediction", checkpoint=name)
    return {track: values.cpu().numpy() for track, values in tensors.items()}


def _column(values: NDArray[np.float32]) -> pa.Array:
    """Return numbers, or lists of them as deep as the array has axes."""
    column = pa.array(np.ascontiguousarray(values).ravel())
    for size in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, size)
    return column


KIND: Final = JobKind(
    name="chromatin_scoring",
    title="Score many genes",
    summary="Every gene of a file of histone marks through up to six models, with attention if asked for; results as "
    "Parquet and TSV, the finished parts at once.",
    limits="100,000 genes, 10,000,000 rows (gene and bin), 6 models. The file is held in memory, "
    "which takes up to 1.5 GB at the limit.",
    queue="heavy",
    time_limit_s=6 * 3600,
    parameters=ChromatinScoringParameters,
    check=check,
    run=run,
)
