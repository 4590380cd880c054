import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.schemas.spreadsheet_text import harmless
from backend.services.scoring.score_table import conventions_text, described, merge, write_table

SCHEMA = described(
    [
        pa.field("name", pa.string()),
        pa.field("strand", pa.string()),
        pa.field("n", pa.int32()),
        pa.field("score", pa.float32()),
        pa.field("track", pa.list_(pa.float32(), 2)),
    ],
    {"score": "what it is"},
)
ROWS = [
    {"name": '=a"b', "strand": "-", "n": 1, "score": -0.5, "track": [1.0, 2.0]},
    {"name": "b\tc", "strand": "+", "n": None, "score": None, "track": None},
    {"name": "c", "strand": "+", "n": -3, "score": 1e-7, "track": [0.0, -1.0]},
]


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    paths = []
    for number, rows in enumerate((ROWS[:2], ROWS[2:])):
        paths.append(tmp_path / f"part-{number}")
        write_table(paths[-1], pa.Table.from_pylist(rows, schema=SCHEMA))
    return paths


def merged(parts: list[Path], folder: Path) -> tuple[Path, Path]:
    told: list[int] = []
    merge(parts, schema=SCHEMA, parquet=folder / "all.parquet", text=folder / "all.tsv", on_part=told.append)
    assert told == [1, 2]
    return folder / "all.parquet", folder / "all.tsv"


def test_parts_become_one_table_and_one_text(parts: list[Path], tmp_path: Path) -> None:
    parquet, text = merged(parts, tmp_path)

    table = pq.read_table(parquet)
    assert table.column("name").to_pylist() == [row["name"] for row in ROWS]
    assert table.column("track").to_pylist() == [row["track"] for row in ROWS]
    assert b"what it is" in table.schema.metadata[b"regulens"]
    read = list(csv.reader(text.read_text().splitlines(), delimiter="\t"))
    assert read == [
        ["name", "strand", "n", "score"],
        ["'=a\"b", "-", "1", "-0.5"],
        ["b\tc", "+", "", ""],
        ["c", "+", "-3", "1e-07"],
    ]


def test_equal_parts_give_equal_bytes(parts: list[Path], tmp_path: Path) -> None:
    first = [path.read_bytes() for path in merged(parts, tmp_path)]
    (tmp_path / "again").mkdir()

    assert [path.read_bytes() for path in merged(parts, tmp_path / "again")] == first


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_no_text_is_run_as_a_formula(start: str) -> None:
    assert harmless(f"{start}cmd") == f"'{start}cmd"
    assert harmless(f"a{start}") == f"a{start}"


def test_conventions_are_one_thing_per_line() -> None:
    text = conventions_text({"a": "words", "b": {"c": "more", "d": ["x"]}}).decode()

    assert text.splitlines()[:3] == ["a: words", "b / c: more", 'b / d: ["x"]']
