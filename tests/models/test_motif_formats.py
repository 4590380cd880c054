from pathlib import Path

import numpy as np
import torch
from memelite.io import read_meme

from models.class_optimization import as_frequencies
from models.motif_formats import consensus, meme_text, transfac_text

FREQUENCIES = as_frequencies(torch.rand(4, 12, generator=torch.Generator().manual_seed(0)))


def test_meme_is_read_back_by_the_library(tmp_path: Path) -> None:
    path = tmp_path / "motifs.meme"
    path.write_text(meme_text([("first", FREQUENCIES), ("second", FREQUENCIES.flip(1))]))
    motifs = read_meme(str(path))

    assert list(motifs) == ["first", "second"]
    np.testing.assert_allclose(motifs["first"], FREQUENCIES, atol=5e-7)
    np.testing.assert_allclose(motifs["second"], FREQUENCIES.flip(1), atol=5e-7)


def test_transfac_has_one_line_per_position_and_says_what_it_is() -> None:
    lines = transfac_text(FREQUENCIES, name="mine", comments=["from here"]).splitlines()
    rows = [line.split() for line in lines if line[:2].isdigit()]

    assert lines[0].split() == ["ID", "mine"]
    assert "CC  from here" in lines
    assert lines[lines.index("P0  A  C  G  T") + 1].startswith("01  ")
    assert lines[-1] == "//"
    assert [row[0] for row in rows] == [f"{n:02d}" for n in range(1, 13)]
    np.testing.assert_allclose([[float(cell) for cell in row[1:5]] for row in rows], FREQUENCIES.T, atol=5e-7)
    assert "".join(row[5] for row in rows) == consensus(FREQUENCIES)


def test_the_consensus_takes_the_first_base_on_ties() -> None:
    assert consensus(torch.tensor([[0.25, 0.1], [0.25, 0.1], [0.25, 0.1], [0.25, 0.7]])) == "AT"
