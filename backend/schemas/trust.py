"""Whether an explanation may be believed."""

from typing import Literal

from pydantic import BaseModel, Field

from backend.schemas.provenance import Provenance
from backend.schemas.window import WindowRequest

Verdict = Literal["green", "amber", "red"]


class TrustRequest(WindowRequest):
    """Explanations whose trust is to be checked; those of one factor's networks are also held against each other."""


class TrustMeasure(BaseModel):
    """One test of an explanation."""

    name: str = Field(examples=["completeness", "mutagenesis", "top_positions", "strands", "seeds", "architectures"])
    title: str
    value: float | None = Field(description="Null where the test does not apply; the text says why.")
    text: str = Field(description="The value in words with its unit, or why there is none.")
    verdict: Verdict | None = Field(description="Null where the test does not apply.")
    thresholds: str = Field(description="From where on it is green, amber, red.")
    meaning: str = Field(description="What is compared, in a sentence.")


class Trust(BaseModel):
    """The badge of one explanation."""

    checkpoint: str
    architecture: str
    method: str
    verdict: Verdict = Field(description="The worst verdict among the measures.")
    sentence: str = Field(description="What failed, or that nothing did, for a biologist.")
    measures: list[TrustMeasure]


class TrustReport(Provenance):
    """The badges of all explanations of one window."""

    sequence: str
    trusts: list[Trust]
    refused: dict[str, str] = Field(description="Checkpoint to the reason why its method is not valid for it.")
