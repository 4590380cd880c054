"""Two to four models on one sequence, brought to one scale."""

from pydantic import BaseModel, Field

from backend.schemas.provenance import Provenance
from backend.schemas.window import Attribution, WindowRequest

FEWEST_MODELS, MOST_MODELS = 2, 4


class ComparisonRequest(WindowRequest):
    """A window, and the models that are to be held against each other on it."""

    attributions: list[Attribution] = Field(
        min_length=FEWEST_MODELS,
        max_length=MOST_MODELS,
        description="Each checkpoint once; where methods have references, all the same.",
    )


class ComparedModel(BaseModel):
    """What one model says about the sequence."""

    checkpoint: str
    title: str
    factor: str
    architecture: str
    sha256: str
    method: str
    method_title: str
    probability: float = Field(description="P(bound) of this window, forward.")
    completeness_gap: float | None = Field(
        description="Of methods with references: what the contributions miss of the change of the logit, as a share "
        "of it."
    )
    contributions: list[float] = Field(description="To the logit of bound, one per base; positive supports bound.")
    scale: float = Field(description="Sum of the absolute contributions: what they are divided by.")
    shares: list[float] = Field(description="Contributions / scale: with sign, the absolute values sum to 1.")


class PairAgreement(BaseModel):
    """How far two models agree, whatever their scales; null where one of them says the same everywhere."""

    first: str
    second: str
    spearman: float | None = Field(description="Rank correlation over all bases, with sign.")
    cosine: float | None = Field(description="Agreement weighted by magnitude, with sign.")
    top_positions: float | None = Field(description="Jaccard index of the 10 strongest bases, by absolute value.")


class DisagreementSpan(BaseModel):
    """Neighbouring bases on which the models disagree."""

    start: int = Field(description="0-based.")
    stop: int = Field(description="First base left out.")
    bases: str
    disagreement: float = Field(description="Sum of the disagreement track over the span.")
    says: dict[str, float] = Field(description="Checkpoint to the sum of its shares over the span.")
    sentence: str = Field(description="Which model says what, for a biologist.")


class AverageModel(BaseModel):
    """All models as one: the averages of what they predict and of what they say."""

    probability: float = Field(description="Mean of the probabilities, not the probability of a mean logit.")
    contributions: list[float] = Field(description="Mean of the contributions, unscaled: to the mean of the logits.")
    note: str = Field(description="What this average is, and what it is not.")


class Comparison(Provenance):
    """What the models share, and where they differ."""

    sequence: str
    padding: int = Field(description="Positions after the last base that were filled with zeros.")
    models: list[ComparedModel] = Field(description="As asked, less those that are refused.")
    pairs: list[PairAgreement]
    consensus: list[float] = Field(description="Mean share where all agree in sign, else 0; one per base.")
    disagreement: list[float] = Field(description="Greatest minus least share, one per base.")
    n_agreeing: int = Field(description="Bases at which all models have the same sign.")
    spans: list[DisagreementSpan] = Field(description="Where they disagree most, the largest first.")
    average: AverageModel
    verdict: str = Field(description="In a sentence: how far they agree, and what makes them hard to compare.")
    refused: dict[str, str] = Field(description="Checkpoint to the reason why its method is not valid for it.")
