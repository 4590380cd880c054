"""A user's own sequences to train on: FASTA, DeMo's labelled FASTA, or a table, plain or gzip."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from models.errors import InvalidSequencesError, TextProblem
from models.fasta import MAX_PROBLEMS, Block, SequenceRecord, checked_records, sequence_blocks, text_lines
from models.gzip_stream import GzipError, opened
from models.text_problems import shown

WINDOW: Final = 101
MAX_SEQUENCES: Final = 100_000
MAX_BYTES: Final = 100_000_000

_SEPARATORS: Final = "\t,;"
_COLUMNS: Final = {
    "sequence": ("sequence", "seq"),
    "label": ("label", "bound"),
    "name": ("name", "id"),
    "chrom": ("chrom", "chr", "chromosome"),
    "start": ("start",),
    "end": ("end", "stop"),
}
_LABELS: Final = {"1": True, "0": False}
_PLACE: Final = re.compile(r"(?:^|::)([\w.]+):(\d+)-(\d+)(?:\([+.-]\))?$")
_KNOWN_BASE: Final = re.compile("[ACGT]")

Format = Literal["FASTA", "labelled FASTA", "table"]


class OwnRecord(NamedTuple):
    """One window of a user's file.

    Attributes
    ----------
    name : str
        Unique in its file.
    sequence : str
        `WINDOW` upper-case bases: the middle of what the file has.
    line : int
    bound : bool or None
        None where the file holds no labels.
    chromosome : str or None
        Where the file says it.
    """

    name: str
    sequence: str
    line: int
    bound: bool | None
    chromosome: str | None


class OwnFile(NamedTuple):
    """A user's file as it may be trained on.

    Attributes
    ----------
    records : tuple of OwnRecord
    format : str
    n_cropped : int
        Records of which only the middle is used.
    repairs : tuple of str
        What was mended, in sentences.
    sha256 : str
        Of the file's bytes.
    """

    records: tuple[OwnRecord, ...]
    format: Format
    n_cropped: int
    repairs: tuple[str, ...]
    sha256: str


class _Labelled(NamedTuple):
    """A record before it is checked."""

    block: Block
    bound: bool | None
    chromosome: str | None


def read_own_sequences(path: Path, *, window: int = WINDOW, max_sequences: int = MAX_SEQUENCES) -> OwnFile:
    """Read a file of sequences.

    FASTA whose headers are all ``>1`` or ``>0`` is DeMo's labelled layout. A table (tabs, commas or semicolons) has a
    header line with a column ``sequence`` or ``seq`` and may have ``label`` or ``bound``, ``name``, ``chrom``,
    ``start``, ``end``. Coordinates in FASTA are read from headers such as ``chr1:100-201`` or
    ``peak_7::chr1:100-201(+)``.

    Parameters
    ----------
    path : Path
    window : int
        Bases of each record that are used, from its middle.
    max_sequences : int

    Raises
    ------
    InvalidSequencesError
        Naming record and line, if the file is no text, holds no or too many records, a record is shorter than the
        window or not DNA, or a label is neither 1 nor 0.
    """
    layout, found = _found(_text(path))
    if len(found) > max_sequences:
        message = (
            f"The file holds {len(found):,} sequences; training takes {max_sequences:,}. Take a random part of it."
        )
        raise InvalidSequencesError((TextProblem("too_many_records", message, line=found[max_sequences].block.line),))
    checked = checked_records(one.block for one in found)
    problems = list(_unusable(checked.records, window))
    if problems:
        raise InvalidSequencesError(tuple(problems[:MAX_PROBLEMS]))
    records = tuple(
        OwnRecord(record.name, _middle(record.sequence, window), record.line, one.bound, one.chromosome)
        for record, one in zip(checked.records, found, strict=True)
    )
    return OwnFile(
        records,
        layout,
        sum(len(record.sequence) > window for record in checked.records),
        tuple(repair.message for repair in checked.repairs),
        _sha256(path),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file, opened(file, max_bytes=MAX_BYTES) as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _refusal("too_large", f"The text is larger than {MAX_BYTES:,} bytes. Take a random part of it.")
        return content.decode("utf-8-sig")
    except GzipError as error:
        raise _refusal(error.code, str(error)) from error
    except UnicodeDecodeError as error:
        raise _refusal("not_text", "The file is not text. Upload FASTA or a table, plain or gzip.") from error


def _found(text: str) -> tuple[Format, list[_Labelled]]:
    lines = text_lines(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise _refusal("no_sequence", "The file holds no sequence.")
    if not lines[first].lstrip().startswith(">"):
        return "table", list(_rows(lines, first))
    blocks = list(sequence_blocks(text))
    if all(block.name in _LABELS for block in blocks):
        return "labelled FASTA", [
            _Labelled(block._replace(name=None), _LABELS[block.name or ""], None) for block in blocks
        ]
    return "FASTA", [_Labelled(block, None, _chromosome_in(block.name or "")) for block in blocks]


def _chromosome_in(name: str) -> str | None:
    match = _PLACE.search(name)
    return match[1] if match else None


def _rows(lines: list[str], first: int) -> Iterator[_Labelled]:
    separator = next((character for character in _SEPARATORS if character in lines[first]), "\t")
    header = [field.strip().strip('"').lower() for field in lines[first].split(separator)]
    column = {key: header.index(name) for key, names in _COLUMNS.items() for name in reversed(names) if name in header}
    if "sequence" not in column:
        message = (
            f"Line {first + 1}: the file neither starts with '>' nor has a header line with a column 'sequence' or "
            "'seq'. Upload FASTA, or a table with such a header."
        )
        raise _refusal("no_sequence_column", message, line=first + 1)
    for number, line in enumerate(lines[first + 1 :], start=first + 2):
        if line.strip():
            yield _row(line, number, separator=separator, n_columns=len(header), column=column)


def _row(line: str, number: int, *, separator: str, n_columns: int, column: dict[str, int]) -> _Labelled:
    fields = line.split(separator)
    if len(fields) != n_columns:
        message = f"Line {number} has {len(fields)} fields, the header has {n_columns}. Mend the line or delete it."
        raise _refusal("ragged_row", message, line=number)
    values = {key: fields[index].strip().strip('"') for key, index in column.items()}
    label = values.get("label")
    if label is not None and label not in _LABELS:
        message = f"Line {number}: the label {shown(label)} is neither 1 (bound) nor 0 (unbound)."
        raise _refusal("unknown_label", message, line=number)
    before = sum(len(field) + 1 for field in fields[: column["sequence"]])  # keeps the columns of mistakes right
    sequence = " " * before + fields[column["sequence"]].replace('"', " ")
    block = Block(values.get("name") or None, number, [(number, sequence)])
    has_place = all(values.get(key) for key in ("chrom", "start", "end"))
    return _Labelled(block, None if label is None else _LABELS[label], values["chrom"] if has_place else None)


def _unusable(records: tuple[SequenceRecord, ...], window: int) -> Iterator[TextProblem]:
    for record in records:
        name, sequence, line, _ = record
        if len(sequence) < window:
            message = (
                f"Record {shown(name)}, line {line}: {len(sequence)} bases are fewer than the {window} that the "
                "networks read. Extend it on both sides in the genome, or delete it."
            )
            yield TextProblem("too_short", message, name, line)
        elif not _KNOWN_BASE.search(_middle(sequence, window)):
            message = f"Record {shown(name)}, line {line}: the middle {window} bases are all unknown (N). Delete it."
            yield TextProblem("no_known_base", message, name, line)


def _middle(sequence: str, window: int) -> str:
    start = (len(sequence) - window) // 2
    return sequence[start : start + window]


def _refusal(code: str, message: str, *, line: int | None = None) -> InvalidSequencesError:
    return InvalidSequencesError((TextProblem(code, message, line=line),))
