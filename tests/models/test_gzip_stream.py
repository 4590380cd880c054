"""Gzip of users: whatever it holds, it is unpacked, or refused early and in little memory."""

import gzip
import io
import resource
import sys
import time
import zlib
from random import Random

import pytest

from models.gzip_stream import GZIP, GzipError, GzipStream, opened

TEXT = "".join(Random(1).choices("ACGT\n", k=300_000)).encode()
PACKED = gzip.compress(TEXT, mtime=0)
UNIT = 1024 if sys.platform == "linux" else 1  # of ru_maxrss


def unpacked(content: bytes, *, max_bytes: int = 10_000_000, **options: int) -> bytes:
    with opened(io.BytesIO(content), max_bytes=max_bytes, **options) as stream:
        return stream.read()


def refused(content: bytes, **options: int) -> str:
    with pytest.raises(GzipError) as caught:
        unpacked(content, **options)
    return caught.value.code


@pytest.mark.parametrize("size", [1, 7, 4_096, 1 << 20])
def test_members_and_padding_are_unpacked_whatever_is_asked_for(size: int) -> None:
    content = gzip.compress(b"") + PACKED + gzip.compress(b"x") + b"\0" * 70_000
    stream = io.BufferedReader(GzipStream(io.BytesIO(content), max_bytes=10_000_000), size)

    assert stream.read() == TEXT + b"x"


def test_plain_files_are_left_alone() -> None:
    assert unpacked(TEXT) == TEXT


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PACKED[:-1], "broken_gzip"),
        (PACKED[: len(PACKED) // 2], "broken_gzip"),
        (PACKED[:-8] + b"12345678", "broken_gzip"),
        (PACKED + b"garbage", "broken_gzip"),
        (PACKED + b"\0" * 9 + b"garbage", "broken_gzip"),
        (GZIP, "broken_gzip"),
        (gzip.compress(PACKED, mtime=0), "nested_gzip"),
        (gzip.compress(b"", mtime=0) + gzip.compress(PACKED, mtime=0), "nested_gzip"),
        (gzip.compress(b"", mtime=0) * 2_000, "swollen_gzip"),
        (gzip.compress(b"A", mtime=0) * 2_000, "swollen_gzip"),
        (gzip.compress(b"A" * 2_000_000, mtime=0), "swollen_gzip"),
    ],
)
def test_what_is_no_honest_gzip_file_is_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


def test_many_members_of_a_fair_size_are_read() -> None:
    assert len(unpacked(gzip.compress(TEXT[:60_000]) * 150)) == 9_000_000


def test_the_limit_is_of_unpacked_bytes() -> None:
    assert unpacked(PACKED, max_bytes=len(TEXT)) == TEXT
    assert refused(PACKED, max_bytes=len(TEXT) - 1) == "too_large"


def test_a_chromosome_that_begins_with_n_is_read_where_that_is_foreseen() -> None:
    acrocentric = gzip.compress(b"N" * 3_000_000 + TEXT)

    assert refused(acrocentric) == "swollen_gzip"
    assert len(unpacked(acrocentric, ratio_from=4_000_000)) == 3_300_000


def bomb(n_bytes: int) -> bytes:
    """Pack zeros without holding them."""
    packer, piece = zlib.compressobj(1, wbits=31), b"0" * 10_000_000
    return b"".join(packer.compress(piece) for _ in range(n_bytes // len(piece))) + packer.flush()


def test_a_bomb_takes_neither_time_nor_memory() -> None:
    content = bomb(500_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()

    assert refused(content, max_bytes=10**12) == "swollen_gzip"
    assert time.perf_counter() - started < 3
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * UNIT < 50_000_000
