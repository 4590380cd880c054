"""What a training on a user's own DNA is asked with."""

from typing import Final, Literal, get_args

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from backend.schemas.strict import NumberIfAny, Whole, WholeIfAny
from backend.services.job_kinds.kind import JobParameters, UploadId
from backend.services.training.common_fields import TRAINING, chromosomes_field, network_title
from models.training.own_split import TEST_CHROMOSOMES, VALIDATION_CHROMOSOMES

Network = Literal["demo_cnn", "demo_rnn", "demo_cnn_rnn"]

_FILES: Final[list[JsonValue]] = [".fa", ".fasta", ".txt", ".tsv", ".csv", ".gz"]
_DATA: Final[JsonDict] = {"section": "Data"}
_TITLES: Final[JsonDict] = {name: network_title(name) for name in get_args(Network)}
_UPLOAD: Final[JsonDict] = {"widget": "upload", "accept": _FILES, "section": "Data"}


class SequenceTrainingParameters(JobParameters):
    """A set, how it is divided, and what is trained on it."""

    positives: UploadId = Field(
        title="Bound sequences",
        description="FASTA, plain or gzip; or FASTA whose headers are >1 (bound) and >0; or a table with columns "
        "sequence and, if known, label, name, chrom, start, end. 50 to 100,000 sequences of 101 bases or more; of "
        "longer ones the middle is used.",
        json_schema_extra=_UPLOAD,
    )
    negatives: Literal["auto", "own", "shuffled", "gc_matched"] = Field(
        default="auto",
        title="Unbound sequences",
        description="Own: those labelled 0 and those of the file below. Shuffles: dinucleotide shuffles of the bound "
        "ones, new in every epoch. GC-matched: from the pool below, one of the same GC content for each bound one. "
        "Automatic: own where there are any, otherwise shuffles.",
        json_schema_extra={
            **_DATA,
            "widget": "choices",
            "titles": {"auto": "Automatic", "own": "Own", "shuffled": "Shuffles", "gc_matched": "GC-matched"},
        },
    )
    unbound: UploadId | None = Field(
        default=None,
        title="File of unbound sequences",
        description="In the same formats. For GC-matched ones a pool, three times as many as bound ones or more.",
        json_schema_extra={**_UPLOAD, "shown_if": {"negatives": ["auto", "own", "gc_matched"]}},
    )
    test: UploadId | None = Field(
        default=None,
        title="Test file of your own",
        description="Optional, in the same formats. It is refused if it holds a sequence of the training files.",
        json_schema_extra={**_UPLOAD, "advanced": True},
    )
    factor: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_]{0,39}$",
        title="Short name",
        description="First part of the names of the new models: lower-case letters, digits and underscores, such as "
        "ctcf_liver.",
        json_schema_extra={"section": "Name", "widget": "text"},
    )
    title: str = Field(
        default="",
        max_length=60,
        title="Title",
        description="As on the page, such as CTCF in liver. Empty: the short name.",
        json_schema_extra={"section": "Name", "widget": "text"},
    )
    cell_type: str = Field(
        default="not stated",
        min_length=1,
        max_length=60,
        title="Cell type",
        description="For the model card.",
        json_schema_extra={"section": "Name", "widget": "text"},
    )
    split: Literal["auto", "chromosome", "random"] = Field(
        default="auto",
        title="Division",
        description="chromosome: whole chromosomes are held out; needs names such as chr1:100-201 or columns chrom, "
        "start, end. random: a tenth each for validation and test. auto: by chromosome where every sequence has one.",
        json_schema_extra={"section": "Division", "widget": "choices"},
    )
    validation_chromosomes: list[str] = chromosomes_field(
        VALIDATION_CHROMOSOMES, title="Chromosomes for validation", description="They choose the best epoch."
    )
    test_chromosomes: list[str] = chromosomes_field(
        TEST_CHROMOSOMES,
        title="Chromosomes for the test",
        description="The figures of the model card are measured on them.",
    )
    architectures: list[Network] = Field(
        default=["demo_cnn"],
        min_length=1,
        max_length=3,
        title="Networks",
        description="The CNN is a good first choice; 6-mer logistic regression is always trained alongside.",
        json_schema_extra={"section": "Training", "widget": "choices", "titles": _TITLES},
    )
    epochs: WholeIfAny = Field(
        default=None,
        ge=1,
        le=100,
        title="Epochs",
        description="At most; empty: 12 to 60, more for small sets.",
        json_schema_extra=TRAINING,
    )
    patience: Whole = Field(
        default=10,
        ge=1,
        le=100,
        title="Patience",
        description="Stop after so many epochs without a better validation AUROC.",
        json_schema_extra=TRAINING,
    )
    batch_size: Whole = Field(
        default=128, ge=8, le=1024, title="Batch size", description="Sequences.", json_schema_extra=TRAINING
    )
    learning_rate: NumberIfAny = Field(
        default=None,
        ge=1e-6,
        le=0.1,
        title="Learning rate",
        description="At its highest; empty: that of the shipped models (0.003 CNN, 0.01 RNN, 0.004 CNN-RNN).",
        json_schema_extra=TRAINING,
    )
    dropout: NumberIfAny = Field(
        default=None,
        ge=0,
        le=0.9,
        title="Dropout",
        description="Empty: that of the shipped models (0.2 CNN, 0.1 RNN, 0.2 CNN-RNN).",
        json_schema_extra=TRAINING,
    )
    seed: Whole = Field(
        default=0,
        ge=0,
        le=1_000_000,
        title="Seed",
        description="Of division, shuffles, weights and order: equal seeds give equal models.",
        json_schema_extra=TRAINING,
    )
