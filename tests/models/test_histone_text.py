import gzip
from hashlib import sha256

import pytest

from models import gzip_stream, histone_text
from models.errors import InvalidHistoneFileError
from models.histone_file import detect_layout, first_lines, read_histone_file
from models.histone_text import read_blocks, read_head

ROWS = "".join(f"gène{gene},{number},1,2,3,4,5\r\n" for gene in range(3) for number in range(1, 8))
PLAIN = ROWS.replace("\r\n", "\n")


def random(seed: int) -> str:
    return sha256(str(seed).encode()).hexdigest()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.csv"


@pytest.mark.parametrize("size", [2, 3, 7, 64, 100, 10_000])
@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n"])
def test_blocks_are_whole_lines_without_a_seam(path, monkeypatch, size, ending):
    monkeypatch.setattr(histone_text, "BLOCK_BYTES", size)
    path.write_bytes(("\n" + PLAIN).replace("\n", ending).encode())
    blocks = list(read_blocks(path))

    assert b"".join(block.data for block in blocks).decode() == "\n" + PLAIN
    assert all(block.data.endswith(b"\n") for block in blocks)
    assert [block.first_line for block in blocks[1:]] == [
        block.first_line + block.data.count(b"\n") for block in blocks[:-1]
    ]


def test_a_byte_order_mark_is_taken_off_and_told_once(path, monkeypatch):
    monkeypatch.setattr(histone_text, "BLOCK_BYTES", 64)
    path.write_bytes(("\ufeff" + ROWS).encode())
    first, *others = read_blocks(path)

    assert first.byte_order_mark
    assert first.data.startswith("gène0".encode())
    assert not any(block.byte_order_mark for block in others)


def test_the_head_is_the_first_lines_with_their_numbers(path):
    path.write_bytes(("\n \n" + ROWS * 20).replace("\r\n", "\r\n\r\n", 1).encode())
    head = read_head(path)

    assert head[:2] == ((3, "gène0,1,1,2,3,4,5"), (5, "gène0,2,1,2,3,4,5"))
    assert len(head) == 99


def test_the_last_line_needs_no_end(path):
    path.write_text("a,1\nb,2")

    assert read_head(path) == ((1, "a,1"), (2, "b,2"))


def refused(path, content: bytes, *, max_rows: int = 1_000) -> str:
    path.write_bytes(content)
    with pytest.raises(InvalidHistoneFileError) as caught:
        read_histone_file(path, max_genes=100, max_rows=max_rows)
    return caught.value.problems[0].code


SPARSE = "".join(f"{random(gene)},{number},1,2,3,4,5\n" for gene in range(2_000) for number in range(1, 8))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\0" * 60_000_000, "swollen_gzip"),
        (b"\n" * 60_000_000, "swollen_gzip"),
        (b"7" * 60_000_000, "swollen_gzip"),
        (PLAIN.encode() + b"\n" * 60_000_000, "swollen_gzip"),
        (SPARSE.encode() * 200, "too_many_rows"),
        (gzip.compress(b"a,1,1,2,3,4,5\n", mtime=0), "nested_gzip"),
    ],
    ids=["nulls", "line feeds", "one line", "blank lines", "rows", "nested"],
)
def test_gzip_bombs_are_refused_after_a_few_blocks(path, monkeypatch, content, code):
    sizes = []
    original = gzip_stream.GzipStream.readinto

    def counted(self, buffer):
        sizes.append(original(self, buffer))
        return sizes[-1]

    monkeypatch.setattr(gzip_stream.GzipStream, "readinto", counted)

    assert refused(path, gzip.compress(content, 1)) == code
    assert sum(sizes) <= 4 * histone_text.BLOCK_BYTES


def test_unpacked_bytes_are_limited(path, monkeypatch):
    monkeypatch.setattr(histone_text, "MAX_BYTES", 1_000)

    assert refused(path, gzip.compress(SPARSE.encode())) == "too_large"


def test_nothing_readable_has_neither_layout_nor_lines(path):
    path.write_bytes(b"PK\x03\x04")

    assert (detect_layout(path), first_lines(path, 3)) == (None, ())


def test_long_first_lines_are_shortened(path):
    path.write_text("a," + "7" * 5_000)

    assert [len(line) for line in first_lines(path, 3)] == [201]
