import gzip
from pathlib import Path

import numpy as np
import pytest

from models import histone_text
from models.errors import InvalidHistoneFileError
from models.histone import MARKS, HistoneMatrices
from models.histone_file import read_histone_file, write_deepchrome
from models.histone_head import read_first_genes

N = 40
LIMITS = {"max_genes": 1_000, "max_rows": 10_000}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    values = np.random.default_rng(1).integers(0, 9, (N, 5, 10)).astype(np.float32)
    genes = tuple(f"{i:06}" for i in range(N))
    write_deepchrome(tmp_path / "genes.csv.gz", HistoneMatrices(genes, ("",) * N, MARKS, values, None))
    return tmp_path / "genes.csv.gz"


def test_a_small_file_is_counted(path: Path) -> None:
    first = read_first_genes(path, **LIMITS)

    assert (first.n_genes, first.exact) == (N, True)


@pytest.mark.parametrize("packed", [True, False])
def test_of_a_large_file_whole_genes_are_read_and_the_others_estimated(
    path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(histone_text, "BLOCK_BYTES", 2_000)
    if not packed:
        path.write_bytes(gzip.decompress(path.read_bytes()))
    whole = read_histone_file(path, **LIMITS).matrices
    first = read_first_genes(path, **LIMITS)
    n = len(first.file.matrices.genes)

    assert not first.exact
    assert 1 < n < N
    assert first.file.matrices.genes == whole.genes[:n]
    np.testing.assert_array_equal(first.file.matrices.values, whole.values[:n])
    assert first.n_genes == pytest.approx(N, rel=0.1)


def test_a_mistake_in_the_first_lines_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histone_text, "BLOCK_BYTES", 2_000)
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    lines[4] = lines[4].rsplit(b",", 1)[0] + b",-1"
    path.write_bytes(b"\n".join(lines))

    with pytest.raises(InvalidHistoneFileError) as caught:
        read_first_genes(path, **LIMITS)
    assert caught.value.problems[0].line == 5
