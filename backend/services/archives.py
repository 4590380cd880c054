"""Zip archives whose bytes depend on nothing but the names and contents of their files."""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

ZIP_TYPE: Final = "application/zip"
_READABLE_FILE: Final = 0o644 << 16
_UNIX: Final = 3
_PORTION: Final = 1 << 20
_IN_MEMORY: Final = 8 << 20


def streamed(fill: Callable[[zipfile.ZipFile], None]) -> Iterator[bytes]:
    """Pack a zip, in memory or, where it is large, on the disk, and yield it in portions."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        with zipfile.ZipFile(file, "w") as packed:
            fill(packed)
        file.seek(0)
        yield from portions(file)


def portions(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what is left of a file, a portion at a time."""
    while portion := file.read(_PORTION):
        yield portion


def add_file(packed: zipfile.ZipFile, name: str, source: Path) -> None:
    """Add a file as it is, without a date: compressed bytes would depend on the version of the compressor."""
    entry = zipfile.ZipInfo(name)  # of 1980, the first year that a zip can say
    entry.create_system, entry.external_attr = _UNIX, _READABLE_FILE
    packed.writestr(entry, source.read_bytes())


def add_stream(packed: zipfile.ZipFile, name: str, source: IO[bytes]) -> None:
    """Add a file as it comes, compressed, whatever its size."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _READABLE_FILE
    with packed.open(entry, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, _PORTION)
