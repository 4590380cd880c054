"""What the forms of both trainings share."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from pydantic import Field
from pydantic.config import JsonDict

from backend.schemas.jobs import Task
from backend.services.errors import refused_field
from backend.services.job_kinds.kind import JobPlace
from models.checkpoints import architecture_spec

SPLIT: Final[JsonDict] = {"section": "Division", "advanced": True}
TRAINING: Final[JsonDict] = {"section": "Training", "advanced": True}

_BY_CHROMOSOME: Final[JsonDict] = {**SPLIT, "shown_if": {"split": ["auto", "chromosome"]}}


def chromosomes_field(default: Collection[str], *, title: str, description: str) -> Any:
    """Describe the field for chromosomes that are held out."""
    return Field(
        default=list(default),
        min_length=1,
        max_length=20,
        title=title,
        description=description,
        json_schema_extra=_BY_CHROMOSOME,
    )


def network_title(architecture: str) -> str:
    """Return an architecture's name for people."""
    return architecture_spec(architecture).title


def refuse_taken(names: Iterable[str], task: Task, *, field: str, place: JobPlace) -> None:
    """Refuse a short name if one of the models that it leads to is there already."""
    taken = sorted(set(names) & set(place.checkpoint_names(task)))
    if taken:
        message = f"There is a model called {taken[0]} already. Choose another short name, or delete that model."
        raise refused_field(f"parameters.{field}", "name_taken", message)
