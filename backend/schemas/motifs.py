"""Motifs of the library, and where a window shows them."""

from typing import Literal

from pydantic import BaseModel, Field

from backend.schemas.provenance import Provenance
from backend.schemas.sequence_analyses import Strand
from backend.schemas.strict import Flag
from backend.schemas.window import WindowRequest


class MotifLibraryInfo(BaseModel):
    """Where the known motifs come from."""

    name: str = Field(examples=["JASPAR 2026 CORE vertebrates"])
    n_motifs: int
    licence: str
    citation: str


class MotifName(BaseModel):
    """A motif, to choose from."""

    id: str = Field(examples=["MA0139.2"])
    name: str = Field(examples=["CTCF"])


class MotifLibrary(MotifLibraryInfo):
    """All motifs that seqlets are compared with."""

    motifs: list[MotifName]


class Motif(MotifName):
    """One motif of the library."""

    url: str | None = Field(description="Its page; null for a lab's own library.")
    matrix: list[list[float]] = Field(description="Rows A, C, G, T; columns positions; each column sums to 1.")


class MotifReportRequest(WindowRequest):
    """Explanations in which motifs are to be found and named."""

    scan: Flag = Field(default=True, description="Whether the library's matrices also scan the sequence (FIMO).")


class MotifMatch(BaseModel):
    """A library motif that a seqlet resembles, by Tomtom."""

    id: str
    name: str
    url: str | None
    p_value: float
    q_value: float = Field(description="Share of false matches expected among those at least as good.")
    strand: Strand = Field(description="Strand of the motif on the strand of the window.")
    start: int = Field(description="Position of the window, 0-based, where the aligned motif begins; may be negative.")
    matrix: list[list[float]] = Field(description="On the strand of the match: rows A, C, G, T; columns positions.")


class Effect(BaseModel):
    """Mean change of the logit of bound, with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int = Field(description="Shuffled backgrounds.")


class Seqlet(BaseModel):
    """A stretch whose attribution stands out, and which motifs it resembles."""

    start: int = Field(description="0-based, in the window.")
    stop: int = Field(description="First position behind it.")
    bases: str
    sign: Literal[1, -1] = Field(description="1 supports bound, -1 speaks against it.")
    p_value: float = Field(description="Of the span; it ranks, the error rate is the report's FDR.")
    attribution: float = Field(description="Sum over the seqlet, in units of the logit of bound.")
    share: float = Field(description="Of the positive (or negative) attribution of the window.")
    knock_out: Effect | None = Field(
        description="Logit as it is minus logit with the seqlet shuffled: positive where it supports bound. Null for a "
        "run of one base, which no shuffle changes."
    )
    matches: list[MotifMatch] = Field(description="Significant ones only (q <= 0.1), best first; often none.")


class CheckpointSeqlets(BaseModel):
    """What stands out in one explanation."""

    checkpoint: str
    architecture: str
    method: str
    fdr: float = Field(description="Target false discovery rate of the seqlets, against dinucleotide shuffles.")
    seqlets: list[Seqlet]
    note: str | None = Field(description="Why there is no seqlet, if there is none.")


class ScanHit(BaseModel):
    """A place where a library matrix fits the sequence, whatever a network says (FIMO)."""

    id: str
    name: str
    url: str | None
    start: int
    stop: int
    strand: Strand
    score: float = Field(description="Sum of log2 odds against a uniform background.")
    p_value: float


class MotifScan(BaseModel):
    """All places where library matrices fit."""

    threshold: float = Field(description="Greatest p-value of a hit.")
    expected_false_hits: float = Field(description="threshold x 2 strands x positions x motifs: hits by chance alone.")
    hits: list[ScanHit]


class MotifReport(Provenance):
    """Named motifs of one window."""

    sequence: str
    library: MotifLibraryInfo
    checkpoints: list[CheckpointSeqlets]
    scan: MotifScan | None
    refused: dict[str, str] = Field(description="Checkpoint to the reason why its method is not valid for it.")


class Filter(BaseModel):
    """What one convolution filter of the first layer fires on."""

    index: int
    matrix: list[list[float]] = Field(description="Mean of the windows it fires on; rows A, C, G, T.")
    n_windows: int = Field(description="Windows it fires on, of all positive test sequences.")
    share: float = Field(description="Share of positive test sequences in which it fires.")
    information: float = Field(description="Bits of the matrix against a uniform background.")
    match: MotifMatch | None = Field(description="Best library motif, where significant.")


class Route(BaseModel):
    """Motifs by one of the three ways of the Deep Motif Dashboard paper."""

    name: Literal["saliency", "temporal_output", "class_optimization"]
    title: str
    n_sequences: int
    matrix: list[list[float]] | None = Field(
        description="Mean of the aligned windows; null where the route is refused."
    )
    matches: list[MotifMatch] = Field(description="Best library motifs of that matrix, significant ones only.")
    finds_factor: float | None = Field(
        description="Share of the sequences whose own window matches a motif of the factor; null if it has none."
    )
    note: str | None


class MotifSummary(BaseModel):
    """What a network has learnt, over the positive sequences of its test file."""

    checkpoint: str
    data: str = Field(description="Which sequences.")
    n_sequences: int
    library: str
    factor_motifs: list[MotifName] = Field(description="Library motifs named like the factor.")
    filters: list[Filter]
    routes: list[Route]
    method: str = Field(description="Seeds, thresholds and windows, in words.")
