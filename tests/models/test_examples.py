import pytest

from models.examples import CARTOON_SEQUENCE, CCAAT_SEQUENCE, EXAMPLES, GATA_SEQUENCE, SequenceExample
from models.fasta import read_sequences
from models.training.datasets import DATASETS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_reads_cleanly_and_asks_a_known_factor(example: SequenceExample) -> None:
    file = read_sequences(example.sequences, max_records=100, max_bases=10_000)

    assert file.repairs == ()
    assert example.factor in DATASETS
    assert all(name.startswith("planted_") or not name.endswith("_45") for name in (r.name for r in file.records))


def test_tutorial_sequences_are_as_printed() -> None:
    """Fixture F-M."""
    assert len(GATA_SEQUENCE) == 102
    assert GATA_SEQUENCE.index("AGATAAG") == 78
    assert len(CCAAT_SEQUENCE) == 77
    assert CCAAT_SEQUENCE.index("ATTGG") == 12
    assert len(CARTOON_SEQUENCE) == 15


def test_synthetic_examples_hold_their_motif_where_they_say() -> None:
    by_name = {example.name: example for example in EXAMPLES}
    (planted,) = read_sequences(by_name["planted_ctcf"].sequences, max_records=1, max_bases=200).records
    (long,) = read_sequences(by_name["planted_long"].sequences, max_records=1, max_bases=700).records

    assert planted.sequence[41:60] == long.sequence[300:319] == "TGGCCACCAGGGGGCGCTA"
    assert by_name["planted_ctcf"].synthetic
    assert by_name["planted_long"].synthetic
