"""Gzip that cannot swell: unpacked piece by piece, and refused as soon as it is far larger than it looks."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, cast

from models.errors import ModelsError

GZIP: Final = b"\x1f\x8b"
MAX_RATIO: Final = 200
RATIO_FROM: Final = 1_000_000  # unpacked bytes from which the ratio tells something

_READ_BYTES: Final = 1 << 16
_GZIP_WINDOW: Final = 31  # zlib: a gzip header and trailer around the largest window
_MANY_MEMBERS: Final = 1_000
_TINY_MEMBER: Final = 100  # bytes; bgzip writes members of 65,280


class GzipError(ModelsError):
    """A gzip file that is damaged, or that holds more than one may take.

    Attributes
    ----------
    code : str
        ``broken_gzip``, ``swollen_gzip``, ``nested_gzip`` or ``too_large``.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@contextmanager
def opened(file: BinaryIO, *, max_bytes: int, ratio_from: int = RATIO_FROM) -> Iterator[BinaryIO]:
    """Unpack gzip, as `GzipStream` does; leave anything else as it is."""
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    if not packed:
        yield file
        return
    with io.BufferedReader(GzipStream(file, max_bytes=max_bytes, ratio_from=ratio_from), _READ_BYTES) as stream:
        yield cast("BinaryIO", stream)


class GzipStream(io.RawIOBase):
    """Unpacks a gzip file of one or many members; zeros behind the last are padding, anything else is damage.

    Parameters
    ----------
    file : binary file
        At its beginning.
    max_bytes : int
        Unpacked; more is refused.
    ratio_from : int
        Unpacked bytes from which more than 200 times the packed size is refused. Chromosomes begin with up to 20
        million N, which pack a thousandfold.

    Raises
    ------
    GzipError
        While reading.
    """

    def __init__(self, file: BinaryIO, *, max_bytes: int, ratio_from: int = RATIO_FROM) -> None:
        self._file, self._max_bytes, self._ratio_from = file, max_bytes, ratio_from
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._packed = b""  # read, and not yet unpacked
        self._n_packed = self._n_unpacked = self._n_members = 0

    def readable(self) -> bool:
        """Say that this is for reading, as `io.TextIOWrapper` asks."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill as much of a buffer as the next piece gives; 0 at the end."""
        data = self._piece(len(buffer))
        buffer[: len(data)] = data
        if self._n_unpacked == 0 and data.startswith(GZIP):
            raise GzipError("nested_gzip", "There is a gzip file within the gzip file. Unpack it once.")
        self._n_unpacked += len(data)
        self._refuse_bombs()
        return len(data)

    def _piece(self, size: int) -> bytes:
        """Return some unpacked bytes, at most `size`; none at the end."""
        while self._next_member() and self._packed:
            try:
                data = self._member.decompress(self._packed, size)
            except zlib.error as error:
                raise _broken(str(error)) from error
            self._packed = self._member.unconsumed_tail or self._member.unused_data
            if data:
                return data
            if not self._member.eof:
                self._read_more()
        return b""

    def _next_member(self) -> bool:
        """Go on to the next member where one has ended; return whether there is anything left to unpack."""
        self._read_more()
        if not self._member.eof:
            if not self._packed:
                raise _broken("it ends too early")
            return True
        self._packed = self._packed.lstrip(b"\0") if not self._packed.startswith(GZIP) else self._packed
        while not self._packed and self._read_more():
            self._packed = self._packed.lstrip(b"\0")
        if self._packed:
            self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._n_members += 1
            self._refuse_bombs()
        return bool(self._packed)

    def _read_more(self) -> bool:
        """Read on where all that was read is unpacked; return whether there was more."""
        if self._packed:
            return True
        self._packed = self._file.read(_READ_BYTES)
        self._n_packed += len(self._packed)
        return bool(self._packed)

    def _refuse_bombs(self) -> None:
        if self._n_unpacked > self._max_bytes:
            raise GzipError("too_large", f"Unpacked, the file has more than {self._max_bytes:,} bytes. Divide it.")
        n_used = self._n_packed - len(self._packed)
        swollen = self._n_unpacked > max(MAX_RATIO * n_used, self._ratio_from)
        crumbled = self._n_members > max(_MANY_MEMBERS, self._n_unpacked / _TINY_MEMBER)
        if swollen or crumbled:
            what = f"unpacks to more than {MAX_RATIO} times its size" if swollen else "consists of thousands of crumbs"
            raise GzipError("swollen_gzip", f"The gzip file {what}, as no file of data does. Upload it uncompressed.")


def _broken(reason: str) -> GzipError:
    message = f"The gzip file is damaged or cut off ({reason}). Compress it again, or upload it uncompressed."
    return GzipError("broken_gzip", message)
