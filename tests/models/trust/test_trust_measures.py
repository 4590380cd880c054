"""Every measure on arrays: what it sees, what it forgives, and where it has no value."""

import numpy as np
import pytest
import torch

from models.explanations import EXPLANATIONS
from models.sequence import one_hot_encode, reverse_complement
from models.trust.measures import (
    LARGEST_SIGNAL,
    Evidence,
    beyond_composition,
    measure,
    signal,
    smoothed,
    visible,
)
from models.trust.questions import N_RESEEDED, evidence_from, other_strand, questions
from models.trust.thresholds import CRITERIA

RNG = np.random.default_rng(2)
BASES = "".join(RNG.choice(list("ACGT"), 101))
PEAK = np.where((np.arange(101) > 40) & (np.arange(101) < 52), RNG.uniform(1, 2, 101), RNG.normal(0, 0.02, 101))
NOISE = RNG.normal(size=101)


def evidence(**changes):
    return Evidence(
        **{
            "bases": BASES, "attribution": PEAK, "other_strand": PEAK, "mutagenesis": PEAK, "reseeded": [PEAK],
            "peers": [PEAK], "completeness_gap": 0.002, "logits": np.tile([9.0, *RNG.normal(size=20)], (2, 1)),
        }
        | changes
    )  # fmt: skip


def value(name, **changes):
    return measure(evidence(**changes))[name].value


def test_measures_and_criteria_are_the_same_in_the_same_order():
    assert list(measure(evidence())) == [criterion.name for criterion in CRITERIA]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("architectures", "peers"), ("seeds", "reseeded"), ("strands", "other_strand"), ("mutagenesis", "mutagenesis"),
        ("top_positions", "mutagenesis"),
    ],
)  # fmt: skip
def test_agreement_is_1_with_itself_on_any_scale_and_low_with_noise(name, field):
    def put(track):
        return {field: [track] if field in {"peers", "reseeded"} else track}

    assert value(name, **put(PEAK)) == 1
    assert value(name, **put(5 * PEAK)) == 1
    assert value(name, **put(NOISE)) < 0.35
    if name != "top_positions":
        assert value(name, **put(-PEAK)) == -1


def test_peers_and_seeds_are_averaged():
    assert value("architectures", peers=[PEAK, -PEAK]) == 0
    assert value("seeds", reseeded=[PEAK, PEAK, -PEAK]) == pytest.approx(1 / 3, abs=1e-4)


def test_the_gap_is_handed_through():
    assert value("completeness", completeness_gap=0.34567) == 0.3457


def test_what_does_not_apply_has_a_reason_and_does_not_fail():
    measured = measure(evidence(mutagenesis=None, reseeded=(), peers=(), completeness_gap=None, logits=None))
    without = {name for name, one in measured.items() if one.value is None}
    assert without == {criterion.name for criterion in CRITERIA} - {"strands"}
    assert all(measured[name].reason and not measured[name].fails for name in without)


def test_an_explanation_of_zeros_fails_wherever_it_is_compared():
    measured = measure(evidence(attribution=np.zeros(101)))
    failed = {name for name, one in measured.items() if one.fails}
    assert failed == {"architectures", "strands", "mutagenesis", "top_positions", "seeds"}
    assert all(measured[name].value is None and measured[name].reason for name in failed)


def test_counting_letters_is_no_agreement_of_strands():
    """A network that gives A and T one weight and C and G another is alike on both strands, and finds no site."""
    counted = np.array([{"A": 0.1, "T": 0.1, "C": -0.2, "G": -0.2}[base] for base in BASES])
    measured = measure(evidence(attribution=counted, other_strand=counted))["strands"]
    assert (measured.value, measured.fails) == (None, True)
    assert abs(value("strands", attribution=counted + 0.01 * NOISE, other_strand=counted + 0.01 * NOISE[::-1])) < 0.45


def test_what_is_beyond_composition_sums_to_0_for_each_letter():
    rest = beyond_composition(NOISE, "N" + BASES[1:])
    letters = np.array(list("N" + BASES[1:]))
    assert rest[0] == 0
    for letter in "ACGT":
        assert rest[letters == letter].sum() == pytest.approx(0, abs=1e-9)


