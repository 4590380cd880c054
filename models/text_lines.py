"""A text file line by line, plain or gzip: never more than a line of it is in memory."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from models.errors import InvalidTextError, TextProblem
from models.gzip_stream import GzipError, opened

LONGEST_LINE: Final = 1_000_000
MAX_BYTES: Final = 10_000_000_000  # unpacked

NumberedLine: TypeAlias = tuple[int, str]

_ESCAPED: Final = 0xDC00  # where "surrogateescape" puts bytes
_LINES_PER_LOOK: Final = 1_000  # at how far the file has been read


class TextLines:
    """The lines of a file with their numbers, from 1 and without line ends; every iteration begins anew.

    Parameters
    ----------
    path : Path
        UTF-8, plain or gzip; a byte order mark is skipped.

    Attributes
    ----------
    n_bytes : int
        Of the file as it lies on the disk.
    bytes_read : int
        How many of them the present iteration has read, for progress and for estimates.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.n_bytes = path.stat().st_size
        self.bytes_read = 0

    def __iter__(self) -> Iterator[NumberedLine]:
        """Yield number and text of each line.

        Raises
        ------
        InvalidTextError
            If the file is no text, not UTF-8, a damaged or swollen gzip file, or has a line without end.
        """
        number = 0
        try:
            with self._path.open("rb") as file, opened(file, max_bytes=MAX_BYTES) as stream:
                text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape")
                while line := text.readline(LONGEST_LINE + 1):
                    number += 1
                    if number % _LINES_PER_LOOK == 1:
                        self.bytes_read = file.tell()
                    _refuse_what_is_no_text(line, number)
                    if len(line.rstrip("\n")) > LONGEST_LINE:
                        message = f"The line is longer than {LONGEST_LINE:,} characters. Break it."
                        raise _refused("long_line", message, number)
                    yield number, line.rstrip("\n")
        except GzipError as error:
            raise _refused(error.code, str(error), number + 1) from error
        self.bytes_read = self.n_bytes


def _refuse_what_is_no_text(line: str, number: int) -> None:
    try:
        if not line.isascii():
            line.encode()
    except UnicodeEncodeError as error:  # bytes that are not UTF-8 were escaped as lone surrogates
        message = (
            f"The text is not UTF-8 (byte {ord(line[error.start]) - _ESCAPED:#04x}), or no text. Save it as UTF-8."
        )
        raise _refused("not_utf8", message, number, error.start + 1) from None
    if "\0" in line:
        message = "A null byte: this is not a text file. Choose another."
        raise _refused("not_text", message, number, line.index("\0") + 1)


def _refused(code: str, message: str, line: int, column: int | None = None) -> InvalidTextError:
    place = f"Line {line:,}, column {column}" if column else f"Line {line:,}"
    return InvalidTextError((TextProblem(code, f"{place}: {message}", None, line, column),))
