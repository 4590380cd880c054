"""Which checkpoints answer for a file, which do not and why, and what each of them reads of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from backend.schemas.histone_files import HistoneFileReference
from backend.services.context import ServiceContext
from backend.services.errors import FieldError, InvalidFieldsError
from backend.services.gene_inputs import inputs, portions, refusal
from backend.services.histone_files import StoredFile
from backend.services.inference import Arrays, Operation, Run
from backend.services.names import shown
from models.card import ChromatinCard
from models.checkpoints import ChromatinCheckpoint
from models.errors import MissingSignalError
from models.histone import HistoneMatrices


class ChromatinPlan(NamedTuple):
    """A file and who answers for it."""

    file: StoredFile
    bin_size_bp: int
    checkpoints: tuple[ChromatinCheckpoint, ...]
    refused: Mapping[str, str]

    @property
    def matrices(self) -> HistoneMatrices:
        """What the file holds."""
        return self.file.matrices

    @property
    def cards(self) -> list[ChromatinCard]:
        """Cards of those that answer."""
        return [checkpoint.card for checkpoint in self.checkpoints]


async def make_plan(
    reference: HistoneFileReference,
    names: Sequence[str] | None,
    *,
    context: ServiceContext,
    field: str = "checkpoints.{}",
) -> ChromatinPlan:
    """Open the file and find who answers; a name that is given twice counts once.

    `field` is where the names stand in the request, with a place for the position.
    """
    await context.chromatin.seek(names or ())
    asked = _asked(names, context.chromatin.loaded, field=field, bin_size_bp=reference.bin_size_bp)
    file = await context.histone_files.open(reference)
    reasons = {one.card.name: refusal(one.card, file.matrices, reference.bin_size_bp) for one in asked}
    refused = {name: reason for name, reason in reasons.items() if reason}
    answering = tuple(one for one in asked if one.card.name not in refused)
    if not answering:
        _refuse(asked, refused, file.matrices, field=field.split(".", maxsplit=1)[0])
    return ChromatinPlan(file, reference.bin_size_bp, answering, refused)


async def in_portions(
    run: Run, operation: Operation, card: ChromatinCard, matrices: HistoneMatrices, *, portion: int
) -> list[Arrays]:
    """Run an operation over all genes, one portion after the other, so that little is copied and others get by."""
    return [await run(operation, inputs(matrices, card, part)) for part in portions(len(matrices.genes), portion)]


def file_settings(plan: ChromatinPlan) -> dict[str, Any]:
    """Return which file was read how, so that it can be read again."""
    upload = plan.file.upload
    return {
        "upload": upload.id,
        "name": upload.name,
        "sha256": upload.sha256,
        "layout": plan.file.layout,
        "signals": list(plan.matrices.signals),
        "bin_size_bp": plan.bin_size_bp,
    }


def _asked(
    names: Sequence[str] | None, known: Mapping[str, ChromatinCheckpoint], *, field: str, bin_size_bp: int
) -> tuple[ChromatinCheckpoint, ...]:
    if names is None:
        fitting = tuple(one for one in known.values() if one.card.bin_size_bp == bin_size_bp)
        if not fitting:
            raise InvalidFieldsError((_no_checkpoint(known.values(), bin_size_bp),))
        return fitting
    mistakes = tuple(
        FieldError(
            field.format(position),
            "unknown_checkpoint",
            f"There is no chromatin checkpoint {shown(name)}. GET /api/v1/chromatin-checkpoints lists them.",
        )
        for position, name in enumerate(names)
        if name not in known
    )
    if mistakes:
        raise InvalidFieldsError(mistakes)
    return tuple(known[name] for name in dict.fromkeys(names))


def _no_checkpoint(known: Iterable[ChromatinCheckpoint], bin_size_bp: int) -> FieldError:
    sizes = ", ".join(f"{size:,}" for size in sorted({one.card.bin_size_bp for one in known})) or "none"
    message = f"No checkpoint was trained on bins of {bin_size_bp:,} bp. There are some for bins of (bp): {sizes}."
    return FieldError("file.bin_size_bp", "no_checkpoint", message)


def _refuse(
    asked: Sequence[ChromatinCheckpoint], refused: Mapping[str, str], matrices: HistoneMatrices, *, field: str
) -> None:
    """Say why nobody answers: the file lacks marks, or each checkpoint has its reason."""
    missing = [[mark for mark in one.card.marks if mark not in matrices.signals] for one in asked]
    if all(missing):
        raise MissingSignalError(tuple(dict.fromkeys(mark for marks in missing for mark in marks)), matrices.signals)
    raise InvalidFieldsError(
        tuple(FieldError(field, "refused", f"{name}: {reason}") for name, reason in refused.items())
    )
