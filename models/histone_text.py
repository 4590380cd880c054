"""A text file as blocks of whole lines, plain or gzip: never more than a block of it is in memory."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import InvalidHistoneFileError, TextProblem
from models.gzip_stream import GzipError, opened
from models.histone_problems import Place, refusal

BLOCK_BYTES: int = 1 << 22
LONGEST_LINE: Final = 10_000
MAX_BYTES: Final = 500_000_000  # unpacked
SEPARATORS: Final = {"\t": "tabs", ";": "semicolons", ",": "commas"}

_HEAD_LINES: Final = 100
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_FOREIGN: Final = {b"PK": "an Excel workbook or zip archive", b"%PDF": "a PDF"}


class Block(NamedTuple):
    """Some whole lines.

    Attributes
    ----------
    data : bytes
        UTF-8; each line ends in one line feed, whatever the file has.
    first_line : int
        Number of the first of them, counted from 1.
    byte_order_mark : bool
        Whether one stood before `data`.
    """

    data: bytes
    first_line: int
    byte_order_mark: bool = False


def read_blocks(path: Path) -> Iterator[Block]:
    """Yield a file block by block.

    Raises
    ------
    InvalidHistoneFileError
        If the file is binary, not UTF-8, a damaged or swollen gzip file, or has a line without end.
    """
    line, carry, marked = 1, b"", False
    for number, chunk in enumerate(_chunks(path)):
        if number == 0:
            _refuse_foreign(chunk)
            marked = chunk.startswith(_BYTE_ORDER_MARK)
        data = carry + (chunk.removeprefix(_BYTE_ORDER_MARK) if number == 0 else chunk)
        # A carriage return at the very end may be half of a Windows line end.
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        carry = data[end:]
        if end:
            block = _block(data[:end], line, byte_order_mark=marked)
            line += block.data.count(b"\n")
            marked = False
            yield block
        if len(carry) > LONGEST_LINE:
            raise refusal("long_line", Place(line), most=LONGEST_LINE)
    if carry:
        yield _block(carry, line, byte_order_mark=marked)


def read_head(path: Path) -> tuple[tuple[int, str], ...]:
    """Return the first lines that are not blank, with their numbers; at most 100 of them.

    Raises
    ------
    InvalidHistoneFileError
        If there is none, or the file cannot be read as text.
    """
    # The second block of a small file is its last line, where that does not end in a line feed.
    data = b"".join(block.data for block in islice(read_blocks(path), 2))
    text = data.lstrip(b" \n")
    skipped = data[: len(data) - len(text)].count(b"\n")
    lines = text.split(b"\n", _HEAD_LINES)[:_HEAD_LINES]
    numbered = [(number, line.decode()) for number, line in enumerate(lines, start=1 + skipped)]
    head = tuple((number, line) for number, line in numbered if line.strip())
    if not head:
        raise refusal("empty_file")
    return head


def first_separator(text: str) -> str | None:
    """Return the separator of a line: a tab before a semicolon before a comma, which may be a decimal comma."""
    return next((separator for separator in SEPARATORS if separator in text), None)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, opened(file, max_bytes=MAX_BYTES) as stream:
        try:
            while chunk := stream.read(BLOCK_BYTES):
                yield chunk
        except GzipError as error:
            raise InvalidHistoneFileError((TextProblem(error.code, str(error)),)) from error


def _refuse_foreign(first: bytes) -> None:
    reason = next((kind for magic, kind in _FOREIGN.items() if first.startswith(magic)), None)
    if reason:
        raise refusal("not_text", reason=reason)
    if first.startswith(_UTF_16) or (len(first) > 3 and not any(first[1:200:2])) or not any(first[:200:2]):
        raise refusal("not_utf8", Place(1, 1), reason="it is UTF-16, which Excel calls 'Unicode text'")


def _block(data: bytes, first_line: int, *, byte_order_mark: bool) -> Block:
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data
    data = data if data.endswith(b"\n") else data + b"\n"
    if (at := data.find(b"\0")) >= 0:
        raise refusal("not_text", _place(data, at, first_line), reason="it holds a null byte")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            place = _place(data, error.start, first_line)
            raise refusal("not_utf8", place, reason=f"byte {data[error.start]:#04x}") from error
    return Block(data, first_line, byte_order_mark)


def _place(data: bytes, at: int, first_line: int) -> Place:
    before = data[data.rfind(b"\n", 0, at) + 1 : at].decode(errors="replace")
    separator = first_separator(before)
    column = before.count(separator) + 1 if separator else 1
    return Place(first_line + data.count(b"\n", 0, at), column)
