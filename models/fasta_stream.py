"""FASTA of any size, record by record, with the same rules for letters as pasted text."""

from collections.abc import Iterable, Iterator
from typing import Final

from models.errors import TextProblem
from models.fasta import Block, Repairs, SequenceRecord, block_problems, block_record, shown_name
from models.text_lines import NumberedLine

LONGEST_RECORD: Final = 1_000_000


def stream_fasta(lines: Iterable[NumberedLine], *, repairs: Repairs) -> Iterator[SequenceRecord | TextProblem]:
    """Yield each record, or what is wrong with it, in the order of the file.

    Lower case, U and IUPAC codes are mended and counted in `repairs`, as in `read_sequences`. Names are not made
    unique, as that would need all of them in memory: the number of a record identifies it. A record of nothing but N
    is a record.

    Parameters
    ----------
    lines : iterable of (int, str)
        Numbers and texts of lines.
    repairs : Repairs
        Collects what is mended.
    """
    n_records = 0
    for block in _blocks(lines):
        if isinstance(block, TextProblem):
            yield block
            continue
        n_records += 1
        name = shown_name(block, repairs) or f"sequence_{n_records}"
        problems = [problem for problem in block_problems(name, block) if problem.code != "no_known_base"]
        if problems:
            yield from problems
        else:
            yield block_record(name, block, repairs)
    if not n_records:
        yield TextProblem("no_sequence", "There is no sequence in the file: give FASTA.")


def _blocks(lines: Iterable[NumberedLine]) -> Iterator[Block | TextProblem]:
    """Gather the lines of each record; of one that is too long, only its first lines are kept."""
    block: Block | None = None
    n_bases = 0
    for number, line in lines:
        stripped = line.strip()
        if stripped.startswith(">"):
            if block:
                yield block
            block, n_bases = Block((stripped[1:].split() or [""])[0] or None, number, []), 0
        elif stripped and block is None:
            message = f"Line {number:,}: FASTA begins with a header. Put '>' and a name on a line before the sequence."
            yield TextProblem("no_header", message, None, number, 1)
            return
        elif stripped and block:
            was_short = n_bases <= LONGEST_RECORD
            n_bases += len(stripped)
            if n_bases <= LONGEST_RECORD:
                block.lines.append((number, line))
            elif was_short:
                yield _too_long(block, number)
    if block:
        yield block


def _too_long(block: Block, line: int) -> TextProblem:
    message = (
        f"Line {line:,}: the record that begins at line {block.line:,} has more than {LONGEST_RECORD:,} bases. "
        "Cut it, or give the genome with a BED file of the sites."
    )
    return TextProblem("too_many_bases", message, block.name, line)
