"""Whether the service lives, and whether it can answer."""

from typing import Literal

from pydantic import BaseModel, Field


class Live(BaseModel):
    """The process answers."""

    status: Literal["alive"]


class Part(BaseModel):
    """One part of the service."""

    name: Literal["networks", "checkpoints", "motifs", "ledger", "queue", "dispatcher", "worker-fast", "worker-heavy",
                  "disk"]  # fmt: skip
    state: Literal["ok", "degraded", "down"]
    detail: str = Field(description="What it does now, or what is wrong and what to do, in one sentence.")


class Ready(BaseModel):
    """Whether the service can do its work, part by part."""

    status: Literal["ready", "degraded", "down"] = Field(
        description="degraded: predictions are answered, something else is missing; down: they are not (status 503)."
    )
    parts: list[Part]
    unavailable: dict[str, str] = Field(description="Checkpoints that cannot be used, with the reason.")
    device: str
    checkpoints: int
    broker: Literal["up", "down"]
    workers: int
    motifs: Literal["preparing", "ready", "failed"] = Field(
        description="Whether motifs can be named: the first start compiles for about a minute; failed means that the "
        "lab's own motif file cannot be read."
    )
    versions: dict[str, str]
