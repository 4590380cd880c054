"""One window of DNA and which networks are asked about it, by which method."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Bases = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, strip_whitespace=True, to_upper=True, pattern="^[ACGTNacgtn]+$"),
]


class Attribution(BaseModel):
    """Which method is to attribute a checkpoint's logit of bound to the bases."""

    model_config = ConfigDict(extra="forbid")

    checkpoint: str
    method: str | None = Field(
        default=None, description="Default: the best method that is valid for the checkpoint's architecture."
    )
    parameters: dict[str, Any] = Field(default_factory=dict)


class WindowRequest(BaseModel):
    """A window, 5' to 3' on the strand that is read; shorter ones are padded with zeros on the right."""

    model_config = ConfigDict(extra="forbid")

    sequence: Bases = Field(description="A, C, G, T and N, at most as many as the checkpoints read.")
    attributions: list[Attribution] = Field(min_length=1, max_length=8)
