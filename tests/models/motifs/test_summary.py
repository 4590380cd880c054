"""What a network has learnt: filters and routes on networks made by hand, and the summaries that come along."""

import numpy as np
import pytest

from models.checkpoints import PRETRAINED, checkpoint_names, load_checkpoint
from models.motifs.filters import filter_motifs, first_convolution
from models.motifs.routes import Question, routes
from models.motifs.summary import SUMMARY_FILE, motifs_of, read_summary, summarise, write_summary
from models.motifs.windows import aligned, best_rises, best_windows
from models.sequence import ALPHABET, one_hot_encode, reverse_complement

NETWORKS = [name for name in checkpoint_names() if not name.endswith("logistic")]


@pytest.fixture(scope="module")
def bound(planted_motif):
    """Sequences that hold the motif once, on either strand, at any place."""
    rng = np.random.default_rng(2)
    sequences = []
    for number in range(60):
        letters = "".join(rng.choice(list("AT"), size=101))
        motif = planted_motif if number % 2 else reverse_complement(planted_motif)
        start = int(rng.integers(20, 70))
        sequences.append(letters[:start] + motif + letters[start + len(motif) :])
    return one_hot_encode(sequences)


@pytest.fixture(scope="module")
def planted_motif(planted):
    return planted.motif


def consensus(matrix):
    return "".join(ALPHABET[row] for row in matrix.argmax(0))


def test_filters_are_the_words_they_look_for(planted, bound, jaspar):
    filters = filter_motifs(first_convolution(planted.networks["demo_cnn"]), bound, jaspar)
    words = {consensus(each.matrix) for each in filters}
    assert {planted.motif, reverse_complement(planted.motif)} <= words
    best = next(each for each in filters if consensus(each.matrix) == planted.motif)
    assert best.share == pytest.approx(0.5)
    assert best.n_windows == 30
    assert best.information == pytest.approx(18)
    assert best.match.motif.name in {"CTCF", "CTCFL"}
    assert first_convolution(planted.networks["demo_rnn"]) is None


def test_windows_are_where_the_track_says():
    track = np.zeros((2, 30))
    track[0, 10:14] = 1
    track[1, 20:24] = 1
    assert best_windows(track, width=4).tolist() == [10, 20]
    starts, rises = best_rises(np.cumsum(track, axis=1), width=4)
    assert starts.tolist() == [10, 20]
    assert rises.tolist() == [4, 4]


def test_windows_are_aligned_over_shifts_and_strands(bound, planted_motif):
    X = bound.numpy()
    true = np.array([text.find(planted_motif) if number % 2 else text.find(reverse_complement(planted_motif))
                     for number, text in enumerate(decoded(bound))])  # fmt: skip
    shifts = np.random.default_rng(0).integers(-2, 3, size=len(true))
    shifts[0] = 0  # the first window sets the frame
    matrix = aligned(X, true - 1 + shifts, width=11).matrix
    assert consensus(matrix)[1:-1] in {planted_motif, reverse_complement(planted_motif)}
    assert (matrix.max(0)[1:-1] > 0.95).all()


def decoded(X):
    return ["".join(ALPHABET[base] for base in row) for row in X.argmax(1).tolist()]


@pytest.mark.parametrize("architecture", ["demo_cnn", "demo_rnn", "demo_cnn_rnn"])
def test_routes_find_what_was_planted(planted, bound, jaspar, architecture):
    network = planted.networks[architecture]
    question = Question(network, bound[:24], None, jaspar, motifs_of("CTCF in cells", jaspar), len(planted.motif))
    saliency, temporal, optimised = routes(question)
    assert (saliency.name, temporal.name, optimised.name) == ("saliency", "temporal_output", "class_optimization")
    assert planted.motif[2:7] in consensus(saliency.matrix) + reverse_complement(consensus(saliency.matrix))
    assert optimised.matrix is None
    assert optimised.note
    if architecture == "demo_cnn":
        assert temporal.matrix is None
        assert "step by step" in temporal.note
    else:
        assert temporal.matrix.shape == (4, 9)


def test_a_summary_is_read_as_it_was_written(jaspar, tmp_path):
    network, card = load_checkpoint("ctcf_weri-demo_cnn_rnn")
    X = one_hot_encode([golden.sequence for golden in card.golden_predictions])
    summary = summarise(network, card, X, jaspar, data="golden sequences")
    read = read_summary(write_summary(summary, tmp_path), jaspar)
    assert read.factor_motifs == summary.factor_motifs
    assert [each.number for each in read.filters] == [each.number for each in summary.filters]
    for before, after in zip(summary.routes, read.routes, strict=True):
        assert [match.motif.id for match in after.matches] == [match.motif.id for match in before.matches]
        if before.matrix is not None:
            np.testing.assert_allclose(after.matrix, before.matrix, atol=0.02)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_shipped_network_has_a_summary(name, jaspar):
    summary = read_summary(PRETRAINED / name / SUMMARY_FILE, jaspar)
    assert summary.checkpoint == name
    assert summary.n_sequences == 500
    assert len(summary.routes) == 3
    assert bool(summary.filters) == (not name.endswith("demo_rnn"))
    assert all(each.share <= 1 and each.matrix.shape == (4, 9) for each in summary.filters)


def test_the_ctcf_networks_have_learnt_ctcf(jaspar):
    for name in ("ctcf_weri-demo_cnn", "ctcf_weri-demo_rnn", "ctcf_weri-demo_cnn_rnn"):
        saliency, *_ = read_summary(PRETRAINED / name / SUMMARY_FILE, jaspar).routes
        assert saliency.matches[0].motif.name == "CTCF"
        assert saliency.finds_factor > 0.1
