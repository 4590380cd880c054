"""From bigWigs and start sites to binned signals."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.schemas.histone_files import Shift, SignalSummary
from backend.schemas.problem import ProblemItem
from backend.schemas.strict import Whole
from backend.schemas.uploads import Upload

Assembly = Literal["hg19", "hg38"]


class MatrixRequest(BaseModel):
    """One bigWig per signal, and where the genes start."""

    model_config = ConfigDict(extra="forbid")

    signals: dict[str, str] = Field(
        min_length=1, max_length=10, description="Signal name (H3K4me3, ...) to the upload of its bigWig."
    )
    starts: str | None = Field(
        default=None, description="Upload with the start sites: BED6, or a gene table with header."
    )
    genes: list[str] = Field(
        default_factory=list, max_length=20_000, description="Identifiers or symbols to take; default all of the table."
    )
    assembly: Assembly = Field(description="Of bigWigs and start sites; never guessed.")
    bin_size_bp: Whole = Field(default=100, ge=10, le=100_000)
    n_bins: Whole = Field(default=100, ge=2, le=400)
    unit: Literal["counts", "rpkm", "minus_log10_p", "fold_change", "unknown"] = Field(
        description="What the bigWigs hold."
    )


class ChromatinMatrix(BaseModel):
    """The signals around the start sites, kept as an upload in DeepChrome's layout."""

    upload: Upload
    assembly: Assembly
    unit: str
    signals: list[str]
    n_genes: int
    n_bins: int
    bin_size_bp: int
    summaries: list[SignalSummary]
    shifts: list[Shift]
    skipped: list[ProblemItem] = Field(description="Genes that could not be read, and why; at most 20 are named.")
    n_skipped: int
    repairs: list[ProblemItem]


class Gene(BaseModel):
    """A transcription start site."""

    gene: str
    symbol: str
    chromosome: str
    start_site: int = Field(description="0-based position of the first transcribed base.")
    strand: Literal["+", "-"]


class GeneSearch(BaseModel):
    """Start sites that match a query."""

    assembly: Assembly
    source: str = Field(description="Where the table comes from.")
    n_found: int
    genes: list[Gene] = Field(description="At most 20.")
