"""A window that is edited, and what the networks say of it after each edit; what a motif does by itself."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.schemas.motifs import MotifLibraryInfo
from backend.schemas.provenance import Provenance
from backend.schemas.sequence_analyses import CheckpointReference, Text
from backend.schemas.strict import Flag, Whole
from backend.schemas.window import Bases

MAX_EDITS = 500
FewBases = Annotated[
    str,
    StringConstraints(max_length=200, strip_whitespace=True, to_upper=True, pattern="^[ACGTNacgtn]*$"),
]

LONGEST_MOTIF_NAME = 60


class Edit(BaseModel):
    """What is taken out and what is put in its place."""

    model_config = ConfigDict(extra="forbid")

    position: Whole = Field(ge=0, description="0-based, in the sequence as it stands before this edit.")
    removed: FewBases = Field(default="", description="Bases taken out, as they stand there; empty: an insertion.")
    inserted: FewBases = Field(default="", description="Bases put in; empty: a deletion.")
    motif: Text = Field(default="", max_length=LONGEST_MOTIF_NAME, description="Name of the motif that is pasted.")


class ConstructRequest(BaseModel):
    """A window and the edits that make a construct of it, in order."""

    model_config = ConfigDict(extra="forbid")

    factor: str = Field(examples=["ctcf_weri"])
    original: Bases = Field(description="5' to 3'; at most as many bases as the networks read.")
    edits: list[Edit] = Field(default_factory=list, max_length=MAX_EDITS)
    motifs: Flag = Field(
        default=True,
        description="Whether motifs are named. The first time for an original this takes seconds: its shuffles are "
        "explained first.",
    )


class Answered(BaseModel):
    """One answer of a checkpoint."""

    probability: float = Field(description="P(bound)")
    logit: float = Field(description="log P(bound) - log P(not bound)")


class NamedSeqlet(BaseModel):
    """A stretch whose contributions stand out, and the motif it resembles most, where one is significant."""

    start: int = Field(description="0-based, in the construct.")
    stop: int
    sign: Literal[1, -1] = Field(description="1 supports bound, -1 speaks against it.")
    attribution: float = Field(description="Sum of the contributions, in units of the logit of bound.")
    id: str | None
    name: str | None
    url: str | None
    q_value: float | None
    also: list[str] = Field(description="Names of other motifs that it significantly resembles, best first.")


class CheckpointAnswer(BaseModel):
    """What a checkpoint says of the construct and of the original, and why."""

    checkpoint: str
    architecture: str
    kind: Literal["network", "baseline"]
    now: Answered = Field(description="Of the construct.")
    original: Answered
    mutations: list[list[float]] | None = Field(
        description="Change of the logit by each substitution; rows A, C, G, T; one column per base of the construct. "
        "Null for baselines."
    )
    contributions: list[float] | None = Field(description="Of the base present, from the mutations: -1/4 x column sum.")
    temporal_forward: list[float] | None = Field(description="P(bound) of each prefix; null where there is none.")
    temporal_backward: list[float] | None = Field(description="P(bound) of each suffix.")
    seqlets: list[NamedSeqlet]
    note: str | None = Field(description="Why no seqlet is sought or found, if so.")


class Construct(Provenance):
    """A construct, and what every checkpoint of the factor says of it."""

    factor: str
    original: str
    sequence: str
    padding: int = Field(description="All-zero columns after the last base.")
    words: list[str] = Field(description="One per edit, in the manner of HGVS.")
    checkpoints: list[CheckpointReference]
    answers: list[CheckpointAnswer]
    library: MotifLibraryInfo | None = Field(description="Whose motifs name the seqlets.")


class MarginalEffectRequest(BaseModel):
    """A motif, and the sequence whose shuffles are its backgrounds."""

    model_config = ConfigDict(extra="forbid")

    factor: str
    sequence: Bases
    motif: Bases = Field(description="Written over each background; N leaves the background's base.")
    n_backgrounds: Whole = Field(default=20, ge=5, le=50)


class CheckpointEffect(BaseModel):
    """Mean change of the logit when the motif is pasted at each position, with its 95 % interval."""

    checkpoint: str
    architecture: str
    background: float = Field(description="Mean logit of the backgrounds without the motif.")
    mean: list[float]
    low: list[float]
    high: list[float]


class MarginalEffects(Provenance):
    """What a motif does by itself, position by position."""

    factor: str
    sequence: str
    motif: str
    positions: list[int] = Field(description="0-based starts of the motif.")
    n_backgrounds: int
    checkpoints: list[CheckpointReference]
    effects: list[CheckpointEffect]
