"""Batch scoring of DNA: a FASTA file, or sites of a genome, of any size, with or without explanations."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from pydantic import Field, JsonValue

from backend.schemas.strict import Whole
from backend.services.checkpoints import choose_device
from backend.services.errors import refused_field
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters, JobPlace, JobRun, UploadId
from backend.services.scoring.chosen_checkpoints import sequence_checkpoints
from backend.services.scoring.score_parts import Board, offer_whole, score_in_parts
from backend.services.scoring.score_table import described
from backend.services.scoring.scoring_conventions import sequence_conventions
from backend.services.scoring.scoring_genome import first_mistakes, opened_genome
from backend.services.scoring.scoring_source import (
    SITE_FIELDS,
    Sample,
    ShortPolicy,
    Source,
    bed_source,
    count,
    fasta_source,
    sample,
)
from backend.services.scoring.window_scorer import LongPolicy, StrandPolicy, WindowScorer, chunks
from models.checkpoints import Checkpoint
from models.explanations import EXPLANATIONS

MAX_CHECKPOINTS: Final = 10
MAX_SEQUENCES: Final = 10_000_000
MAX_EXPLAINED: Final = 100_000
COUNTED: Final = "counted.json"
SAMPLED: Final = 10_000

# Windows per second on one slow core in batches of 64, measured; what is not listed is taken for the slowest.
RATES: Final = {"demo_cnn": 7_000, "demo_rnn": 30_000, "demo_cnn_rnn": 6_000, "kmer_logistic": 80_000}
EXPLAINED_RATES: Final = {"demo_cnn": 3_700, "demo_rnn": 3_700, "demo_cnn_rnn": 1_500}
RECORDS_PER_S: Final = 15_000  # read twice, written twice

FASTA_FILES: Final[list[JsonValue]] = [".fa", ".fasta", ".fna", ".txt", ".gz"]


class SequenceScoringParameters(JobParameters):
    """What is scored by whom."""

    source: Literal["fasta", "bed"] = Field(
        default="fasta",
        title="Sequences from",
        description="fasta: a FASTA file. bed: sites in a BED file, cut out of a genome.",
        json_schema_extra={"widget": "choices", "section": "Data"},
    )
    sequences: UploadId | None = Field(
        default=None,
        title="FASTA file",
        description="Plain or gzip, at most 10,000,000 records of up to 1,000,000 bases.",
        json_schema_extra={
            "widget": "upload",
            "accept": FASTA_FILES,
            "section": "Data",
            "shown_if": {"source": ["fasta"]},
        },
    )
    intervals: UploadId | None = Field(
        default=None,
        title="BED file",
        description="Plain or gzip: chrom, start, end and, if known, name, score, strand. BED counts from 0, and the "
        "end is not part of the site. Each site is read as the window around its centre; on the minus strand as its "
        "reverse complement.",
        json_schema_extra={
            "widget": "upload",
            "accept": [".bed", ".narrowPeak", ".broadPeak", ".gz"],
            "section": "Data",
            "shown_if": {"source": ["bed"]},
        },
    )
    genome: UploadId | None = Field(
        default=None,
        title="Genome",
        description="FASTA with the chromosomes of the BED file, plain or gzip.",
        json_schema_extra={
            "widget": "upload",
            "accept": FASTA_FILES,
            "section": "Data",
            "shown_if": {"source": ["bed"]},
        },
    )
    assembly: str = Field(
        default="",
        max_length=60,
        title="Assembly",
        description="Of genome and BED file: hg19, hg38, or any other name. The chromosomes of a genome that is called "
        "hg19 or hg38 must have the lengths of that assembly.",
        json_schema_extra={"widget": "text", "section": "Data", "shown_if": {"source": ["bed"]}},
    )
    checkpoints: list[str] = Field(
        default_factory=list,
        title="Models",
        description="At most 10. Empty: all of the factor below.",
        json_schema_extra={"widget": "checkpoint", "section": "Models"},
    )
    factor: str = Field(
        default="",
        max_length=100,
        title="Factor",
        description="All models of this factor, where none is named above.",
        json_schema_extra={"widget": "factor", "section": "Models"},
    )
    strand: StrandPolicy = Field(
        default="forward",
        title="Strand",
        description="forward: as given (of a site: its own strand). reverse: the other one. mean: the mean of the "
        "logits of both.",
        json_schema_extra={"widget": "choices", "section": "Windows"},
    )
    long: LongPolicy = Field(
        default="scan",
        title="Sequences longer than a window",
        description="scan: the window with the highest mean P(bound) of the networks, as on the DNA page. "
        "centre: the window in the middle.",
        json_schema_extra={"widget": "choices", "section": "Windows", "shown_if": {"source": ["fasta"]}},
    )
    step: Whole = Field(
        default=50,
        ge=1,
        le=101,
        title="Step of the scan",
        description="Bases between windows.",
        json_schema_extra={"section": "Windows", "advanced": True, "shown_if": {"long": ["scan"]}},
    )
    short: ShortPolicy = Field(
        default="pad",
        title="Sequences shorter than a window",
        description="pad: filled with unknown bases on the right, as on the DNA page. skip: no number.",
        json_schema_extra={"widget": "choices", "section": "Windows", "shown_if": {"source": ["fasta"]}},
    )
    explain: Literal["none", "saliency", "corrected_saliency"] = Field(
        default="none",
        title="Explain",
        description="One number per base of the window, in the Parquet file; for at most 100,000 sequences, and for "
        "one strand.",
        json_schema_extra={"widget": "choices", "section": "Explanation"},
    )


def check(parameters: SequenceScoringParameters, place: JobPlace) -> Cost:
    """Read the first records and load the checkpoints."""
    scorer = _scorer(parameters, place, device="cpu")
    if parameters.source == "bed":
        sites, genome = _uploads_of_sites(parameters)
        found = first_mistakes(place.input(sites), place.input(genome), assembly=parameters.assembly, size=SAMPLED)
    else:
        source = fasta_source(
            place.input(_given(parameters, "sequences")), window=scorer.window, short=parameters.short
        )
        found = sample(source, size=SAMPLED, length=lambda record: len(record.sequence))
    _refuse_too_many(found.n if found.exact else round(0.9 * found.n), parameters)
    return _cost(parameters, scorer, found)


def run(parameters: SequenceScoringParameters, run: JobRun) -> dict[str, Any]:
    """Count, score in parts, merge."""
    scorer = _scorer(parameters, run, device=choose_device(run.settings.device))
    with _source(parameters, run, window=scorer.window) as source:
        n, repairs = _counted(source, parameters, run)
        has_sites = source.fields is SITE_FIELDS
        description = sequence_conventions(
            scorer,
            short=parameters.short,
            assembly=parameters.assembly if has_sites else None,
            repairs=repairs,
        )
        schema = described([*source.fields, *scorer.fields(offsets=not has_sites)], description)
        board = Board(schema, total=n, convention=f"{description['probability']} {description['strand']}")

        def score(items: Any) -> dict[str, Any]:
            def look(done: int) -> None:
                run.report("Scoring", done=board.done + done, total=n, unit=source.unit)

            cells = zip(*(item.cells for item in items), strict=True)
            named = {field.name: values for field, values in zip(source.fields, cells, strict=True)}
            return named | scorer.score(items, offsets=not has_sites, look=look)

        parts = chunks(source.items(), n_windows=lambda length: len(scorer.starts(length)))
        names = score_in_parts(run, parts, score=score, board=board)
    offer_whole(run, names, board=board, description=description)
    return board.summary(rows=source.unit, positive="bound")


def _scorer(parameters: SequenceScoringParameters, place: JobPlace, *, device: str) -> WindowScorer:
    checkpoints = sequence_checkpoints(
        parameters.checkpoints, factor=parameters.factor, most=MAX_CHECKPOINTS, place=place, device=device
    )
    explanation = None if parameters.explain == "none" else EXPLANATIONS.get(parameters.explain)
    if explanation:
        _refuse_explanation(parameters, checkpoints)
    return WindowScorer(
        checkpoints=checkpoints,
        strand=parameters.strand,
        long=parameters.long,
        step=parameters.step,
        explanation=explanation,
        device=device,
    )


def _refuse_explanation(parameters: SequenceScoringParameters, checkpoints: tuple[Checkpoint, ...]) -> None:
    """Refuse what has no meaning; a checkpoint among others that cannot be explained is scored without."""
    explanation = EXPLANATIONS.get(parameters.explain)
    if parameters.strand == "mean":
        message = "An explanation is of one strand. Choose forward or reverse, or no explanation."
        raise refused_field("parameters.explain", "two_strands", message)
    reasons = [explanation.refusal(one.network) for one in checkpoints]
    if all(reasons):
        message = f"{explanation.title} is not valid for these models: {reasons[0]}. Choose a network, or none."
        raise refused_field("parameters.explain", "refused", message)


@contextmanager
def _source(parameters: SequenceScoringParameters, run: JobRun, *, window: int) -> Iterator[Source]:
    """Open what is scored."""
    if parameters.source == "fasta":
        yield fasta_source(run.input(_given(parameters, "sequences")), window=window, short=parameters.short)
        return
    sites, genome_upload = _uploads_of_sites(parameters)
    with opened_genome(run.input(genome_upload), assembly=parameters.assembly, run=run) as genome:
        yield bed_source(run.input(sites), genome, window=window)


def _uploads_of_sites(parameters: SequenceScoringParameters) -> tuple[str, str]:
    if not parameters.assembly.strip():
        message = "Name the assembly of BED file and genome: hg19, hg38, or another."
        raise refused_field("parameters.assembly", "missing", message)
    return _given(parameters, "intervals"), _given(parameters, "genome")


def _given(parameters: SequenceScoringParameters, name: str) -> str:
    upload: str | None = getattr(parameters, name)
    if upload is None:
        title = SequenceScoringParameters.model_fields[name].title
        raise refused_field(f"parameters.{name}", "missing", f"{title}: upload a file.")
    return upload


def _counted(source: Source, parameters: SequenceScoringParameters, run: JobRun) -> tuple[int, list[str]]:
    """Read the whole file once, so that a mistake at its end is said now and not after hours."""
    kept = run.kept(COUNTED)
    if kept is None:
        total = source.lines.n_bytes

        def look(done: int) -> None:
            run.report("Reading", done=min(done, total), total=total, unit="bytes")

        n, repairs = count(source, most=MAX_SEQUENCES, look=look)
        _refuse_too_many(n, parameters)
        for repair in repairs:
            run.log(repair)
        kept = json.dumps([n, repairs]).encode()
        run.keep(COUNTED, kept)
    n, repairs = json.loads(kept)
    return n, repairs


def _refuse_too_many(n: int, parameters: SequenceScoringParameters) -> None:
    field = "parameters.sequences" if parameters.source == "fasta" else "parameters.intervals"
    if n > MAX_SEQUENCES:
        message = f"There are about {n:,} sequences; one job takes {MAX_SEQUENCES:,}. Split the file."
        raise refused_field(field, "too_many", message)
    if parameters.explain != "none" and n > MAX_EXPLAINED:
        message = f"{n:,} sequences are to be explained; one job takes {MAX_EXPLAINED:,}. Split the file."
        raise refused_field("parameters.explain", "too_many", message)


def _cost(parameters: SequenceScoringParameters, scorer: WindowScorer, found: Sample) -> Cost:
    per_item = sum(len(scorer.starts(length)) for length in found.lengths) / len(found.lengths)
    n_strands = 2 if parameters.strand == "mean" else 1
    architectures = [card.architecture for _, card in scorer.checkpoints]
    seconds = found.n / RECORDS_PER_S
    seconds += found.n * per_item * n_strands * sum(1 / RATES.get(each, min(RATES.values())) for each in architectures)
    if scorer.explanation:
        slowest = min(EXPLAINED_RATES.values())
        seconds += found.n * sum(1 / EXPLAINED_RATES.get(each, slowest) for each in architectures)
    n_windows = round(found.n * per_item)
    words = (
        f"{'' if found.exact else 'about '}{found.n:,} {'sites' if parameters.source == 'bed' else 'sequences'}, "
        f"{n_windows:,} windows x {n_strands} strand{'s' if n_strands > 1 else ''} x {len(architectures)} models"
    )
    warnings = [] if seconds < KIND.time_limit_s / 2 else ["This may take longer than the time limit: split the file."]
    return Cost(seconds, words, tuple(warnings))


KIND: Final = JobKind(
    name="sequence_scoring",
    title="Score many sequences",
    summary="Every sequence of a FASTA file, or every site of a BED file, through up to ten models; results as Parquet "
    "and TSV, the finished parts at once.",
    limits="10,000,000 sequences or sites, 10 models; explanations for 100,000. Memory does not grow with the file.",
    queue="heavy",
    time_limit_s=24 * 3600,
    parameters=SequenceScoringParameters,
    check=check,
    run=run,
)
