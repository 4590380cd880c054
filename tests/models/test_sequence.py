import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.sequence import (
    decode,
    gc_content,
    one_hot_encode,
    reverse_complement,
    reverse_complement_one_hot,
)

dna = st.text("ACGTN", min_size=1, max_size=40)


def test_one_hot_of_the_tutorial_sequence_is_as_printed() -> None:
    rows = ["0010110001010", "1000001100000", "0100000010000", "0001000000101"]  # fixture F-P7
    expected = torch.tensor([[float(digit) for digit in row] for row in rows])

    torch.testing.assert_close(one_hot_encode(["CGATAACCGATAT"])[0], expected)


@given(st.lists(dna, min_size=1, max_size=5))
def test_decoding_gives_back_what_was_encoded_and_pads_with_unknown_bases(sequences: list[str]) -> None:
    length = max(map(len, sequences)) + 2

    assert decode(one_hot_encode(sequences, length=length)) == [sequence.ljust(length, "N") for sequence in sequences]


@given(dna)
def test_both_reverse_complements_agree_and_are_their_own_inverse(sequence: str) -> None:
    X = one_hot_encode([sequence])

    assert decode(reverse_complement_one_hot(X)) == [reverse_complement(sequence)]
    assert reverse_complement(reverse_complement(sequence)) == sequence


def test_everything_but_upper_case_acgt_is_a_zero_column() -> None:
    assert one_hot_encode(["aNé-"]).sum() == 0


def test_nothing_is_cropped() -> None:
    with pytest.raises(ValueError, match="4 bases does not fit 3 columns"):
        one_hot_encode(["ACGT"], length=3)


@pytest.mark.parametrize(("sequence", "share"), [("GGCC", 1.0), ("ATNN", 0.0), ("ACGTNNNN", 0.5), ("NN", None)])
def test_gc_content_ignores_unknown_bases(sequence: str, share: float | None) -> None:
    assert gc_content(sequence) == share
