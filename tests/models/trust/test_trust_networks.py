"""Badges of networks whose truth is known: planted motifs, random weights, methods that miss their sum."""

import copy
import itertools
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.checkpoints import load_checkpoint
from models.examples import CTCF_MOTIF, plant, random_sequence
from models.explanations.references import ReferenceParameters, shuffled_references
from models.sequence import one_hot_encode
from models.trust.calibration import ALONE, TOGETHER, Case, calibrate, tables
from models.trust.check import among, check, gather
from models.trust.measures import Evidence, measure
from models.trust.randomised import RANDOMISED
from models.trust.thresholds import CRITERIA
from models.trust.verdict import judge

DATA = Path(__file__).parents[4] / "shared" / "data" / "tf"
ARCHITECTURES = ("demo_cnn", "demo_rnn", "demo_cnn_rnn")
PER_BASE = ("corrected_saliency", "input_x_gradient", "integrated_gradients", "deep_lift_shap", "in_silico_mutagenesis")
CHEAP = "in_silico_mutagenesis"


@pytest.fixture(scope="module")
def trained() -> dict[str, nn.Module]:
    return {name: load_checkpoint(f"ctcf_weri-{name}").network for name in ARCHITECTURES}


@pytest.fixture(scope="module")
def sites() -> list[str]:
    rng = np.random.default_rng(5)
    return [plant(random_sequence(rng), CTCF_MOTIF, start=start) for start in (41, 15)]


@pytest.mark.parametrize("method", PER_BASE)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_planted_motif_is_green_and_holds_the_positive_mass(planted, architecture, method):
    gathered = {name: gather(network, planted.sequence, method=CHEAP) for name, network in planted.networks.items()}
    evidence = gather(planted.networks[architecture], planted.sequence, method=method)
    badge = judge(measure(among(evidence, gathered, name=architecture)))
    assert badge.verdict == "green", badge.sentence
    assert planted.share(torch.from_numpy(evidence.attribution)[None]) >= 0.8


def test_a_planted_ctcf_site_is_green_for_every_shipped_network(trained, sites):
    for badge in check(trained, sites[0]).values():
        assert badge.verdict == "green", badge.sentence
        assert badge.sentence.startswith("All")


@pytest.mark.parametrize("kind", RANDOMISED)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_randomised_network_is_red_beside_trained_ones(trained, sites, architecture, kind):
    """Adebayo's sanity check: weights that have learned nothing must not pass, whatever method explains them."""
    others = {name: network for name, network in trained.items() if name != architecture}
    for sequence in sites:
        peers = {name: gather(network, sequence, method=CHEAP) for name, network in others.items()}
        for seed in range(6):
            untrained = RANDOMISED[kind](trained[architecture], architecture=architecture, random_state=seed)
            evidence = gather(untrained, sequence, method=CHEAP)
            badge = judge(measure(among(evidence, peers, name=architecture)))
            assert badge.verdict == "red", (seed, badge.sentence)


@pytest.mark.parametrize("kind", RANDOMISED)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_randomised_network_by_itself_is_never_green(trained, sites, architecture, kind):
    verdicts = []
    for seed in range(12):
        untrained = RANDOMISED[kind](trained[architecture], architecture=architecture, random_state=seed)
        verdicts += [judge(measure(gather(untrained, sequence, method=CHEAP))).verdict for sequence in sites]
    assert "green" not in verdicts
    assert verdicts.count("red") >= 0.85 * len(verdicts)


def test_randomised_weights_are_others_of_the_same_sizes(trained):
    for kind, randomise in RANDOMISED.items():
        one, again, other = (randomise(trained["demo_rnn"], architecture="demo_rnn", random_state=s) for s in (1, 1, 2))
        for a, b, c, d in zip(
            one.parameters(), again.parameters(), other.parameters(), trained["demo_rnn"].parameters(), strict=True
        ):
            assert torch.equal(a, b)
            assert a.shape == c.shape == d.shape
            assert kind == "fresh" or torch.equal(a.flatten().sort().values, d.flatten().sort().values)
        assert not all(torch.equal(a, c) for a, c in zip(one.parameters(), other.parameters(), strict=True))


class _FunctionalMaximum(nn.Module):
    """A trained CNN whose last pooling is a call, no module: no rule can be hung on it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.features, self.output = network.features[:-2], network.output

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.output(self.features(X).amax(-1))


class _BoundLogit(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        scores = self.network(X)
        return scores[:, :1] - scores[:, 1:]


def without_softmax(network: nn.Module) -> nn.Module:
    network = copy.deepcopy(network)
    network.log_softmax = nn.Identity()
    return network


def plain_deep_lift(network: nn.Module, sequence: str, evidence: Evidence) -> Evidence:
    """What tangermeme draws for any network, valid or not, and by how much it misses its own sum."""
    from tangermeme.deep_lift_shap import deep_lift_shap

    scorer, X = _BoundLogit(network).eval(), one_hot_encode([sequence])
    references = shuffled_references(X[0], ReferenceParameters(), method="deep_lift_shap")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        contributions = deep_lift_shap(scorer, X, references=references[None], device="cpu", warning_threshold=1e9)
    difference = float(scorer(X)) - float(scorer(references).mean())
    gap = abs(float(contributions.sum()) - difference) / abs(difference)
    return evidence._replace(attribution=contributions[0].sum(0).numpy().astype(np.float64), completeness_gap=gap)


@pytest.mark.parametrize("invalid", ["demo_rnn", "demo_cnn_rnn", "functional pooling"])
def test_a_method_without_a_rule_for_a_layer_is_red_because_it_misses_its_sum(trained, sites, invalid):
    functional = invalid == "functional pooling"
    network = _FunctionalMaximum(trained["demo_cnn"]) if functional else without_softmax(trained[invalid])
    evidence = gather(trained["demo_cnn" if functional else invalid], sites[1], method=CHEAP)
    evidence = evidence._replace(mutagenesis=evidence.attribution)
    badge = judge(measure(plain_deep_lift(network, sites[1], evidence)))
    assert badge.verdict == "red"
    assert badge.sentence.startswith("Do not believe this explanation: the contributions do not add up"), badge.sentence


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not beside the repository")
def test_the_calibration_prints_every_measure_and_every_colour():
    cases = list(itertools.islice(calibrate(DATA, n_sequences=1, n_seeds=1), 18))
    assert {case.kind for case in cases} == {"trained, bound", "fresh weights", "permuted weights"}
    assert {case.company for case in cases} == {ALONE, TOGETHER}
    text = tables([*cases, Case("no such weights", "demo_cnn", ALONE, None)])
    for criterion in CRITERIA:
        assert f"| {criterion.name} | " in text
    assert "| no such weights | demo_cnn | alone | 1 | 100.0% | 0.0% | 0.0% | 0.0% |" in text
