"""Edits that can be undone: what slider and buttons make of them."""

import pytest

from frontend.figures.chromatin_edit import Chosen
from frontend.ids import Chromatin as Ids
from frontend.pages.chromatin import edit_history as history
from frontend.pages.chromatin.edits import acted, chosen_of, dragged

KEY = ["run", "ENSG1"]
GENE = {"marks": ["H3K27me3", "H3K4me3"], "bin_starts_bp": [-200, -100, 0, 100], "bin_size_bp": 100}


def edit(factor, *, mark="H3K4me3", first=1, last=2):
    return {"mark": mark, "first_bin": first, "last_bin": last, "factor": factor}


def made(*edits):
    record = history.of_gene(None, KEY)
    for one in edits:
        record = history.with_edit(record, one)
    return record


def test_the_slider_changes_the_last_edit_of_the_same_bins():
    record = made(edit(0.9), edit(0.5), edit(0.25))
    assert record["edits"] == [edit(0.25)]
    assert history.undone(record)["edits"] == []
    assert history.redone(history.undone(record)) == record


def test_other_bins_are_another_edit_and_another_step():
    record = made(edit(0.5), edit(0.5, first=0), edit(2, mark="H3K27me3"))
    assert len(record["edits"]) == 3
    back = history.undone(history.undone(record))
    assert back["edits"] == [edit(0.5)]
    assert history.with_edit(back, edit(0.1))["future"] == []


def test_a_factor_of_one_takes_the_edit_out():
    assert made(edit(0.5), edit(1)) == history.of_gene(None, KEY)
    assert made(edit(1)) == history.of_gene(None, KEY)


def test_reset_can_be_undone():
    record = made(edit(0.5), edit(0.5, first=0))
    assert history.undone(history.cleared(record))["edits"] == record["edits"]
    empty = history.of_gene(None, KEY)
    assert history.cleared(empty) == history.undone(empty) == history.redone(empty) == empty


def test_the_edits_of_another_gene_are_not_this_genes():
    record = made(edit(0.5))
    assert history.edits_of(record, KEY) == [edit(0.5)]
    assert history.edits_of(record, ["run", "ENSG2"]) == history.edits_of(None, KEY) == []
    assert history.of_gene(record, ["run", "ENSG2"])["edits"] == []


def test_the_slider_stands_where_the_edit_of_the_chosen_bins_does():
    record = made(edit(0.5))
    assert history.factor_of(record, ("H3K4me3", 1, 2)) == 0.5
    assert history.factor_of(record, ("H3K4me3", 0, 2)) == 1
    usual = made(edit("reference"))
    assert history.factor_of(usual, ("H3K4me3", 1, 2)) == 1
    assert history.change_of(usual, ("H3K4me3", 1, 2)) == "set to the usual"
    assert history.change_of(record, ("H3K4me3", 1, 2)) == "times 0.5"


CHOSEN = Chosen("H3K4me3", 1, 2)


@pytest.mark.parametrize(
    ("trigger", "factor", "edits"),
    [
        (Ids.EDIT_FACTOR, 0.25, [edit(0.25)]),
        (Ids.EDIT_FACTOR, 0.5, [edit(0.5)]),
        (Ids.EDIT_USUAL, 0.5, [edit("reference")]),
        (Ids.EDIT_UNDO, 0.5, []),
        (Ids.EDIT_RESET, 0.5, []),
        (Ids.EDIT_MARK, 0.1, [edit(0.5)]),
    ],
)
def test_every_control_does_its_work(trigger, factor, edits):
    assert acted(made(edit(0.5)), str(trigger), chosen=CHOSEN, factor=factor)["edits"] == edits


def test_a_range_across_a_track_chooses_its_mark_and_bins():
    assert dragged({"range": {"x": [-120, 30], "y2": [0, 1]}}, GENE) == ("H3K4me3", 0, 2)
    assert dragged({"range": {"x": [150, -900], "y": [0, 1]}}, GENE) == ("H3K27me3", 0, 3)
    assert dragged(None, GENE) is None
    assert dragged({"points": []}, GENE) is None


@pytest.mark.parametrize(("first", "last"), [(0, 2), (3, 2), (1, 5), ("", 2), (None, None)])
def test_bins_that_are_not_there_are_refused(first, last):
    assert "1 to 4" in chosen_of({"mark": "H3K4me3", "first": first, "last": last}, GENE)


def test_fields_name_bins_from_one():
    assert chosen_of({"mark": "H3K4me3", "first": 2, "last": 3}, GENE) == CHOSEN
    assert chosen_of({"mark": None, "first": 2, "last": 3}, GENE) == "Choose a mark."
