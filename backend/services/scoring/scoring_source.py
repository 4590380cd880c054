"""Where the sequences of a batch come from: a FASTA file, or sites of a genome; read one by one, never as a whole."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import pyarrow as pa

from backend.services.errors import FieldError, InvalidFieldsError
from models.bed import Site, misplaced, stream_bed
from models.errors import InvalidTextError, TextProblem
from models.fasta import MAX_PROBLEMS, Repairs, SequenceRecord
from models.fasta_stream import stream_fasta
from models.genome_windows import Genome
from models.text_lines import NumberedLine, TextLines

ShortPolicy = Literal["pad", "skip"]

_RECORDS_PER_LOOK: Final = 1_000


class Item(NamedTuple):
    """A sequence to be scored, or why it cannot be; `cells` are what identifies it, as in `Source.fields`."""

    cells: tuple[Any, ...]
    sequence: str
    reason: str | None


class Sample(NamedTuple):
    """What the first records of a file tell of all: how many there are, and how long their sequences are."""

    n: int
    exact: bool
    lengths: list[int]


@dataclass(frozen=True)
class Source:
    """A file of sequences or sites.

    `stream` yields records or problems and collects repairs; `item` turns a numbered record into what is scored.
    """

    field: str
    unit: str
    lines: TextLines
    fields: tuple[pa.Field, ...]
    stream: Callable[[Iterable[NumberedLine], Repairs], Iterator[Any]]
    item: Callable[[int, Any], Item]

    def items(self) -> Iterator[Item]:
        """Yield all of a file that has been counted, so is known to be good."""
        for number, record in enumerate(self.stream(self.lines, Repairs()), start=1):
            if isinstance(record, TextProblem):
                raise as_fields((record,), self.field)
            yield self.item(number, record)


def fasta_source(path: Path, *, window: int, short: ShortPolicy) -> Source:
    """Take the records of a FASTA file, plain or gzip."""

    def item(number: int, record: SequenceRecord) -> Item:
        length = len(record.sequence)
        reason = None
        if length < window and short == "skip":
            reason = f"it has {length} bases, fewer than the {window} of a window"
        return Item((number, record.name, length), record.sequence, reason)

    fields = (pa.field("record", pa.int64()), pa.field("name", pa.string()), pa.field("length", pa.int32()))
    return Source(
        field="parameters.sequences",
        unit="sequences",
        lines=TextLines(path),
        fields=fields,
        stream=lambda lines, repairs: stream_fasta(lines, repairs=repairs),
        item=item,
    )


SITE_FIELDS: Final = (
    pa.field("record", pa.int64()),
    pa.field("name", pa.string()),
    pa.field("chrom", pa.string()),
    pa.field("start", pa.int64()),
    pa.field("end", pa.int64()),
    pa.field("strand", pa.string()),
    pa.field("window_start", pa.int64()),
)


def bed_source(path: Path, genome: Genome, *, window: int) -> Source:
    """Take the sites of a BED file, plain or gzip, each as the window around its centre."""

    def stream(lines: Iterable[NumberedLine], _: Repairs) -> Iterator[Site | TextProblem]:
        for site in stream_bed(lines):
            yield site if isinstance(site, TextProblem) else misplaced(site, genome.lengths) or site

    def item(number: int, site: Site) -> Item:
        found = genome.window(site, length=window)
        reason = None
        if found.sequence is None:
            reason = f"its window reaches beyond the {'start' if found.start < 0 else 'end'} of {site.chromosome}"
        cells = (number, site.name, site.chromosome, site.start, site.end, site.strand, found.start)
        return Item(cells, found.sequence or "", reason)

    return Source("parameters.intervals", "sites", TextLines(path), SITE_FIELDS, stream, item)


def count(source: Source, *, most: int, look: Callable[[int], None]) -> tuple[int, list[str]]:
    """Read a whole file once and return how many records it has and what was mended.

    `look` is told how many bytes have been read. Raises `InvalidFieldsError` with the places of up to 20 mistakes.
    """
    repairs = Repairs()
    problems: list[TextProblem] = []
    n = 0
    with read_as(source.field):
        for record in source.stream(source.lines, repairs):
            if isinstance(record, TextProblem):
                problems.append(record)
            else:
                n += 1
            if n > most:
                problems.append(_too_many(most, source.unit, record.line))
            if n > most or len(problems) >= MAX_PROBLEMS:
                break
            if n % _RECORDS_PER_LOOK == 0:
                look(source.lines.bytes_read)
    if problems:
        raise as_fields(problems, source.field)
    return n, [repair.message for repair in repairs.summary()]


def sample(source: Source, *, size: int, length: Callable[[Any], int]) -> Sample:
    """Read the first records and tell from their share of the file how many there are; raises as `count`."""
    with read_as(source.field):
        records = list(islice(source.stream(source.lines, Repairs()), size + 1))
    problems = [record for record in records if isinstance(record, TextProblem)]
    if problems:
        raise as_fields(problems[:MAX_PROBLEMS], source.field)
    lengths = [length(record) for record in records[:size]]
    if len(records) <= size:
        return Sample(len(records), True, lengths)
    share = source.lines.bytes_read / source.lines.n_bytes
    return Sample(max(round(size / share), size), False, lengths)


@contextmanager
def read_as(field: str) -> Iterator[None]:
    """Say of which field of the request it is that a file cannot be read."""
    try:
        yield
    except InvalidTextError as error:
        raise as_fields(error.problems, field) from None


def as_fields(problems: Iterable[TextProblem], field: str) -> InvalidFieldsError:
    """Turn places in a file into mistakes of a field."""
    return InvalidFieldsError(
        tuple(FieldError(field, found.code, found.message, found.line, found.column) for found in problems)
    )


def _too_many(most: int, unit: str, line: int) -> TextProblem:
    message = f"Line {line:,}: there are more than {most:,} {unit}, the most that this job takes. Split the file."
    return TextProblem("too_many", message, None, line)
