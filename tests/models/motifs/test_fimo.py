"""FIMO: scores and p-values against enumeration, both strands, unknown bases."""

from itertools import product

import numpy as np
import pytest

from models.motifs.fimo import expected_false_hits, scan
from models.motifs.library import MotifLibrary
from models.sequence import ALPHABET, one_hot_encode, reverse_complement


def consensus(matrix):
    return "".join(ALPHABET[row] for row in matrix.argmax(0))


def odds(matrix):
    return np.log2(matrix + 1e-4) - np.log2(0.25)


def test_p_values_are_those_of_enumeration(small):
    threshold = 0.05
    for motif in small.motifs[:8]:
        library = MotifLibrary(small.info, (motif,))
        weights = odds(motif.matrix)
        words = list(product(range(4), repeat=motif.width))
        binned = np.array([np.round(weights[list(word), range(motif.width)] / 0.1).sum() for word in words])
        for hit in scan(one_hot_encode([consensus(motif.matrix) + "ACGTTGCA"]), library, threshold=threshold):
            word = (consensus(motif.matrix) + "ACGTTGCA")[hit.start : hit.stop]
            word = reverse_complement(word) if hit.reverse else word
            columns = [ALPHABET.index(base) for base in word]
            assert hit.score == pytest.approx(weights[columns, range(motif.width)].sum(), abs=1e-3)
            # A score falls into a bin of 0.1; each column's weight was rounded to the bins before it was added.
            slack = motif.width / 2 + 1
            low, high = (np.mean(binned >= hit.score / 0.1 + side * slack) for side in (1, -1))
            assert low <= hit.p_value <= high
            assert hit.p_value <= threshold


def test_both_strands_and_places(jaspar):
    core = consensus(jaspar.by_id["MA0139.2"].matrix)
    X = one_hot_encode(["TTTTTTTTTT" + core + "AAAAAAAAAA" + reverse_complement(core)])
    found = [(hit.start, hit.reverse) for hit in scan(X, jaspar) if hit.motif.id == "MA0139.2"]
    assert {(10, False), (35, True)} <= set(found)


def test_a_place_with_an_unknown_base_has_no_p_value(jaspar):
    core = consensus(jaspar.by_id["MA0139.2"].matrix)
    assert scan(one_hot_encode(["N" * 40]), jaspar) == []
    hits = scan(one_hot_encode([core + "NNNNN" + core]), jaspar)
    assert {(hit.start, hit.motif.id) for hit in hits} >= {(0, "MA0139.2"), (20, "MA0139.2")}
    assert all(hit.stop <= 15 or hit.start >= 20 for hit in hits)


def test_how_many_hits_chance_gives(jaspar):
    letters = np.random.default_rng(5).integers(4, size=(30, 101))
    sequences = ["".join(ALPHABET[base] for base in row) for row in letters]
    hits = sum(len(scan(one_hot_encode([sequence]), jaspar)) for sequence in sequences[:5])
    assert hits / 5 == pytest.approx(expected_false_hits(101, jaspar), rel=0.5)


@pytest.mark.parametrize("sequence", ["A", "ACGTTGCAGT", "GATTACAGATTACA"])
def test_where_nothing_fits_there_is_no_hit(jaspar, sequence):
    assert scan(one_hot_encode([sequence]), jaspar) == []
