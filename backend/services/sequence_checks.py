"""What a text of sequences holds, said before it is analysed."""

from typing import Final

from backend.config import Settings
from backend.schemas.sequence_analyses import SequenceCheck
from backend.services.checkpoints import WINDOW_LENGTH
from backend.services.concurrency import off_loop
from backend.services.problem_items import problem_items
from models.errors import InvalidSequencesError
from models.fasta import read_sequences

FIELD: Final = "sequences"


async def check_sequences(text: str, *, settings: Settings) -> SequenceCheck:
    """Count the records and list repairs and mistakes, off the event loop where the text is long."""
    return await off_loop(len(text), _check, text, settings)


def _check(text: str, settings: Settings) -> SequenceCheck:
    try:
        file = read_sequences(text, max_records=settings.max_records, max_bases=settings.max_bases)
    except InvalidSequencesError as error:
        return SequenceCheck(
            n_records=0,
            n_bases=0,
            n_tiled=0,
            n_padded=0,
            warnings=[],
            errors=problem_items(error.problems, field=FIELD),
        )
    lengths = [len(record.sequence) for record in file.records]
    return SequenceCheck(
        n_records=len(lengths),
        n_bases=sum(lengths),
        n_tiled=sum(length > WINDOW_LENGTH for length in lengths),
        n_padded=sum(length < WINDOW_LENGTH for length in lengths),
        warnings=problem_items(file.repairs, field=FIELD),
        errors=[],
    )
