import numpy as np
import pytest

from models.errors import MissingSignalError
from models.histone import DEEPDIFF_MARKS, MARK_ROLES, MARKS, HistoneMatrices, bin_starts_bp, central_bins


@pytest.fixture
def matrices() -> HistoneMatrices:
    """Two genes whose values tell signal and bin: 10 * signal + bin."""
    values = np.add.outer(10 * np.arange(6), np.arange(4)).astype(np.float32)
    signals = (*DEEPDIFF_MARKS, "H3K27ac")
    return HistoneMatrices(("a", "b"), ("", "B"), signals, np.stack([values, values + 100]), None)


def test_both_orders_name_the_same_marks():
    assert MARKS != DEEPDIFF_MARKS
    assert set(MARKS) == set(DEEPDIFF_MARKS) == set(MARK_ROLES)


def test_signals_are_taken_by_name_in_the_order_asked(matrices):
    assert matrices.n_bins == 4
    assert matrices.of()[0, :, 0].tolist() == [30, 40, 0, 10, 20]
    assert matrices.of(("H3K27ac", "H3K4me1"))[1, :, 3].tolist() == [153, 103]


def test_a_missing_signal_names_what_there_is(matrices):
    with pytest.raises(MissingSignalError) as caught:
        matrices.of(("H3K4me3", "DNase", "H2AZ"))

    assert caught.value.missing == ("DNase", "H2AZ")
    assert caught.value.present == (*DEEPDIFF_MARKS, "H3K27ac")
    assert "lacks DNase, H2AZ" in str(caught.value)


@pytest.mark.parametrize(("n_bins", "taken"), [(2, [1, 2]), (4, [0, 1, 2, 3]), (1, [1])])
def test_central_bins_lie_around_the_start_site(n_bins, taken):
    assert central_bins(np.arange(4, dtype=np.float32), n_bins).tolist() == taken


def test_deepdiff_bins_51_to_150_are_the_central_hundred():
    assert central_bins(np.arange(1, 201, dtype=np.float32), 100)[[0, -1]].tolist() == [51, 150]


def test_bins_start_where_the_vocabulary_says():
    starts = bin_starts_bp(100)

    assert starts[[0, 49, 50, 99]].tolist() == [-5000, -100, 0, 4900]
    assert bin_starts_bp(100, 10_000)[0] == -500_000
