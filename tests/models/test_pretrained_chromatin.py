import re

import numpy as np
import pytest
import torch

from models.baselines import CHROMATIN_BASELINES
from models.card import ChromatinCard, read_card
from models.checkpoints import PRETRAINED_CHROMATIN, ChromatinCheckpoint, checkpoint_names, load_chromatin_checkpoint
from models.explanations import CHROMATIN_EXPLANATIONS, explain
from models.explanations.method import HasBinAttention
from models.histone import MARKS, golden_signal
from models.predict import positive_probability
from models.training.chromatin_baselines import SIMPLE_METHODS
from models.training.chromatin_data import CHROMATIN_SETS
from models.training.chromatin_pretrained import checkpoint_name, shipped

NAMES = checkpoint_names(PRETRAINED_CHROMATIN)
NETWORKS = [name for name in NAMES if not name.endswith(CHROMATIN_BASELINES.names())]


def card_of(name: str) -> ChromatinCard:
    return read_card(PRETRAINED_CHROMATIN / name, ChromatinCard)


@pytest.fixture(params=NAMES)
def checkpoint(request: pytest.FixtureRequest) -> ChromatinCheckpoint:
    return load_chromatin_checkpoint(request.param)


def test_every_promised_checkpoint_is_shipped() -> None:
    assert set(NAMES) == {
        checkpoint_name(data_set, architecture) for data_set in CHROMATIN_SETS for architecture in shipped(data_set)
    }


def test_golden_predictions(checkpoint: ChromatinCheckpoint) -> None:
    network, card = checkpoint
    signal = torch.from_numpy(golden_signal(len(card.marks), card.n_bins))

    np.testing.assert_allclose(positive_probability(network, signal), card.golden_probabilities, atol=2e-5)


def test_cards_are_complete(checkpoint: ChromatinCheckpoint) -> None:
    card = checkpoint.card

    assert card.marks == MARKS
    assert card.metrics is not None
    assert {one.name for one in card.baselines} == set(SIMPLE_METHODS)
    assert [one.mark for one in card.signal_ranges] == list(MARKS)
    assert np.shape(card.reference) == (len(MARKS), card.n_bins)
    assert all(card.training_data[key] for key in ("source", "files", "licence", "split"))
    assert not re.search(r"/(work|home|tmp)/", card.model_dump_json())
    assert bool(card.pattern_maps) == (card.kind == "network")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_as_good_as_the_best_simple_method_within_its_interval(name: str) -> None:
    card = card_of(name)
    best = max(card.baselines, key=lambda one: one.auroc.value)

    assert card.metrics is not None
    assert card.metrics.auroc.value >= best.auroc.low


@pytest.mark.parametrize("name", NETWORKS)
def test_every_explanation_is_valid_or_refused_with_a_reason(name: str) -> None:
    network, card = load_chromatin_checkpoint(name)
    X = torch.from_numpy(golden_signal(len(card.marks), card.n_bins))
    attention = CHROMATIN_EXPLANATIONS.get("attention")

    if isinstance(network, HasBinAttention):
        alphas = explain(attention, network, X, parameters=attention.parameters())["bin_attention"]
        torch.testing.assert_close(alphas.sum(2), torch.ones(2, len(MARKS)))
    else:
        assert attention.refusal(network)
