import gzip
from pathlib import Path

import pytest

from models import text_lines
from models.errors import InvalidTextError
from models.text_lines import TextLines


def written(tmp_path: Path, content: bytes) -> TextLines:
    path = tmp_path / "content"
    path.write_bytes(content)
    return TextLines(path)


@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_numbered_whatever_their_ends(tmp_path: Path, packed: bool) -> None:
    content = b"\xef\xbb\xbfone\r\ntwo\rthree\n\nlast"
    lines = written(tmp_path, gzip.compress(content) if packed else content)

    assert list(lines) == [(1, "one"), (2, "two"), (3, "three"), (4, ""), (5, "last")]
    assert list(lines) == list(lines)  # anew each time
    assert lines.bytes_read == lines.n_bytes


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a\n\0b", "not_text"),
        (b"a\n\xff\xfe\xfa", "not_utf8"),
        (gzip.compress(b"ACGT\n" * 9_000, mtime=0)[:-40], "broken_gzip"),
        (b"\x1f\x8bno", "broken_gzip"),
    ],
)
def test_what_is_no_text_is_refused_with_the_line(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(InvalidTextError) as caught:
        list(written(tmp_path, content))

    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.line
    assert f"Line {problem.line:,}" in problem.message


def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 10)

    assert len(list(written(tmp_path, b"A" * 10 + b"\n"))) == 1
    with pytest.raises(InvalidTextError, match="longer than 10"):
        list(written(tmp_path, b"A" * 11))
