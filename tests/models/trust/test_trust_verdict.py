"""Thresholds as data, the worst verdict as the badge, and a sentence that names the worst first."""

import pytest

from models.trust.measures import Measured
from models.trust.thresholds import CRITERIA, NEVER
from models.trust.verdict import judge, thresholds_of, verdict_of, written

BY_NAME = {criterion.name: criterion for criterion in CRITERIA}
GOOD = {criterion.name: Measured(criterion.green) for criterion in CRITERIA}


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.name)
def test_thresholds_belong_to_the_better_side(criterion):
    step = 1e-4 if criterion.higher_is_better else -1e-4
    assert verdict_of(criterion, Measured(criterion.green)) == "green"
    assert verdict_of(criterion, Measured(criterion.green - step)) == "amber"
    if criterion.amber != NEVER:
        assert verdict_of(criterion, Measured(criterion.amber)) == "amber"
        assert verdict_of(criterion, Measured(criterion.amber - step)) == "red"
        assert (criterion.green > criterion.amber) == criterion.higher_is_better


def test_what_does_not_apply_has_no_verdict_and_what_cannot_be_compared_is_red():
    criterion = BY_NAME["seeds"]
    assert verdict_of(criterion, Measured(None, "no references")) is None
    assert verdict_of(criterion, Measured(None, "zeros", fails=True)) == "red"


def test_the_badge_is_the_worst_verdict():
    assert judge(GOOD).verdict == "green"
    assert judge(GOOD | {"seeds": Measured(0.6)}).verdict == "amber"
    assert judge(GOOD | {"seeds": Measured(0.6), "strands": Measured(0.1)}).verdict == "red"


def test_a_green_sentence_counts_the_tests_that_apply():
    assert judge(GOOD).sentence.startswith("All 8 tests that apply were passed")
    badge = judge(GOOD | {name: Measured(None, "not here") for name in ("completeness", "seeds")})
    assert badge.sentence.startswith("All 6 tests")


def test_the_worst_failure_is_told_first_and_the_others_after_it():
    badge = judge(GOOD | {"completeness": Measured(0.02), "strands": Measured(0.12), "signal": Measured(0.4)})
    assert badge.sentence == (
        "Do not believe this explanation: read from the other strand, the network gives other reasons for the same DNA "
        "(cosine 0.12); also not green: completeness gap (2.00% of the difference), signal above shuffles (0.40 SD)."
    )


def test_no_signal_alone_asks_for_care():
    badge = judge(GOOD | {"signal": Measured(0.0)})
    assert badge.verdict == "amber"
    assert badge.sentence.startswith("Read this explanation with care: the network answers much the same for shuffles")


def test_a_failure_without_a_value_tells_its_reason():
    badge = judge(GOOD | {"strands": Measured(None, "a letter counts", fails=True)})
    assert badge.sentence == "Do not believe this explanation: a letter counts."


def test_values_and_thresholds_are_written_with_their_unit():
    badge = judge(GOOD | {"seeds": Measured(None, "no references")})
    texts = {one.criterion.name: written(one) for one in badge.judged}
    assert texts["completeness"] == "1.00% of the difference"
    assert texts["seeds"] == "no references"
    assert thresholds_of(BY_NAME["strands"]) == "green from cosine 0.60, amber from cosine 0.40, red below"
    assert thresholds_of(BY_NAME["signal"]) == "green from 2.00 SD, amber below"
    assert thresholds_of(BY_NAME["completeness"]).startswith("green up to 1.00%")
