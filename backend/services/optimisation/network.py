"""The one network that a job optimises for, found good before anything is done."""

from difflib import get_close_matches
from typing import Final

from backend.schemas.jobs import Task
from backend.services.errors import refused_field
from backend.services.job_kinds.kind import JobPlace
from backend.services.names import shown
from models.checkpoints import Checkpoint, ChromatinCheckpoint, load_checkpoint, load_chromatin_checkpoint

FIELD: Final = "parameters.checkpoint"
READS: Final[dict[Task, str]] = {"sequence": "DNA", "chromatin": "histone marks"}


def sequence_network(name: str, place: JobPlace, *, field: str = FIELD) -> Checkpoint:
    """Load a network that reads DNA; refuse what does not exist or has no gradient."""
    checkpoint = known_checkpoint(name, place, field=field)
    _refuse_baseline(checkpoint)
    return checkpoint


def known_checkpoint(name: str, place: JobPlace, *, field: str = FIELD) -> Checkpoint:
    """Load a checkpoint that reads DNA, network or baseline."""
    _refuse_unknown(name, "sequence", place, field)
    return load_checkpoint(name, folder=place.checkpoint_folder(name, "sequence"))


def chromatin_network(name: str, place: JobPlace) -> ChromatinCheckpoint:
    """Load a network that reads histone marks; refuse what does not exist or has no gradient."""
    _refuse_unknown(name, "chromatin", place, FIELD)
    checkpoint = load_chromatin_checkpoint(name, folder=place.checkpoint_folder(name, "chromatin"))
    _refuse_baseline(checkpoint)
    return checkpoint


def _refuse_unknown(name: str, task: Task, place: JobPlace, field: str) -> None:
    known = place.checkpoint_names(task)
    if name in known:
        return
    if not name:
        raise refused_field(field, "no_checkpoint", f"Choose a model that reads {READS[task]}.")
    other: Task = "chromatin" if task == "sequence" else "sequence"
    if name in place.checkpoint_names(other):
        remedy = f"Choose one that reads {READS[task]}, such as {known[0]}." if known else ""
        message = f"{name} reads {READS[other]}, not {READS[task]}. {remedy}"
        raise refused_field(field, "wrong_task", message.strip())
    near = get_close_matches(name, known, n=3) or known[:3]
    message = f"There is no checkpoint {shown(name)} that reads {READS[task]}. Known are, among others: "
    raise refused_field(field, "unknown_checkpoint", f"{message}{', '.join(near)}.")


def _refuse_baseline(checkpoint: Checkpoint | ChromatinCheckpoint) -> None:
    card = checkpoint.card
    if card.kind == "baseline":
        message = (
            f"{card.name} is a baseline ({card.title}): its answer has no gradient with respect to single entries of "
            "the input, which this method descends. Choose a network."
        )
        raise refused_field(FIELD, "no_gradient", message)