def test_strands_forgive_a_shift_within_a_motif_and_no_further():
    near, far = np.roll(PEAK, 2), np.roll(PEAK, 25)
    assert value("strands", other_strand=near) > 0.8
    assert value("strands", other_strand=far) < 0.3
    np.testing.assert_allclose(smoothed(PEAK)[2:-2], np.lib.stride_tricks.sliding_window_view(PEAK, 5).sum(1))


def test_noise_too_low_to_be_seen_does_not_spoil_the_ranks():
    blurred = PEAK + np.where(PEAK > 0.5, 0, RNG.normal(0, 0.02, 101))
    assert value("mutagenesis", mutagenesis=blurred) > 0.95
    assert np.count_nonzero(visible(PEAK)) == 11


def test_strands_that_are_answered_alike_correlate_and_constant_answers_have_nothing_to_correlate():
    logits = RNG.normal(size=21)
    assert value("strand_answers", logits=np.stack([logits, 2 * logits + 1])) == 1
    assert abs(value("strand_answers", logits=RNG.normal(size=(2, 21)))) < 0.6
    assert value("strand_answers", logits=np.full((2, 21), 3.0)) is None


@pytest.mark.parametrize(
    ("logit", "shuffled", "expected"),
    [(3.0, [0.0, 2.0], 2.0), (-1.0, [0.0, 2.0], 2.0), (5.0, [5.0, 5.0], 0.0), (5.0, [1.0, 1.0], LARGEST_SIGNAL)],
)
def test_signal_counts_deviations_of_the_shuffles(logit, shuffled, expected):
    assert signal(logit, np.array(shuffled)) == pytest.approx(expected)


def test_the_other_strand_is_padded_on_the_right_again():
    X = one_hot_encode(["AACGTN"], length=9)
    turned = other_strand(X, n_bases=6)
    assert torch.equal(turned, one_hot_encode([reverse_complement("AACGTN")], length=9))


def test_contributions_of_the_other_strand_come_back_to_their_bases():
    """A method that looks at one base at a time says the same of a base and of its partner on the other strand."""
    worth = torch.tensor([1.0, 2.0, 2.0, 1.0])[:, None]
    explanation = EXPLANATIONS.get("corrected_saliency")
    bases = "NACGGTTAACGACCGATCAGN"
    X = one_hot_encode([bases], length=30)
    asked = questions(explanation, explanation.parameters(), X, n_bases=len(bases))
    assert {key: len(question.X) for key, question in asked.items()} == {"strands": 2, "mutagenesis": 1, "logit": 42}
    answers = {key: {question.explanation.name: (question.X * worth).sum(1).numpy()}
               for key, question in asked.items() if question.explanation}  # fmt: skip
    found = evidence_from(answers, explanation=explanation, bases=bases)
    assert found.attribution.tolist() == [{"A": 1, "C": 2, "G": 2, "T": 1, "N": 0}[base] for base in bases]
    assert found.other_strand.tolist() == found.attribution.tolist()


@pytest.mark.parametrize(("seed", "others"), [(0, {1, 2}), (7, {6, 5}), (2**31 - 1, {2**31 - 2, 2**31 - 3})])
def test_further_seeds_are_other_seeds_within_bounds(seed, others):
    explanation = EXPLANATIONS.get("integrated_gradients")
    parameters = explanation.parameters(random_state=seed, n_references=7)
    asked = questions(explanation, parameters, one_hot_encode([BASES]), n_bases=101)
    reseeded = [question.parameters for key, question in asked.items() if key.startswith("seed")]
    assert {each.random_state for each in reseeded} == others
    assert len(reseeded) == N_RESEEDED
    for each in reseeded:
        assert explanation.parameters.model_validate(each.model_dump()).n_references == 7


def test_what_cannot_be_shuffled_has_no_signal():
    explanation = EXPLANATIONS.get("in_silico_mutagenesis")
    asked = questions(explanation, explanation.parameters(), one_hot_encode(["A" * 30]), n_bases=30)
    assert set(asked) == {"strands"}
