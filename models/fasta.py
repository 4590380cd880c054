"""A forgiving reader of pasted DNA: it mends what is harmless, says so, and names the place of what is not."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from models.errors import InvalidSequencesError, TextProblem
from models.text_problems import shown

MAX_PROBLEMS: Final = 20
LONGEST_NAME: Final = 80

_IUPAC_AMBIGUOUS: Final = "RYSWKMBDHV"
_NORMALISE: Final = str.maketrans({"U": "T", **dict.fromkeys(_IUPAC_AMBIGUOUS, "N")})
_KNOWN_BASE: Final = re.compile("[ACGT]")
_FOREIGN: Final = re.compile(f"[^ACGTUN{_IUPAC_AMBIGUOUS}]")
_PROTEIN_ONLY: Final = frozenset("EFILPQ")  # amino acids whose letters no DNA has: a third of any protein
_PROTEIN_SHARE: Final = 0.1
_HINTS: Final = {
    **dict.fromkeys("-.", "Take the gaps of the alignment out."),
    **dict.fromkeys("0123456789", "Delete the numbers that GenBank writes beside the lines."),
}


class SequenceRecord(NamedTuple):
    """One sequence as the networks may see it.

    Attributes
    ----------
    name : str
        First word of the header as far as it can be seen, at most 80 characters, or ``sequence_3`` where there is
        none; unique in its file.
    sequence : str
        Upper-case A, C, G, T, N.
    line : int
        Line of the header, or of the first base where there is no header; counted from 1.
    n_unknown : int
        How many N.
    """

    name: str
    sequence: str
    line: int
    n_unknown: int


class SequenceFile(NamedTuple):
    """Records in their order, and what was mended."""

    records: tuple[SequenceRecord, ...]
    repairs: tuple[TextProblem, ...]


_REPAIRS: Final = {
    "no_name": "a sequence without a name was called by its number",
    "invisible_characters": "characters that cannot be seen were taken out of a name",
    "long_name": f"a name was cut off after {LONGEST_NAME} characters",
    "duplicate_name": "a name was used before; a number was added to it",
    "lower_case": "lower-case letters were read as upper case (soft masking is ignored)",
    "uracil": "U was read as T",
    "iupac_code": "IUPAC ambiguity codes were read as N (an all-zero column)",
}


_OF_NAMES: Final = {"no_name", "invisible_characters", "long_name", "duplicate_name"}


class Repairs:
    """Counts mended records by kind and remembers the first place of each kind."""

    def __init__(self) -> None:
        self._records: Counter[str] = Counter()
        self._letters: Counter[str] = Counter()
        self._first: dict[str, tuple[str, int]] = {}

    def add(self, code: str, n_letters: int, record: str, line: int) -> None:
        """Count letters of a record; none is no repair."""
        if n_letters:
            self._records[code] += 1
            self._letters[code] += n_letters
            self._first.setdefault(code, (record, line))

    def summary(self) -> tuple[TextProblem, ...]:
        """Return a sentence per kind."""
        return tuple(self._sentence(code) for code in _REPAIRS if code in self._first)

    def _sentence(self, code: str) -> TextProblem:
        record, line = self._first[code]
        n_records, n_letters = self._records[code], self._letters[code]
        letters = "" if code in _OF_NAMES else f", {n_letters:,} {'letter' if n_letters == 1 else 'letters'}"
        where = (
            f"{n_records:,} {'record' if n_records == 1 else 'records'}{letters}, first {shown(record)}, line {line}"
        )
        return TextProblem(code, f"{_REPAIRS[code][0].upper()}{_REPAIRS[code][1:]} ({where}).", record, line)


class Block(NamedTuple):
    """The lines of a record with their numbers, the header apart; `line` is the first line of the record."""

    name: str | None
    line: int
    lines: list[tuple[int, str]]


def read_sequences(text: str, *, max_records: int, max_bases: int) -> SequenceFile:
    """Read FASTA, or raw sequences separated by blank lines.

    Text without any header is raw: a blank line ends a sequence, and neighbouring lines belong together. Lower case,
    U, IUPAC codes, white space, Windows line ends, a byte order mark, missing and repeated names are mended and
    reported.

    Parameters
    ----------
    text : str
    max_records, max_bases : int
        Refused above these.

    Returns
    -------
    SequenceFile

    Raises
    ------
    InvalidSequencesError
        Naming record, line and column, if there is no record, a record is empty or holds no known base, a character
        is not DNA, or a limit is exceeded.
    """
    blocks = list(sequence_blocks(text))
    if not blocks:
        raise InvalidSequencesError((TextProblem("no_sequence", "There is no sequence: paste DNA or FASTA."),))
    _refuse_too_many(blocks, max_records=max_records, max_bases=max_bases)
    return checked_records(blocks, names_expected=True)


def checked_records(blocks: Iterable[Block], *, names_expected: bool = False) -> SequenceFile:
    """Mend what is harmless in the records of a file and report it; raises `InvalidSequencesError` for the rest."""
    records: list[SequenceRecord] = []
    problems: list[TextProblem] = []
    repairs = Repairs()
    taken: set[str] = set()
    for number, block in enumerate(blocks, start=1):
        given = shown_name(block, repairs) or f"sequence_{number}"
        name = _unique_name(given, taken)
        repairs.add("no_name", names_expected and block.name is None, name, block.line)
        repairs.add("duplicate_name", name != given, name, block.line)
        found = list(block_problems(name, block))
        problems += found
        if len(problems) >= MAX_PROBLEMS:
            break
        if not found:
            records.append(block_record(name, block, repairs))
    if problems:
        raise InvalidSequencesError(tuple(problems[:MAX_PROBLEMS]))
    return SequenceFile(tuple(records), repairs.summary())


def sequence_blocks(text: str) -> Iterator[Block]:
    """Divide FASTA, or raw sequences separated by blank lines, into records."""
    lines = list(enumerate(text_lines(text), start=1))
    is_fasta = any(line.lstrip().startswith(">") for _, line in lines)
    block: Block | None = None
    for number, line in lines:
        stripped = line.strip()
        if stripped.startswith(">"):
            if block:
                yield block
            block = Block((stripped[1:].split() or [""])[0] or None, number, [])
        elif not stripped:
            if block and not is_fasta:
                yield block
                block = None
        else:
            block = block or Block(None, number, [])
            block.lines.append((number, line))
    if block:
        yield block


def text_lines(text: str) -> list[str]:
    """Divide a text where editors do: at line feeds and carriage returns, not at other marks of Unicode."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def shown_name(block: Block, repairs: Repairs) -> str:
    """Return the name of a record as it may be shown; empty where there is none."""
    given = block.name or ""
    visible = "".join(filter(str.isprintable, given))
    name = visible[:LONGEST_NAME]
    repairs.add("invisible_characters", len(given) - len(visible), name, block.line)
    repairs.add("long_name", len(visible) - len(name), name, block.line)
    return name


