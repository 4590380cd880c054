from pathlib import Path

import numpy as np
import pytest

from models.histone import MARKS
from models.histone_examples import EXAMPLES, OFF, ON, HistoneExample, Profile, mean_signal, write_example
from models.histone_file import read_histone_file

DATA = Path(__file__).parents[3] / "shared" / "data" / "hm" / "deepdiff" / "100bins"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared histone data are not beside the repository")
LIMITS = {"max_genes": 500, "max_rows": 50_000}

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@each_example
def test_examples_say_that_they_are_synthetic(example: HistoneExample):
    matrices = example.make()

    assert "synthetic" in example.name
    assert "no gene is real" in example.description
    assert matrices.genes[0] == "synthetic_01"
    assert len(set(matrices.genes)) == 40


@each_example
def test_examples_read_cleanly_and_are_the_same_each_time(example: HistoneExample, tmp_path: Path):
    write_example(example, tmp_path / "example.csv.gz")
    file = read_histone_file(tmp_path / "example.csv.gz", **LIMITS)
    again = example.make()

    assert file.repairs == ()
    assert file.layout == ("header" if example.header else "deepchrome")
    assert file.matrices.genes == again.genes
    assert np.array_equal(file.matrices.of(again.signals), again.values)
    assert file.matrices.labels.tolist() == again.labels.tolist()
    assert file.matrices.labels.sum() == 20


@each_example
def test_expressed_genes_differ_from_silent_ones_as_the_marks_roles_say(example: HistoneExample):
    matrices = example.make()
    mean = matrices.of().mean(axis=2)
    difference = dict(zip(MARKS, mean[matrices.labels == 1].mean(0) - mean[matrices.labels == 0].mean(0), strict=True))

    assert difference["H3K4me3"] > 0
    assert difference["H3K36me3"] > 0
    assert difference["H3K4me1"] > 0
    assert difference["H3K27me3"] < 0


def test_the_second_example_comes_in_another_order_with_one_more_signal():
    signals = EXAMPLES[1].make().signals

    assert set(signals) == {*MARKS, "H3K27ac"}
    assert tuple(name for name in signals if name in MARKS) != MARKS


def test_a_profile_is_its_peak_over_a_line_with_a_dip():
    flat = mean_signal(Profile(1, 3, 0, 1_000, 0, 1, 1))
    peak = mean_signal(Profile(0, 0, 10, 1_000, 0.5, 1, 1))

    assert flat[[0, -1]].tolist() == [1, 3]
    assert np.all(np.diff(flat) > 0)
    assert peak[49] == pytest.approx(5, rel=0.03)
    assert peak.argmax() in range(50 - 8, 50 + 8)
    assert np.allclose(peak, peak[::-1])


@needs_data
@pytest.mark.parametrize("label", [0, 1])
def test_profiles_are_those_measured(label: int):
    """Level over all bins and peak around the start site, within a fifth or a third of a read."""
    files = [
        read_histone_file(DATA / f"{cell}.{split}.csv.gz", **LIMITS).matrices
        for cell in ("E003", "E123")
        for split in ("train", "valid")
    ]
    measured = np.concatenate([file.of()[file.labels == label] for file in files]).mean(axis=0)
    stated = np.array([mean_signal((ON if label else OFF)[mark]) for mark in MARKS])

    assert np.allclose(stated.mean(axis=1), measured.mean(axis=1), rtol=0.2, atol=0.33)
    assert np.allclose(stated[:, 40:60].mean(axis=1), measured[:, 40:60].mean(axis=1), rtol=0.2, atol=0.33)
