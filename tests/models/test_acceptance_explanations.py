"""Acceptance tests 1, 2, 3, 4 (its first half) and 7 of the methods' definitions, on the shipped networks.

The others: 4 (its second half) in motifs/test_naming.py; 5 in motifs/test_tomtom.py and motifs/test_fimo.py; 6 in
test_chromatin_architectures.py and test_chromatin_explanations.py; 8 in test_explanations_by_mutation.py (all N),
test_fasta.py and backend/test_problems.py (too long), backend/test_chromatin_matrices.py (assemblies); 9 in
browser/test_sequence_page.py; 10 is measured by benchmarks/motifs.py, as no test is timed.
"""

from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.architectures import ARCHITECTURES
from models.checkpoints import checkpoint_names, load_checkpoint
from models.examples import CTCF_MOTIF, GATA_SEQUENCE, plant
from models.explanations import EXPLANATIONS, best_method, explain
from models.explanations.references import ReferenceParameters, shuffled_references
from models.predict import positive_logit, positive_probability
from models.sequence import one_hot_encode, reverse_complement_one_hot

SHIPPED = [name for name in checkpoint_names() if name.rpartition("-")[2] in ARCHITECTURES]
CTCF = [name for name in SHIPPED if name.startswith("ctcf_weri-")]
ATTRIBUTING = [name for name in EXPLANATIONS if EXPLANATIONS.get(name).attributes]
MADE_BY_HAND = ("demo_cnn", "demo_rnn", "demo_cnn_rnn")


@cache
def network(name: str) -> nn.Module:
    return load_checkpoint(name).network


@pytest.fixture(scope="module")
def window() -> Tensor:
    return one_hot_encode([plant(GATA_SEQUENCE, CTCF_MOTIF, start=41)[:101]])


def compute(method: str, network: nn.Module, X: Tensor, **parameters: Any) -> dict[str, Tensor]:
    explanation = EXPLANATIONS.get(method)
    return explain(explanation, network, X, parameters=explanation.parameters(**parameters))


def test_every_shipped_network_is_tested() -> None:
    assert len(SHIPPED) == 24


@pytest.mark.parametrize("method", ["deep_lift_shap", "integrated_gradients"])
@pytest.mark.parametrize("name", SHIPPED)
def test_1_contributions_add_up_to_the_difference_from_the_references(name: str, method: str, window: Tensor) -> None:
    built, references = network(name), shuffled_references(window[0], ReferenceParameters(), method=method)
    logits = positive_logit(built, torch.cat([window, references]))
    difference = logits[0] - logits[1:].mean()

    answer = compute(method, built, window)

    assert (answer[method].sum() - difference).abs() < 0.01 * difference.abs()
    assert answer["completeness_gap"].item() < 0.01


@pytest.mark.parametrize("name", CTCF)
def test_2_mutagenesis_by_the_fast_path_is_that_of_one_prediction_for_each_mutant(name: str, window: Tensor) -> None:
    built = network(name)
    fast = compute("in_silico_mutagenesis", built, window)["mutations"][0]
    mutants = window.repeat(404, 1, 1)
    base, position = torch.arange(404) // 101, torch.arange(404) % 101
    mutants[torch.arange(404), :, position] = torch.eye(4)[base]
    with torch.inference_mode():
        slow = (positive_logit(built, mutants) - positive_logit(built, window)).reshape(4, 101)

    torch.testing.assert_close(fast, slow, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", CTCF)
def test_2_the_other_strand_has_the_mirrored_map_when_strands_are_averaged(name: str, window: Tensor) -> None:
    class BothStrands(nn.Module):
        def forward(self, X: Tensor) -> Tensor:
            logit = positive_logit(network(name), X) + positive_logit(network(name), reverse_complement_one_hot(X))
            return nn.functional.logsigmoid(torch.stack([logit / 2, -logit / 2], dim=1))

    forward = compute("in_silico_mutagenesis", BothStrands(), window)
    reverse = compute("in_silico_mutagenesis", BothStrands(), reverse_complement_one_hot(window))

    for key, dimensions in (("mutations", (1, 2)), ("in_silico_mutagenesis", (1,))):
        torch.testing.assert_close(reverse[key].flip(dimensions), forward[key], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", CTCF)
def test_3_columns_of_the_corrected_gradient_sum_to_zero(name: str, window: Tensor) -> None:
    columns = compute("corrected_saliency", network(name), window)["hypothetical"].sum(1)

    assert columns.abs().max() < 1e-6


@pytest.mark.parametrize("method", EXPLANATIONS.names())
def test_3_the_same_seed_gives_the_same_bytes(method: str, window: Tensor) -> None:
    rnn = network("ctcf_weri-demo_rnn")
    first = compute(method, rnn, window)
    torch.manual_seed(7)
    second = compute(method, rnn, window)

    assert {name: values.numpy().tobytes() for name, values in first.items()} == {
        name: values.numpy().tobytes() for name, values in second.items()
    }


@pytest.mark.parametrize("method", ATTRIBUTING)
@pytest.mark.parametrize("name", MADE_BY_HAND)
def test_4_the_positive_mass_lies_on_the_planted_motif(name: str, method: str, planted) -> None:
    track = compute(method, planted.networks[name], planted.X)[method]

    assert planted.share(track) >= 0.8
    assert track[0, planted.start : planted.stop].sum() > 0.5


@pytest.mark.parametrize("name", MADE_BY_HAND)
def test_4_window_shuffle_is_as_sharp_as_its_window(name: str, planted) -> None:
    track = compute("window_shuffle", planted.networks[name], planted.X, width=5)["window_shuffle"][0].clamp(min=0)

    assert track[planted.start - 2 : planted.stop + 2].sum() >= 0.95 * track.sum()


@pytest.mark.parametrize("name", MADE_BY_HAND)
def test_4_networks_made_by_hand_tell_the_motif_from_its_shuffles(name: str, planted) -> None:
    built, other = planted.networks[name], planted.X.clone()
    other[0, :, planted.start + 4] = torch.tensor([0.0, 0.0, 0.0, 1.0])

    assert positive_probability(built, planted.X) > 0.7
    assert positive_probability(built, other) < 0.5


@pytest.mark.parametrize("name", [name for name in CTCF if "rnn" in name])
def test_7_temporal_outputs_end_in_the_plain_prediction(name: str, window: Tensor) -> None:
    tracks = compute("temporal_output", network(name), window)
    plain = positive_probability(network(name), window)

    torch.testing.assert_close(tracks["temporal_forward"][:, -1], plain)
    torch.testing.assert_close(tracks["temporal_backward"][:, 0], plain)


@pytest.mark.parametrize("name", [*SHIPPED, "ctcf_weri-kmer_logistic"])
def test_the_best_method_is_valid(name: str) -> None:
    best = EXPLANATIONS.get(best_method(network(name)))

    assert best.attributes
    assert best.refusal(network(name)) is None