def normalised(bases: str) -> str:
    """Return bases in upper case, U as T, and all that is not A, C, G or T as N."""
    return _FOREIGN.sub("N", _upper(bases).translate(_NORMALISE))


def _upper(text: str) -> str:
    """Fold the case of ASCII letters; elsewhere a capital may be two letters, and columns would move."""
    return text.upper() if text.isascii() else "".join(c.upper() if c.isascii() else c for c in text)


def _refuse_too_many(blocks: list[Block], *, max_records: int, max_bases: int) -> None:
    if len(blocks) > max_records:
        message = f"There are {len(blocks):,} records; one analysis takes {max_records:,}. Split the file."
        raise InvalidSequencesError((TextProblem("too_many_records", message, line=blocks[max_records].line),))
    n_bases = 0
    for block in blocks:
        n_bases += sum(len(line) for _, line in block.lines)
        if n_bases > max_bases:
            message = f"There are more than {max_bases:,} bases, the most that one analysis takes. Split the file."
            raise InvalidSequencesError((TextProblem("too_many_bases", message, block.name, block.line),))


def _unique_name(name: str, taken: set[str]) -> str:
    unique, copy = name, 2
    while unique in taken:
        unique, copy = f"{name}_{copy}", copy + 1
    taken.add(unique)
    return unique


def block_problems(name: str, block: Block) -> Iterator[TextProblem]:
    """Yield what is wrong with a record, one problem per line at most."""
    any_base, protein = False, None
    for number, line in block.lines:
        bases = _upper(line)
        any_base = any_base or bool(_KNOWN_BASE.search(bases.replace("U", "T")))
        for match in _FOREIGN.finditer(bases):
            if not match.group().isspace():
                protein = _is_protein(block) if protein is None else protein  # asked for once, as it reads it all
                yield _foreign_character(name, number, match.start() + 1, line[match.start()], protein=protein)
                break
    if not block.lines:
        message = f"Record {shown(name)} is empty: add its sequence below the header, or delete the header."
        yield TextProblem("empty_record", message, name, block.line)
    elif not any_base:
        message = f"Record {shown(name)} holds no A, C, G or T, so nothing can be predicted. Delete it or add bases."
        yield TextProblem("no_known_base", message, name, block.line)


def _is_protein(block: Block) -> bool:
    counts = Counter("".join(line for _, line in block.lines).upper())
    return sum(counts[letter] for letter in _PROTEIN_ONLY) > _PROTEIN_SHARE * sum(counts.values())


def _foreign_character(name: str, line: int, column: int, character: str, *, protein: bool) -> TextProblem:
    place = f"Record {shown(name)}, line {line}, column {column}: {character!r} is not a DNA base."
    if protein:
        message = f"{place} The record looks like a protein: give the DNA that is to be read."
        return TextProblem("looks_like_protein", message, name, line, column)
    hint = _HINTS.get(character, "Use A, C, G, T (or U), N and the IUPAC codes; start headers with '>'.")
    return TextProblem("unexpected_character", f"{place} {hint}", name, line, column)


def block_record(name: str, block: Block, repairs: Repairs) -> SequenceRecord:
    """Join the lines of a record, mending what is harmless."""
    raw = "".join("".join(line.split()) for _, line in block.lines)
    upper = raw.upper()
    sequence = upper.translate(_NORMALISE)
    first_line = block.lines[0][0]
    repairs.add("lower_case", 0 if raw == upper else sum(map(str.islower, raw)), name, first_line)
    repairs.add("uracil", upper.count("U"), name, first_line)
    repairs.add("iupac_code", sequence.count("N") - upper.count("N"), name, first_line)
    return SequenceRecord(name, sequence, block.line, sequence.count("N"))
