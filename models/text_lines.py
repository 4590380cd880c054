"""A text file line by line, plain or gzip: never more than a line of it is in memory."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias, cast

from models.errors import InvalidTextError, TextProblem

LONGEST_LINE: Final = 1_000_000
GZIP: Final = b"\x1f\x8b"

NumberedLine: TypeAlias = tuple[int, str]

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
            If the file is no text, not UTF-8, a damaged gzip file, or has a line without end.
        """
        number = 0
        try:
            with self._path.open("rb") as file, opened(file) as stream:
                text = io.TextIOWrapper(stream, encoding="utf-8-sig")
                while line := text.readline(LONGEST_LINE + 1):
                    number += 1
                    if number % _LINES_PER_LOOK == 1:
                        self.bytes_read = file.tell()
                    if "\0" in line:
                        raise _refused("not_text", "A null byte: this is not a text file. Choose another.", number)
                    if len(line.rstrip("\n")) > LONGEST_LINE:
                        message = f"The line is longer than {LONGEST_LINE:,} characters. Break it."
                        raise _refused("long_line", message, number)
                    yield number, line.rstrip("\n")
        except UnicodeDecodeError as error:
            message = f"The text is not UTF-8 ({error.reason}), or no text. Save it as UTF-8."
            raise _refused("not_utf8", message, number + 1) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            message = f"The gzip file is damaged or cut off ({error}). Compress it again, or upload it uncompressed."
            raise _refused("broken_gzip", message, number + 1) from error
        self.bytes_read = self.n_bytes


@contextmanager
def opened(file: BinaryIO) -> Iterator[BinaryIO]:
    """Unpack gzip; leave anything else as it is."""
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    if not packed:
        yield file
        return
    with gzip.GzipFile(fileobj=file) as stream:
        yield cast("BinaryIO", stream)


def _refused(code: str, message: str, line: int) -> InvalidTextError:
    return InvalidTextError((TextProblem(code, f"Line {line:,}: {message}", None, line),))
