"""Motif matrices as text in minimal MEME format: read with the line that is wrong, and written."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from models.errors import InvalidMotifFileError, TextProblem
from models.gzip_stream import GzipError, opened
from models.motifs.motif import Motif
from models.sequence import ALPHABET
from models.text_problems import shown

LONGEST_MOTIF: Final = 100
MAX_BYTES: Final = 100_000_000  # unpacked
_WIDTH: Final = re.compile(r"\bw=\s*(\d+)")
_ALPHABET: Final = re.compile(r"^ALPHABET\s*=?\s*(\S+)")
_SUM_TOLERANCE: Final = 0.02  # of columns that were written with two or three decimals


class _Line(NamedTuple):
    """A line that is not empty, counted from 1."""

    number: int
    text: str


def read_meme_file(path: Path) -> tuple[Motif, ...]:
    """Read a MEME file, plain or gzip.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InvalidMotifFileError
        If it cannot be opened or read; the problem names the line.
    """
    try:
        with path.open("rb") as file, opened(file, max_bytes=MAX_BYTES) as stream:
            text = stream.read(MAX_BYTES).decode()
    except (OSError, UnicodeDecodeError, GzipError) as error:
        raise _wrong("unreadable_file", f"The motif file cannot be read: {error}.") from error
    return read_meme_text(text)


def read_meme_text(text: str) -> tuple[Motif, ...]:
    """Read the motifs of a text in MEME format, version 4, with the alphabet ACGT.

    Raises
    ------
    InvalidMotifFileError
    """
    lines = (_Line(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    filled = [line for line in lines if line.text]
    if not filled or not filled[0].text.startswith("MEME version"):
        raise _wrong("no_meme_file", "A MEME file begins with `MEME version 4`.", filled[0] if filled else None)
    _check_alphabet(filled)
    motifs = tuple(_motifs(filled))
    if not motifs:
        raise _wrong("no_motifs", "The file holds no line that begins with MOTIF.")
    (most, times), *_ = Counter(motif.id for motif in motifs).most_common(1)
    if times > 1:
        raise _wrong("repeated_motif", f"{times} motifs have the identifier {shown(most)}.")
    return motifs


def meme_library_text(motifs: Iterable[Motif]) -> str:
    """Write motifs in minimal MEME format, version 4, with six decimals."""
    lines = ["MEME version 4", "", f"ALPHABET= {ALPHABET}", "", "strands: + -", "", "Background letter frequencies"]
    lines += [" ".join(f"{base} 0.25" for base in ALPHABET), ""]
    for motif in motifs:
        lines += [f"MOTIF {motif.id} {motif.name}"]
        lines += [f"letter-probability matrix: alength= {len(ALPHABET)} w= {motif.width}"]
        lines += [" ".join(f"{value:.6f}" for value in column) for column in motif.matrix.T]
        lines += [""]
    return "\n".join(lines)


def _check_alphabet(lines: Sequence[_Line]) -> None:
    for line in lines:
        if (match := _ALPHABET.match(line.text)) and match[1].strip('"') not in {ALPHABET, "DNA"}:
            raise _wrong("other_alphabet", f"The alphabet is {shown(match[1])}; only {ALPHABET} is read.", line)


def _motifs(lines: Sequence[_Line]) -> Iterator[Motif]:
    starts = [index for index, line in enumerate(lines) if line.text.split()[0] == "MOTIF"]
    for start, stop in pairwise([*starts, len(lines)]):
        yield _motif(lines[start], lines[start + 1 : stop])


def _motif(title: _Line, block: Sequence[_Line]) -> Motif:
    _, *words = title.text.split(maxsplit=2)
    if not words:
        raise _wrong("nameless_motif", "MOTIF is followed by an identifier and, if there is one, a name.", title)
    head = next((index for index, line in enumerate(block) if line.text.startswith("letter-probability")), None)
    if head is None:
        raise _wrong("no_matrix", f"Motif {shown(words[0])} has no `letter-probability matrix:`.", title)
    rows = [values for line in block[head + 1 :] if (values := _numbers(line.text)) is not None]
    _check_rows(block[head:], n_rows=len(rows))
    matrix = np.array(rows, dtype=np.float64).T
    return Motif(words[0], words[-1], matrix / matrix.sum(0))


def _check_rows(lines: Sequence[_Line], *, n_rows: int) -> None:
    """Look at the lines from `letter-probability matrix:` on; the numbers must follow it without a gap."""
    head, *rest = lines
    stated = _WIDTH.search(head.text)
    if (stated and int(stated[1]) != n_rows) or not 1 <= n_rows <= LONGEST_MOTIF:
        wanted = f"{stated[1]} rows are stated" if stated else f"1 to {LONGEST_MOTIF} rows are read"
        raise _wrong("wrong_width", f"{wanted}, {n_rows} rows of numbers follow.", head)
    for line in rest[:n_rows]:
        values = _numbers(line.text) or []
        if len(values) != len(ALPHABET) or any(not 0 <= value <= 1 for value in values):
            raise _wrong("wrong_row", "A row holds four frequencies from 0 to 1, for A, C, G and T.", line)
        if abs(sum(values) - 1) > _SUM_TOLERANCE:
            raise _wrong("wrong_sum", f"The four frequencies of a row sum to 1, these to {sum(values):.3g}.", line)


def _numbers(text: str) -> list[float] | None:
    """Return the numbers of a line, or None if it holds anything else."""
    try:
        return [float(word) for word in text.split()]
    except ValueError:
        return None


def _wrong(code: str, message: str, line: _Line | None = None) -> InvalidMotifFileError:
    number = line.number if line else None
    prefix = f"Line {number}: " if number else ""
    return InvalidMotifFileError((TextProblem(code, prefix + message, line=number),))
