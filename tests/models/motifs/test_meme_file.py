"""MEME files: what is written is read again, and what is wrong is named with its line."""

import gzip

import numpy as np
import pytest

from models.errors import InvalidMotifFileError
from models.motifs.meme_file import meme_library_text, read_meme_file, read_meme_text
from models.motifs.motif import Motif

HEAD = "MEME version 4\n\nALPHABET= ACGT\n\n"
GOOD = HEAD + "MOTIF X1 one\nletter-probability matrix: alength= 4 w= 2\n1 0 0 0\n0.5 0.5 0 0\n"


def random_motifs(n):
    rng = np.random.default_rng(n)
    return [Motif(f"M{i}", f"name {i}", rng.dirichlet(np.ones(4), size=i + 1).T) for i in range(n)]


def test_what_is_written_is_read_again():
    motifs = random_motifs(6)
    for before, after in zip(motifs, read_meme_text(meme_library_text(motifs)), strict=True):
        assert (before.id, before.name) == (after.id, after.name)
        np.testing.assert_allclose(after.matrix, before.matrix, atol=2e-6)
        np.testing.assert_allclose(after.matrix.sum(0), 1, atol=1e-12)


def test_a_file_may_be_packed_and_its_motifs_nameless(tmp_path):
    path = tmp_path / "own.meme"
    path.write_bytes(gzip.compress(GOOD.replace("X1 one", "X1").encode()))
    (motif,) = read_meme_file(path)
    assert (motif.id, motif.name, motif.width) == ("X1", "X1", 2)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "no_meme_file", None),
        (">seq\nACGT\n", "no_meme_file", 1),
        (HEAD, "no_motifs", None),
        (GOOD.replace("= ACGT", "= ACGU"), "other_alphabet", 3),
        (GOOD.replace("MOTIF X1 one", "MOTIF"), "nameless_motif", 5),
        (GOOD.replace("letter-probability", "log-odds"), "no_matrix", 5),
        (GOOD.replace("w= 2", "w= 3"), "wrong_width", 6),
        (GOOD.replace("0.5 0.5 0 0", "0.5 0.5 0"), "wrong_row", 8),
        (GOOD.replace("0.5 0.5 0 0", "1.5 -0.5 0 0"), "wrong_row", 8),
        (GOOD.replace("0.5 0.5 0 0", "0.5 0.1 0 0"), "wrong_sum", 8),
        (GOOD + GOOD.removeprefix(HEAD), "repeated_motif", None),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, code, line):
    with pytest.raises(InvalidMotifFileError) as caught:
        read_meme_text(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == (code, line)
    assert line is None or f"Line {line}:" in str(caught.value)


def test_a_file_that_is_not_there_is_a_problem_too(tmp_path):
    with pytest.raises(InvalidMotifFileError, match="cannot be read"):
        read_meme_file(tmp_path / "none.meme")
