"""Kinds of background work, one file each; a new one is a file and a line here."""

from importlib import import_module
from typing import Final

from backend.config import Settings
from backend.services.job_kinds import (
    chromatin_scoring,
    chromatin_training,
    class_optimization,
    sequence_design,
    sequence_scoring,
    sequence_training,
)
from backend.services.job_kinds.kind import JobKind
from models.registry import Registry

JOB_KINDS: Final[Registry[JobKind]] = Registry("kind of job")
for _kind in (
    class_optimization.KIND,
    sequence_design.KIND,
    sequence_training.SEQUENCE_TRAINING,
    chromatin_training.CHROMATIN_TRAINING,
    sequence_scoring.KIND,
    chromatin_scoring.KIND,
):
    JOB_KINDS.register(_kind.name, _kind)


def load_kinds(settings: Settings) -> None:
    """Import the modules that the settings name; each registers its kinds with `JOB_KINDS`."""
    for module in settings.job_modules:
        import_module(module)
