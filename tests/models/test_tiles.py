import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.tiles import tile_starts


@pytest.mark.parametrize(
    ("length", "starts"),
    [(1, [0]), (101, [0]), (102, [0, 1]), (151, [0, 50]), (201, [0, 50, 100]), (210, [0, 50, 100, 109])],
)
def test_tiles_start_every_step_and_end_flush(length: int, starts: list[int]) -> None:
    assert tile_starts(length, window=101, step=50).tolist() == starts


@given(st.integers(1, 2000), st.integers(1, 101))
def test_every_base_is_covered_and_every_stretch_of_window_minus_step_lies_in_one_tile(length: int, step: int) -> None:
    starts = tile_starts(length, window=101, step=step)

    assert starts[0] == 0
    assert starts[-1] == max(length - 101, 0)
    assert np.all(np.diff(starts) > 0)
    assert np.all(np.diff(starts) <= step)
