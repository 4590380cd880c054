"""DNA in, probabilities and explanations out."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from backend.schemas.problem import ProblemItem
from backend.schemas.provenance import Provenance
from backend.schemas.strict import Flag, Whole

Strand = Literal["forward", "reverse"]


def _writable(text: str) -> str:
    """Refuse what JSON can escape and UTF-8 cannot write: it could not be sent back in a name."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half of a surrogate pair; save the text as UTF-8") from None
    return text


Text = Annotated[str, AfterValidator(_writable)]


class SequenceCheckRequest(BaseModel):
    """Text to be checked before it is analysed."""

    model_config = ConfigDict(extra="forbid")

    sequences: Text = Field(description="Raw sequences, one a line or block, or FASTA.")


class SequenceCheck(BaseModel):
    """What the text holds, and what is wrong with it."""

    n_records: int
    n_bases: int
    n_tiled: int = Field(description="Records longer than the window, to be scanned by tiles.")
    n_padded: int = Field(description="Records shorter than the window, to be padded with zeros on the right.")
    warnings: list[ProblemItem] = Field(description="Repairs that will be made.")
    errors: list[ProblemItem] = Field(description="What must be mended first.")


class RecordRange(BaseModel):
    """Records start <= index < stop, counted from 0; the text is always read whole."""

    model_config = ConfigDict(extra="forbid")

    start: Whole = Field(ge=0)
    stop: Whole = Field(ge=1)


class ExplanationRequest(BaseModel):
    """An explanation by name, with its parameters."""

    model_config = ConfigDict(extra="forbid")

    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    checkpoints: list[str] | None = Field(
        default=None, min_length=1, description="Only these checkpoints are explained by it; default all."
    )


class SequenceAnalysisRequest(BaseModel):
    """Sequences, and what to ask of which factors."""

    model_config = ConfigDict(extra="forbid")

    sequences: Text = Field(description="Raw sequences or FASTA, plain text.", examples=[">peak_1\nTGCTCGCATCCTATTGG"])
    factors: list[str] = Field(min_length=1, description="Names of the catalog's factors.", examples=[["ctcf_weri"]])
    strands: list[Strand] = Field(default=["forward", "reverse"], min_length=1)
    records: RecordRange | None = Field(default=None, description="Only these records; default all.")
    explanations: list[ExplanationRequest] = Field(default_factory=list)
    maps: Flag = Field(default=False, description="Whether maps of all four bases are sent along with the tracks.")


class CheckpointReference(BaseModel):
    """Which weights answered."""

    name: str
    architecture: str
    factor: str
    sha256: str


class Rows(BaseModel):
    """One entry per record and strand, as parallel lists."""

    record: list[int] = Field(description="Index of the record in the text, counted from 0.")
    name: list[str]
    strand: list[Strand]
    length: list[int]
    gc: list[float | None] = Field(description="Share of G and C among A, C, G, T.")
    warnings: list[list[str]]


class Prediction(BaseModel):
    """One checkpoint's answers, parallel to the rows."""

    checkpoint: str
    architecture: str
    probability: list[float] = Field(description="P(bound) of the row's window, forward pass of that strand.")


class FactorPredictions(BaseModel):
    """All answers for one factor, parallel to the rows."""

    factor: str
    window_start: list[int] = Field(
        description="0-based start, on the strand of the row, of the window that was scored: "
        "the one with the highest mean P(bound) of the three networks."
    )
    predictions: list[Prediction]
    networks_calling_bound: list[int] = Field(description="How many of the networks give P(bound) >= 0.5.")


class Track(BaseModel):
    """Values along the window's positions."""

    explanation: str
    name: str = Field(examples=["saliency", "corrected_saliency", "temporal_forward", "temporal_backward"])
    checkpoint: str
    architecture: str
    quantity: str = Field(description="What the values are, with sign, class and unit.")
    values: list[float] = Field(description="One per position of the window, padding included.")


class BaseMap(BaseModel):
    """One value per base and position: hypothetical contributions, or the change of the logit by each mutation."""

    explanation: str
    name: str = Field(examples=["hypothetical", "mutations"])
    checkpoint: str
    architecture: str
    quantity: str
    values: list[list[float]] = Field(description="Rows A, C, G, T; columns positions of the window.")


class Scan(BaseModel):
    """P(bound) of every tile of a record that is longer than the window."""

    starts: list[int] = Field(description="0-based start of each tile on the strand of the row.")
    probability: dict[str, list[float]] = Field(description="Checkpoint to one probability per tile.")


class WindowExplanation(BaseModel):
    """Why the networks say so: the tracks of one row and factor."""

    factor: str
    record: int
    name: str
    strand: Strand
    record_length: int
    window_start: int
    sequence: str = Field(description="Bases of the window, 5' to 3' on the strand of the row, without padding.")
    padding: int = Field(description="All-zero columns after the last base.")
    probability: dict[str, float] = Field(description="Checkpoint to P(bound) of this window.")
    tracks: list[Track]
    maps: list[BaseMap] = Field(default_factory=list, description="Empty unless asked for.")
    numbers: dict[str, float] = Field(
        default_factory=dict, description="'explanation/checkpoint/name' to a number, such as the completeness gap."
    )
    refused: dict[str, str] = Field(description="'explanation/checkpoint' to the reason for the refusal.")
    scan: Scan | None = Field(description="Null where the record fits one window.")


class SequenceAnalysis(Provenance):
    """The whole answer, with all that is needed to have it again."""

    n_records: int = Field(description="Records in the text; the rows may be fewer if a range was asked for.")
    checkpoints: list[CheckpointReference]
    rows: Rows
    factors: list[FactorPredictions]
    explanations: list[WindowExplanation]
    repairs: list[ProblemItem] = Field(description="What was mended while reading: case, U, IUPAC codes, names.")
