"""The library that comes along: complete, attributed, and the same bytes from the same matrices."""

import json
from types import SimpleNamespace

import numpy as np

from models.motifs.build import INFO, VENDORED, write_library
from models.motifs.library import own_library, page_of
from models.motifs.motif import information, reverse_complement_matrix


def test_jaspar_is_complete_and_attributed(jaspar):
    assert len(jaspar) == 1019
    assert jaspar.by_id["MA0139.2"].name == "CTCF"
    assert "CC BY 4.0" in jaspar.info.licence
    assert "JASPAR 2026" in jaspar.info.citation
    assert jaspar.caution is None
    assert all(np.allclose(motif.matrix.sum(0), 1) for motif in jaspar.motifs)
    stable_ids = [motif.id.split(".")[0] for motif in jaspar.motifs]
    assert len(set(stable_ids)) == len(stable_ids)  # the latest version of each matrix only


def test_the_same_matrices_give_the_same_bytes(tmp_path):
    counts = {"A": [1, 0], "C": [1, 0], "G": [0, 3], "T": [2, 1]}
    matrices = [SimpleNamespace(matrix_id=f"MA000{i}.1", name="a b", counts=counts) for i in (2, 1)]
    assert write_library(matrices, tmp_path) == 2
    first = (tmp_path / VENDORED).read_bytes()
    write_library(reversed(matrices), tmp_path)
    assert (tmp_path / VENDORED).read_bytes() == first
    assert "licence" in json.loads((tmp_path / INFO).read_text())
    library = own_library(tmp_path / VENDORED)
    assert [motif.id for motif in library.motifs] == ["MA0001.1", "MA0002.1"]
    np.testing.assert_allclose(library.motifs[0].matrix, [[0.25, 0], [0.25, 0], [0, 0.75], [0.5, 0.25]])
    assert "2 motifs" in library.caution


def test_only_jaspar_identifiers_have_a_page():
    assert page_of("MA0139.2") == "https://jaspar.elixir.no/matrix/MA0139.2/"
    assert page_of("CTCF_HUMAN.H13CORE.0.P.B") is None


def test_a_matrix_and_its_other_strand(jaspar):
    matrix = jaspar.by_id["MA0139.2"].matrix
    other = reverse_complement_matrix(matrix)
    np.testing.assert_array_equal(reverse_complement_matrix(other), matrix)
    np.testing.assert_allclose(information(other), information(matrix)[::-1])
    np.testing.assert_allclose(information(np.eye(4)), 2)
    np.testing.assert_allclose(information(np.full((4, 2), 0.25)), 0)
