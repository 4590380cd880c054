"""What a training on a user's own histone marks is asked with."""

from typing import Final, Literal, get_args

from pydantic import Field, JsonValue
from pydantic.config import JsonDict

from backend.schemas.strict import Number, NumberIfAny, Whole, WholeIfAny
from backend.services.job_kinds.kind import JobParameters, UploadId
from backend.services.training.common_fields import SPLIT, TRAINING, chromosomes_field, network_title
from models.training.own_chromatin import PATIENCE
from models.training.own_gene_split import HELD_OUT_SHARE, TEST_CHROMOSOMES, VALIDATION_CHROMOSOMES

Network = Literal[
    "deepchrome",
    "attentive_lstm_alpha",
    "attentive_lstm_alpha_beta",
    "attentive_lstm_attn",
    "attentive_lstm",
    "attentive_cnn_attn",
    "attentive_cnn_alpha_beta",
    "deepchrome_mlp",
    "deepchrome_linear",
]

_TABLES: Final[list[JsonValue]] = [".csv", ".tsv", ".txt", ".gz"]
_TITLES: Final[JsonDict] = {name: network_title(name) for name in get_args(Network)}
_UPLOAD: Final[JsonDict] = {"widget": "upload", "accept": _TABLES, "section": "Data"}
_READING: Final[JsonDict] = {"section": "Data", "advanced": True}


class ChromatinTrainingParameters(JobParameters):
    """A set of genes, how it is divided, and what is trained on it."""

    histone: UploadId = Field(
        title="Histone file",
        description="Bins of the five marks H3K27me3, H3K36me3, H3K4me1, H3K4me3 and H3K9me3 for 100 to 30,000 genes, "
        "in any layout of the histone page, plain or gzip; 20 to 400 bins per gene.",
        json_schema_extra=_UPLOAD,
    )
    expression: UploadId | None = Field(
        default=None,
        title="Expression table",
        description="Where the histone file holds no labels: a gene and a value in each line. Genes above the median "
        "of the file's genes are ON, as in DeepChrome; a column of 1 and 0 is taken as labels.",
        json_schema_extra=_UPLOAD,
    )
    layout: Literal["detected", "deepchrome", "deepdiff", "header"] = Field(
        default="detected", title="Layout", json_schema_extra={**_READING, "widget": "choices"}
    )
    signals: list[str] = Field(
        default_factory=list,
        max_length=20,
        title="Signals",
        description="Names of the signal columns in the file's order, where those of the layout are wrong.",
        json_schema_extra={**_READING, "widget": "text"},
    )
    bin_size_bp: Whole = Field(
        default=100,
        ge=1,
        le=1_000_000,
        title="Bin size",
        description="Base pairs per bin; no file says it.",
        json_schema_extra={"section": "Data"},
    )
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_]{0,39}$",
        title="Short name",
        description="First part of the names of the new models: lower-case letters, digits and underscores, such as "
        "liver_2024.",
        json_schema_extra={"section": "Name", "widget": "text"},
    )
    cell_type: str = Field(
        default="cell type not stated",
        min_length=1,
        max_length=60,
        title="Cell type",
        description="Roadmap id such as E003, or any name.",
        json_schema_extra={"section": "Name", "widget": "text"},
    )
    split: Literal["auto", "chromosome", "random"] = Field(
        default="auto",
        title="Division",
        description="chromosome: whole chromosomes are held out; needs genes that the tables of hg19 and hg38 know. "
        "auto: by chromosome where 95 % of the genes are known, otherwise at random.",
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
    held_out_share: Number = Field(
        default=HELD_OUT_SHARE,
        ge=0.05,
        le=0.3,
        title="Held-out share",
        description="Of each class, for validation and again for the test, where genes are divided at random.",
        json_schema_extra={**SPLIT, "shown_if": {"split": ["auto", "random"]}},
    )
    architectures: list[Network] = Field(
        default=["deepchrome"],
        min_length=1,
        max_length=4,
        title="Networks",
        description="DeepChrome is fast; the LSTMs show where they look. Simple methods are always trained alongside.",
        json_schema_extra={"section": "Training", "widget": "choices", "titles": _TITLES},
    )
    epochs: WholeIfAny = Field(
        default=None,
        ge=1,
        le=100,
        title="Epochs",
        description="At most; empty: as the shipped models (8 to 30).",
        json_schema_extra=TRAINING,
    )
    patience: Whole = Field(
        default=PATIENCE,
        ge=1,
        le=100,
        title="Patience",
        description="Stop after so many epochs without a better validation AUROC.",
        json_schema_extra=TRAINING,
    )
    batch_size: WholeIfAny = Field(
        default=None,
        ge=8,
        le=512,
        title="Batch size",
        description="Genes; empty: as the shipped models (16 to 64).",
        json_schema_extra=TRAINING,
    )
    learning_rate: NumberIfAny = Field(
        default=None,
        ge=1e-6,
        le=0.1,
        title="Learning rate",
        description="At its highest; empty: as the shipped models (0.0005 to 0.01).",
        json_schema_extra=TRAINING,
    )
    dropout: NumberIfAny = Field(
        default=None,
        ge=0,
        le=0.9,
        title="Dropout",
        description="Empty: as the shipped models (0.2 to 0.8).",
        json_schema_extra=TRAINING,
    )
    seed: Whole = Field(
        default=0,
        ge=0,
        le=1_000_000,
        title="Seed",
        description="Of division, weights and order: equal seeds give equal models.",
        json_schema_extra=TRAINING,
    )
