"""What a file of binned histone signals holds, and how it is to be read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.schemas.problem import ProblemItem
from backend.schemas.strict import Whole

Layout = Literal["deepchrome", "deepdiff", "header"]


class HistoneFileReference(BaseModel):
    """An uploaded file, and how to read it where detection is to be overruled."""

    model_config = ConfigDict(extra="forbid")

    upload: str = Field(description="Id of the upload.")
    layout: Layout | None = Field(
        default=None,
        description="deepchrome: gene, bin, five marks[, label] without header; deepdiff: ENSG_SYMBOL_bin, five marks "
        "in DeepDiff's order without header; header: the first line names the columns. Default: detected.",
    )
    signals: list[str] | None = Field(
        default=None,
        max_length=20,
        description="Names of the signal columns in the file's order. Default: the layout's.",
    )
    bin_size_bp: Whole = Field(default=100, ge=1, le=1_000_000, description="Base pairs per bin; no file says it.")


class SignalSummary(BaseModel):
    """What the values of one signal look like."""

    signal: str
    maximum: float
    mean: float
    percentile_99: float
    zero_share: float = Field(description="Share of bins without any signal.")
    whole_numbers: bool = Field(description="Whether every value is a whole number, as read counts are.")


class Shift(BaseModel):
    """Where a file differs from what a checkpoint saw in training, so that its answers may not hold."""

    checkpoint: str
    signal: str | None = None
    code: str = Field(examples=["not_counts", "scale", "zeros", "number_of_bins"])
    message: str = Field(description="What differs, with both figures, and what to do.")


class HistoneCheck(BaseModel):
    """What a file holds, how it was read, and what is wrong with it."""

    layout: Layout | None = Field(description="As detected or as asked; null where no layout fits.")
    layout_summary: str = Field(description="The layout in words.")
    signals: list[str] = Field(description="Signal columns in the file's order, by name.")
    n_rows: int
    n_genes: int
    n_bins: int
    n_labelled_on: int | None = Field(description="Null where the file has no labels.")
    first_genes: list[str] = Field(description="The first genes, at most 20.")
    first_lines: list[str] = Field(description="The file's first lines as they are, at most 3.")
    summaries: list[SignalSummary]
    shifts: list[Shift]
    repairs: list[ProblemItem] = Field(description="What was mended while reading.")
    errors: list[ProblemItem] = Field(description="What must be mended first.")
