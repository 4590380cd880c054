"""Rows, windows and the choice among them."""

import numpy as np
import pytest

from backend.services.rounding import probabilities, significant
from backend.services.windows import Row, best_windows, cut_windows, strand_rows
from models.fasta import SequenceRecord
from models.sequence import decode


def test_every_window_is_the_text_at_its_start():
    sequences = ["ACGTACGTAC", "ACG", "TTGCATTGCANNA"]
    rows = [Row(i, str(i), "forward", sequence) for i, sequence in enumerate(sequences)]
    windows = cut_windows(rows, window=5, step=3)
    assert windows.starts.tolist() == [0, 3, 5, 0, 0, 3, 6, 8]
    assert windows.first.tolist() == [0, 3, 4, 8]
    owners = np.repeat([0, 1, 2], [3, 1, 4])
    expected = [sequences[o].ljust(5, "N")[s : s + 5] for o, s in zip(owners, windows.starts, strict=True)]
    assert decode(windows.X) == expected


def test_rows_follow_the_record_and_then_the_strand():
    rows = strand_rows([(4, SequenceRecord("x", "AACG", 1, 0))], strands=("reverse", "forward"))
    assert rows == [Row(4, "x", "reverse", "CGTT"), Row(4, "x", "forward", "AACG")]


def test_the_best_window_of_each_row_is_the_first_of_the_highest():
    score = np.array([0.1, 0.9, 0.9, 0.5, 0.3, 0.2, 0.3])
    assert best_windows(score, first=np.array([0, 3, 4, 7])).tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 0.0), (1.23456789, 1.23457), (-0.000123456789, -0.000123457), (987654321.0, 987654000.0), (1e-30, 1e-30)],
)
def test_significant_digits(value, expected):
    assert significant(np.array([value, 0.0])).tolist() == [pytest.approx(expected, rel=1e-12), 0.0]


def test_probabilities_have_six_decimals():
    assert probabilities(np.array([0.12345678, 1e-9], dtype=np.float32)).tolist() == [0.123457, 0.0]


def test_short_rows_alone_give_the_windows_that_they_give_beside_a_long_one() -> None:
    short = [Row(0, "a", "forward", "ACGTNACGT"), Row(1, "b", "reverse", "TTTTTTTTTT")]
    alone = cut_windows(short, window=11, step=5)
    beside = cut_windows([*short, Row(2, "c", "forward", "ACGTA" * 5)], window=11, step=5)

    assert alone.X.equal(beside.X[:2])
    assert alone.starts.tolist() == beside.starts[:2].tolist()
    assert alone.first.tolist() == beside.first[:3].tolist()
