"""What a motif does by itself: against tangermeme, on a network that is known, with honest intervals."""

import numpy as np
import pytest
import torch
from scipy import stats

from models.design import TargetLogit
from models.errors import ExplanationRefusedError
from models.examples import random_sequence
from models.marginal_effect import marginal_effect, paired_effect, pasted_everywhere, shuffled_backgrounds
from models.sequence import decode

SEQUENCE = random_sequence(np.random.default_rng(3), 60)
MOTIF = "GATTACA"


class MatchesMotif(torch.nn.Module):
    """The logit is the greatest number of bases that agree with the motif anywhere; a log-softmax follows."""

    def __init__(self):
        super().__init__()
        from models.sequence import one_hot_encode

        self.register_buffer("filter", one_hot_encode([MOTIF]))

    def forward(self, X):
        matches = torch.nn.functional.conv1d(X, self.filter).amax((1, 2))
        return torch.log_softmax(torch.stack([matches, torch.zeros_like(matches)], 1), 1)


def test_it_is_tangermemes_marginalisation():
    from tangermeme.marginalize import marginalize

    network = MatchesMotif()
    backgrounds = shuffled_backgrounds(SEQUENCE, length=64, n=20)
    before, after = marginalize(TargetLogit(network, 0), backgrounds, MOTIF, start=11, device="cpu")[:2]
    effect = marginal_effect(network, SEQUENCE, motif=MOTIF, positions=[11], length=64)
    assert effect.mean[0] == pytest.approx(float((after - before).mean()), abs=1e-5)
    interval = stats.ttest_rel(after[:, 0].numpy(), before[:, 0].numpy()).confidence_interval(0.95)
    assert (effect.low[0], effect.high[0]) == pytest.approx((interval.low, interval.high), abs=1e-4)


def test_the_motif_of_the_network_has_an_effect_and_another_has_none():
    network = MatchesMotif()
    own, other = (
        marginal_effect(network, SEQUENCE, motif=motif, positions=[5, 40], length=60) for motif in (MOTIF, "NNNNNNN")
    )
    assert (own.low > 0.5).all()
    assert (other.mean == 0).all()


def test_backgrounds_are_shuffles_and_the_same_for_the_same_seed():
    first, again, others = (shuffled_backgrounds(SEQUENCE, length=64, n=5, random_state=seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, others)
    assert (first[:, :, 60:] == 0).all()
    pairs = [sorted(text[i : i + 2] for i in range(59)) for text in decode(first[:, :, :60])]
    assert pairs == [sorted(SEQUENCE[i : i + 2] for i in range(59))] * 5


def test_a_motif_is_pasted_at_every_position_and_n_leaves_the_background():
    backgrounds = shuffled_backgrounds(SEQUENCE, length=60, n=3)
    pasted = pasted_everywhere(backgrounds, "ANT", positions=[0, 57])
    texts = [decode(row) for row in pasted]
    plain = decode(backgrounds)
    assert texts[0] == [f"A{text[1]}T{text[3:]}" for text in plain]
    assert texts[1] == [f"{text[:57]}A{text[58]}T" for text in plain]


def test_a_sequence_without_shuffles_is_refused():
    with pytest.raises(ExplanationRefusedError):
        shuffled_backgrounds("NNNN", length=10)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    before = rng.normal(size=20).astype(np.float32)
    after = (before + 1 + rng.normal(size=(2000, 20))).astype(np.float32)
    effect = paired_effect(before, after)
    assert ((effect.low < 1) & (effect.high > 1)).mean() == pytest.approx(0.95, abs=0.015)
