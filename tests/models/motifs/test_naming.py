"""Seqlets and their names: on tracks made by hand, and on networks made by hand that look for CTCF's core."""

import numpy as np
import pytest
import torch

from models.explanations import EXPLANATIONS
from models.explanations.references import ReferenceParameters, shuffled_references
from models.motifs.knock_out import KNOCK_OUTS, change_interval, knocked_out
from models.motifs.naming import name_seqlets, preferred_bases
from models.motifs.seqlets import find_seqlets
from models.sequence import decode, one_hot_encode

LENGTH = 101


@pytest.fixture
def noise():
    return np.random.default_rng(4).normal(size=(21, LENGTH))


def test_what_stands_out_is_found_with_its_sign(noise):
    track, controls = noise[0].copy(), noise[1:]
    track[20:30] += 8.0
    track[70:80] -= 8.0
    positive, negative = find_seqlets(track, controls)
    assert (positive.sign, negative.sign) == (1, -1)
    assert 17 <= positive.start <= 21
    assert 29 <= positive.stop <= 33
    assert 67 <= negative.start <= 71
    assert 79 <= negative.stop <= 83
    assert positive.attribution == pytest.approx(track[positive.start : positive.stop].sum())
    assert 0.5 < positive.share < 1
    assert find_seqlets(-track, -controls) == [
        seqlet._replace(sign=-seqlet.sign, attribution=-seqlet.attribution) for seqlet in (positive, negative)
    ]


def test_noise_has_no_seqlets_at_the_false_discovery_rate():
    rng = np.random.default_rng(9)
    found = [len(find_seqlets(rng.normal(size=LENGTH), rng.normal(size=(20, LENGTH)))) for _ in range(40)]
    assert np.mean(np.array(found) > 0) <= 0.2  # positive and negative, each at 0.1


def test_halves_of_one_site_are_joined(noise):
    track, controls = noise[0] * 0.1, noise[1:] * 0.1
    track[20:26] += 5.0
    track[27:33] += 5.0
    track[26] = -1.0
    (seqlet,) = find_seqlets(track, controls)
    assert seqlet.start <= 20
    assert seqlet.stop >= 33


@pytest.mark.parametrize("track", [np.zeros(LENGTH), np.ones(3), np.full(LENGTH, 2.0)])
def test_flat_and_short_tracks_have_none(track):
    assert find_seqlets(track, np.zeros((20, len(track)))) == []


@pytest.mark.parametrize("method", ["corrected_saliency", "in_silico_mutagenesis"])
@pytest.mark.parametrize("architecture", ["demo_cnn", "demo_rnn", "demo_cnn_rnn"])
def test_the_planted_motif_is_named_first(planted, jaspar, architecture, method):
    """Acceptance test 4: Tomtom must name it first."""
    network, X = planted.networks[architecture], planted.X
    explanation = EXPLANATIONS.get(method)
    parameters = explanation.parameters()
    shuffles = shuffled_references(X[0], ReferenceParameters(n_references=20, random_state=1), method="test")
    tracks = explanation.compute(network, torch.cat([X, shuffles]), parameters)[method].double().numpy()
    mutagenesis = EXPLANATIONS.get("in_silico_mutagenesis")
    mutations = mutagenesis.compute(network, X, mutagenesis.parameters())["mutations"][0].double().numpy()
    named = name_seqlets(tracks[0], tracks[1:], mutations, jaspar)
    on_motif = [n for n in named if n.seqlet.start < planted.stop and n.seqlet.stop > planted.start]
    assert on_motif, "the plant is a seqlet"
    strongest = max(on_motif, key=lambda n: n.seqlet.attribution)
    if architecture == "demo_rnn":  # it looks for five bases of the motif: too few for any name, as it should be
        assert strongest.matches == ()
    else:
        assert strongest.matches[0].motif.name in {"CTCF", "CTCFL"}
        assert strongest.matches[0].q_value <= 0.1
    assert not [n for n in named if n not in on_motif and n.matches], "nothing else has a name"


def test_what_a_network_accepts_is_a_matrix():
    mutations = np.array([[0.0, -9.0, 0.0], [-9.0, -9.0, -0.1], [-9.0, 0.0, -0.1], [-9.0, -9.0, -0.1]])
    matrix = preferred_bases(mutations)
    np.testing.assert_allclose(matrix.sum(0), 1)
    assert matrix[0, 0] > 0.95
    assert matrix[2, 1] > 0.95
    assert matrix[:, 2].max() < 0.3  # a base that matters little fits any base
    np.testing.assert_allclose(preferred_bases(mutations * 7), matrix)  # the scale of the logit does not matter
    assert preferred_bases(np.zeros((4, 5))).shape == (4, 0)


def test_a_knock_out_shuffles_the_stretch_and_nothing_else():
    X = one_hot_encode(["ACGTACGTAC" * 10])
    copies = knocked_out(X[0], start=40, stop=52)
    assert copies.shape == (KNOCK_OUTS, 4, 100)
    texts = decode(copies)
    assert all(text[:40] == "ACGTACGTAC" * 4 and text[52:] == ("ACGTACGTAC" * 10)[52:] for text in texts)
    assert {"".join(sorted(text[40:52])) for text in texts} == {"".join(sorted("ACGTACGTACAC"))}
    assert len(set(texts)) > 15
    assert decode(knocked_out(X[0], start=40, stop=52)) == texts


def test_the_interval_is_students():
    changes = np.random.default_rng(1).normal(3.0, 2.0, size=KNOCK_OUTS)
    change = change_interval(changes)
    half = 2.0930 * changes.std(ddof=1) / np.sqrt(KNOCK_OUTS)
    assert change == pytest.approx((changes.mean(), changes.mean() - half, changes.mean() + half), rel=1e-4)
