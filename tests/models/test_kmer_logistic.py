import itertools

import numpy as np
import pytest
import torch

from models.baselines.kmer_logistic import KmerLogisticRegression, canonical_kmer_index, fit_kmer_logistic
from models.examples import plant, random_sequence
from models.sequence import one_hot_encode, reverse_complement


def test_index_merges_exactly_the_reverse_complements() -> None:
    kmers = ["".join(letters) for letters in itertools.product("ACGT", repeat=3)]
    index = dict(zip(kmers, canonical_kmer_index(3), strict=True))

    assert len(set(index.values())) == 32
    assert all(index[kmer] == index[reverse_complement(kmer)] for kmer in kmers)


def test_six_mers_have_2080_features() -> None:
    assert canonical_kmer_index(6).max() + 1 == 2080


@pytest.mark.parametrize("sequence", ["ACGTACGTTTGACA", "AANAAACC", "ACNGT", "AC"])
def test_presence_is_what_counting_by_hand_gives(sequence: str) -> None:
    network = KmerLogisticRegression(k=3)
    kmers = ["".join(letters) for letters in itertools.product("ACGT", repeat=3)]
    held = {sequence[i : i + 3] for i in range(len(sequence) - 2)}
    expected = {canonical_kmer_index(3)[i] for i, kmer in enumerate(kmers) if kmer in held}

    present = network.presence(one_hot_encode([sequence], length=20))[0]

    assert set(torch.nonzero(present).flatten().tolist()) == expected


def test_fitting_finds_a_planted_motif_on_either_strand() -> None:
    rng = np.random.default_rng(0)
    backgrounds = [random_sequence(rng, 60) for _ in range(400)]
    planted = [plant(s, "CACGTGAC", start=int(rng.integers(50))) for s in backgrounds[:200]]
    X, bound = one_hot_encode(planted + backgrounds[200:]), torch.arange(400) < 200

    network = fit_kmer_logistic(X, bound, random_state=0)
    new = random_sequence(rng, 60)
    scores = network(one_hot_encode([plant(new, motif, start=20) for motif in ("CACGTGAC", "GTCACGTG")] + [new]))[:, 0]

    assert scores[:2].min() > scores[2] + 0.1


def test_fitting_twice_gives_the_same_weights() -> None:
    rng = np.random.default_rng(1)
    X, bound = one_hot_encode([random_sequence(rng, 40) for _ in range(60)]), torch.arange(60) % 2 == 0

    first, second = (fit_kmer_logistic(X, bound, k=3, random_state=3) for _ in range(2))

    assert torch.equal(first.weight, second.weight)
