"""Edits as data: what they make of a sequence, what they are called, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edits import Edit, apply_edits, edit_words
from models.errors import InvalidEditError

BASES = st.text("ACGTN", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("edit", "sequence", "words"),
    [
        (Edit(2, "G", "A"), "ACATACGT", "w.3G>A"),
        (Edit(2, "G", ""), "ACTACGT", "w.3delG"),
        (Edit(2, "GTA", ""), "ACCGT", "w.3_5delGTA"),
        (Edit(2, "", "TT"), "ACTTGTACGT", "w.2_3insTT"),
        (Edit(0, "", "G"), "GACGTACGT", "w.0_1insG"),
        (Edit(8, "", "G"), "ACGTACGTG", "w.8_9insG"),
        (Edit(1, "CGT", "GAT", "GATA1 MA1"), "AGATACGT", "w.2_4delinsGAT (motif GATA1 MA1)"),
        (Edit(1, "C", "GG"), "AGGGTACGT", "w.2delinsGG"),
        (Edit(3, "T", "N"), "ACGNACGT", "w.4T>N"),
    ],
)
def test_an_edit_is_made_and_named(edit, sequence, words):
    assert apply_edits("ACGTACGT", [edit], longest=12) == (sequence, (words,))


def test_each_edit_counts_in_what_the_one_before_left():
    edits = [Edit(0, "A", ""), Edit(0, "C", "T"), Edit(0, "", "GG")]
    assert apply_edits("ACGT", edits, longest=8) == ("GGTGT", ("w.1delA", "w.1C>T", "w.0_1insGG"))


def test_what_is_pushed_out_is_lost_and_said():
    edited = apply_edits("ACGT", [Edit(1, "", "TTT")], longest=5)
    assert edited == ("ATTTC", ("w.1_2insTTT (pushed out at the 3' end: GT)",))
    assert edit_words(Edit(0, "", "A", "X"), lost="T") == "w.0_1insA (motif X; pushed out at the 3' end: T)"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (Edit(1, "G", "A"), "it takes out G at position 1, where the sequence of 4 bases has C"),
        (Edit(3, "TA", ""), "has T"),
        (Edit(5, "", "A"), "it takes out nothing at position 5"),
        (Edit(-1, "", "A"), "position -1"),
        (Edit(1, "C", "C"), "it changes nothing"),
        (Edit(0, "ACGT", ""), "it leaves no base"),
        (Edit(4, "", "AA"), "does not fit the 5 bases"),
    ],
)
def test_an_impossible_edit_is_refused_with_its_number(edit, reason):
    with pytest.raises(InvalidEditError, match=reason) as caught:
        apply_edits("ACGA", [Edit(3, "A", "T"), edit], longest=5)
    assert caught.value.index == 1


@given(BASES, st.data())
def test_an_edit_is_undone_by_its_mirror(sequence, data):
    position = data.draw(st.integers(0, len(sequence)))
    removed = sequence[position : data.draw(st.integers(position, len(sequence)))]
    inserted = data.draw(st.text("ACGTN", max_size=5))
    if removed == inserted or len(sequence) - len(removed) + len(inserted) == 0:
        return
    there_and_back = [Edit(position, removed, inserted), Edit(position, inserted, removed)]
    assert apply_edits(sequence, there_and_back, longest=40).sequence == sequence
