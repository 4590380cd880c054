"""Whether the service lives, and whether it can answer."""

from typing import Literal

from pydantic import BaseModel, Field


class Live(BaseModel):
    """The process answers."""

    status: Literal["alive"]


class Ready(BaseModel):
    """The service can do its work."""

    status: Literal["ready", "degraded"]
    device: str
    checkpoints: int
    broker: Literal["up", "down"]
    workers: int
    motifs: Literal["preparing", "ready", "failed"] = Field(
        description="Whether motifs can be named: the first start compiles for about a minute; failed means that the "
        "lab's own motif file cannot be read."
    )
    versions: dict[str, str]
