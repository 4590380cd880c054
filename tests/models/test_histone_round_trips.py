import gzip
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import MissingSignalError
from models.histone import DEEPDIFF_MARKS, MARKS, HistoneMatrices
from models.histone_file import read_histone_file, summarise, write_deepchrome

DATA = Path(__file__).parents[3] / "shared" / "data" / "hm"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared histone data are not beside the repository")
LIMITS = {"max_genes": 20_000, "max_rows": 2_000_000}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("histone") / "file.csv"


@pytest.fixture
def matrices() -> HistoneMatrices:
    """Three genes of two bins; the first signal of the first gene is not whole."""
    values = np.arange(30, dtype=np.float32).reshape(3, 5, 2)
    values[0, 0, 0] = 0.5
    return HistoneMatrices(("000", "001", "002"), ("", "", ""), MARKS, values, np.array([0, 1, 0], np.int8))


def deepdiff_text(matrices: HistoneMatrices) -> str:
    values = matrices.of(DEEPDIFF_MARKS).transpose(0, 2, 1)
    return "".join(
        f"{'_'.join(filter(None, (gene, symbol, str(number))))},{','.join(str(value) for value in row)}\n"
        for gene, symbol, bins in zip(matrices.genes, matrices.symbols, values, strict=True)
        for number, row in enumerate(bins, start=1)
    )


GENES = st.text(st.characters(codec="utf-8", categories=["L", "N"], include_characters=".-|="), min_size=1, max_size=8)
VALUES = st.one_of(st.integers(0, 500), st.floats(0, 1e6, width=32))


@st.composite
def histone_matrices(draw, signals=MARKS) -> HistoneMatrices:
    genes = draw(st.lists(GENES, min_size=1, max_size=4, unique=True))
    n_bins = draw(st.integers(1, 6))
    size = len(genes) * len(signals) * n_bins
    values = draw(st.lists(VALUES, min_size=size, max_size=size))
    labels = draw(st.none() | st.lists(st.integers(0, 1), min_size=len(genes), max_size=len(genes)))
    array = np.array(values, np.float32).reshape(len(genes), len(signals), n_bins)
    symbols = tuple(f"S{index}" for index in range(len(genes)))
    return HistoneMatrices(
        tuple(genes), symbols, tuple(signals), array, None if labels is None else np.array(labels, np.int8)
    )


def assert_same(found: HistoneMatrices, matrices: HistoneMatrices, *, symbols: bool, labels: bool) -> None:
    assert found.genes == matrices.genes
    assert found.symbols == (matrices.symbols if symbols else ("",) * len(matrices.genes))
    assert np.array_equal(found.of(matrices.signals), matrices.values)
    assert (found.labels is None) == (matrices.labels is None or not labels)
    assert found.labels is None or found.labels.tolist() == matrices.labels.tolist()


few = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(histone_matrices())
def test_marks_keep_their_values_through_both_layouts(path, matrices):
    path.write_text(deepdiff_text(matrices))
    first = read_histone_file(path, **LIMITS).matrices
    write_deepchrome(path, first)
    second = read_histone_file(path, **LIMITS)

    assert first.signals == DEEPDIFF_MARKS
    assert (second.layout, second.matrices.signals) == ("deepchrome", MARKS)
    assert_same(first, matrices, symbols=True, labels=False)
    assert_same(second.matrices, matrices, symbols=False, labels=False)


@few
@given(histone_matrices(("H3K27ac", "H3K4me3", "DNase")))
def test_signals_symbols_and_labels_are_written_with_a_header(path, matrices):
    write_deepchrome(path, matrices, header=True)

    assert_same(read_histone_file(path, **LIMITS).matrices, matrices, symbols=True, labels=True)


def test_the_same_matrices_are_the_same_bytes_and_ids_stay_readable(path, matrices):
    hostile = HistoneMatrices(('a,"b', "c;d\te", "f"), ("", "x,y", ""), MARKS, matrices.values, matrices.labels)
    write_deepchrome(path, hostile, header=True)
    first = path.read_bytes()
    write_deepchrome(path, hostile, header=True)

    assert path.read_bytes() == first
    assert read_histone_file(path, **LIMITS).matrices.genes == ("a__b", "c_d_e", "f")
    with pytest.raises(MissingSignalError):
        write_deepchrome(path, HistoneMatrices(("a",), ("",), ("DNase",), np.ones((1, 1, 2), np.float32), None))


def test_whole_numbers_are_written_as_such(path, matrices):
    write_deepchrome(path, matrices)

    assert gzip.decompress(path.read_bytes()).startswith(b"000,1,0.5,2,4,6,8,0\n000,2,1.0,3,5,7,9,0\n001,1,10.0,12,")


def test_statistics():
    values = np.zeros((1, 2, 100), np.float32)
    values[0, 0, :2] = 50
    values[0, 1] = 0.5
    first, second = summarise(HistoneMatrices(("a",), ("",), ("H3K4me3", "DNase"), values, None))

    assert first == ("H3K4me3", 50, 1, 50, 0.98, True)
    assert second == ("DNase", 0.5, 0.5, 0.5, 0, False)


# ---- published files


@needs_data
@pytest.mark.parametrize(
    ("name", "sums", "maxima", "n_on"),
    [
        ("train", [2879, 1453, 2363, 21828, 1016], [100, 19, 19, 508, 7], 5),
        ("valid", [3943, 1187, 2296, 25958, 1141], None, 2),
        ("test", [3867, 2123, 2329, 16620, 2540], None, 3),
    ],
)
def test_toy_files_of_attentivechrome(name, sums, maxima, n_on):
    """Fixtures F-C1 to F-C3."""
    file = read_histone_file(DATA / "attentivechrome_toy" / f"{name}.csv", **LIMITS)

    assert (file.layout, file.n_rows, file.repairs) == ("deepchrome", 1_000, ())
    assert file.matrices.values.shape == (10, 5, 100)
    assert file.matrices.of().sum(axis=(0, 2)).tolist() == sums
    assert maxima is None or file.matrices.of().max(axis=(0, 2)).tolist() == maxima
    assert file.matrices.labels.sum() == n_on


@needs_data
def test_deepdiff_and_deepchrome_files_of_the_same_genes_agree_by_name():
    """The derived files hold bins 51 to 150 of DeepDiff's 200."""
    wide = read_histone_file(DATA / "deepdiff" / "Cell2.train.csv.gz", **LIMITS).matrices
    narrow = read_histone_file(DATA / "deepdiff" / "100bins" / "E003.train.csv.gz", **LIMITS).matrices

    assert wide.signals != narrow.signals
    assert wide.genes == narrow.genes
    assert np.array_equal(wide.of()[:, :, 50:150], narrow.of())


def test_a_large_file_is_read_fast_enough_to_wait_for(path):
    """100,000 rows take a tenth of a second; a loop over rows would take seconds."""
    values = np.random.default_rng(1).poisson(3, (1_000, 5, 100)).astype(np.float32)
    genes = tuple(map(str, range(1_000)))
    write_deepchrome(path, HistoneMatrices(genes, ("",) * 1_000, MARKS, values, None))
    start = time.perf_counter()
    file = read_histone_file(path, **LIMITS)

    assert time.perf_counter() - start < 3
    assert np.array_equal(file.matrices.values, values)
