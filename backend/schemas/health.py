"""Whether the service lives, and whether it can answer."""

from typing import Literal

from pydantic import BaseModel


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
    versions: dict[str, str]
