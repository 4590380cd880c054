"""The checkpoints that a job names, found good before anything is done."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from pydantic import ValidationError

from backend.services.errors import FieldError, InvalidFieldsError, refused_field
from backend.services.job_kinds.kind import JobPlace
from backend.services.names import shown
from models.card import SequenceCard, read_card
from models.checkpoints import Checkpoint, ChromatinCheckpoint, load_checkpoint, load_chromatin_checkpoint

FIELD = "parameters.checkpoints"


def sequence_checkpoints(
    names: Sequence[str], *, factor: str | None, most: int, place: JobPlace, device: str = "cpu"
) -> tuple[Checkpoint, ...]:
    """Load the named checkpoints, or all of a factor; they must read windows of one length."""
    asked = list(dict.fromkeys(names)) or _of_factor(factor, place)
    _refuse_count(asked, most, remedy="Choose at least one model, or a factor.")
    _refuse_unknown(asked, place.checkpoint_names("sequence"))
    loaded = tuple(
        load_checkpoint(name, folder=place.checkpoint_folder(name, "sequence"), device=device) for name in asked
    )
    lengths = {one.card.name: one.card.input_length for one in loaded}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} reads {length} bases" for name, length in lengths.items())
        message = f"These checkpoints read windows of different lengths ({said}). Ask for them in separate jobs."
        raise refused_field(FIELD, "different_lengths", message)
    return loaded


def chromatin_checkpoints(
    names: Sequence[str], *, most: int, place: JobPlace, device: str = "cpu"
) -> tuple[ChromatinCheckpoint, ...]:
    """Load the named checkpoints."""
    asked = list(dict.fromkeys(names))
    _refuse_count(asked, most, remedy="Choose at least one model.")
    _refuse_unknown(asked, place.checkpoint_names("chromatin"))
    return tuple(
        load_chromatin_checkpoint(name, folder=place.checkpoint_folder(name, "chromatin"), device=device)
        for name in asked
    )


def _of_factor(factor: str | None, place: JobPlace) -> list[str]:
    if not factor:
        return []
    cards = list(_readable_cards(place))
    found = [card.name for card in cards if card.factor == factor]
    if not found:
        known = ", ".join(dict.fromkeys(card.factor for card in cards))
        message = f"There is no checkpoint for factor {shown(factor)}. Known: {known}."
        raise refused_field("parameters.factor", "unknown_factor", message)
    return found


def _readable_cards(place: JobPlace) -> Iterator[SequenceCard]:
    """Leave out what is damaged: nobody has asked for it."""
    for name in place.checkpoint_names("sequence"):
        with suppress(OSError, ValidationError):
            yield read_card(place.checkpoint_folder(name, "sequence") / name, SequenceCard)


def _refuse_count(names: Sequence[str], most: int, *, remedy: str) -> None:
    if not names:
        raise refused_field(FIELD, "no_checkpoint", remedy)
    if len(names) > most:
        message = f"{len(names)} checkpoints are asked for; one job takes {most}. Ask for the others in another job."
        raise refused_field(FIELD, "too_many_checkpoints", message)


def _refuse_unknown(names: Sequence[str], known: Sequence[str]) -> None:
    unknown = tuple(
        FieldError(
            f"{FIELD}.{position}",
            "unknown_checkpoint",
            f"There is no checkpoint {shown(name)}. It may have been removed: choose another.",
        )
        for position, name in enumerate(names)
        if name not in known
    )
    if unknown:
        raise InvalidFieldsError(unknown)
