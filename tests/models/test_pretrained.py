"""The shipped checkpoints: complete, small, true to their cards, and able to see what is planted."""

from functools import cache
from statistics import mean

import pytest
import torch

from models.architectures import ARCHITECTURES
from models.baselines import BASELINES
from models.checkpoints import PRETRAINED, Checkpoint, checkpoint_names, load_checkpoint
from models.examples import CCAAT_SEQUENCE, CTCF_MOTIF, EXAMPLES, GATA_SEQUENCE
from models.explanations import EXPLANATIONS, explain
from models.fasta import read_sequences
from models.predict import positive_probability
from models.sequence import one_hot_encode
from models.training.datasets import DATASETS
from models.training.recipes import RECIPES, SEED
from models.training.sequence_card import checkpoint_name

EVERY = [
    checkpoint_name(factor, architecture)
    for factor in DATASETS
    for architecture in (*ARCHITECTURES.names(), *BASELINES.names())
]
NETWORKS = ARCHITECTURES.names()
DEEPBIND_FACTORS = [factor for factor in DATASETS if factor != "ctcf_weri"]
REFERENCES = {  # test AUROC of 6-mer logistic regression and of DeepBind's published parameters on the same files
    "arid3a_k562": (0.881, 0.847),
    "ctcfl_k562": (0.911, 0.981),
    "elk1_gm12878": (0.965, 0.945),
    "foxa1_hepg2": (0.980, 0.976),
    "myc_h1": (0.929, 0.897),
    "sp1_gm12878": (0.929, 0.903),
    "zbtb7a_hepg2": (0.916, 0.869),
}

load = cache(load_checkpoint)


def example(name: str) -> torch.Tensor:
    (text,) = (example.sequences for example in EXAMPLES if example.name == name)
    records = read_sequences(text, max_records=10, max_bases=10_000).records
    return one_hot_encode([record.sequence[:101] for record in records], length=101)


def auroc(factor: str, architecture: str) -> float:
    return load(checkpoint_name(factor, architecture)).card.metrics.auroc.value


def test_every_factor_has_every_architecture_and_nothing_else_is_shipped() -> None:
    assert set(checkpoint_names()) == set(EVERY)


def test_the_folder_stays_below_20_megabytes() -> None:
    assert sum(file.stat().st_size for file in PRETRAINED.rglob("*")) < 20e6


@pytest.mark.parametrize("name", EVERY)
def test_golden_predictions_are_reproduced(name: str) -> None:
    network, card = load(name)
    X = one_hot_encode([golden.sequence for golden in card.golden_predictions], length=card.input_length)

    expected = torch.tensor([golden.probability for golden in card.golden_predictions])
    assert len(expected) >= 10
    torch.testing.assert_close(positive_probability(network, X), expected, atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", EVERY)
def test_the_card_says_what_a_reader_must_know(name: str) -> None:
    card = load(name).card

    assert (card.name, card.seed, card.input_length, card.alphabet) == (name, SEED, 101, "ACGT")
    assert name.split("-") == [card.factor, card.architecture]
    assert card.training_command == f"python -m models.training one {card.factor} {card.architecture} --data DATA"
    assert card.training_data.n_test == card.metrics.n_positive + card.metrics.n_negative == 1000
    assert card.metrics.auroc.low < card.metrics.auroc.value < card.metrics.auroc.high
    assert 0 < card.gc_range[0] < card.gc_range[1] < 1
    assert sum(bin_.n for bin_ in card.metrics.reliability) == 1000


@pytest.mark.parametrize("name", [name for name in EVERY if not name.endswith("kmer_logistic")])
def test_a_network_was_trained_by_the_recipe_in_the_code_and_its_optimised_input_is_a_logo(name: str) -> None:
    card = load(name).card
    recipe = RECIPES[card.architecture]

    assert (card.recipe["all_factors"], card.recipe["this_factor"]) == (
        recipe.pooled.model_dump(),
        recipe.single.model_dump(),
    )
    assert card.class_optimization is not None
    matrix = torch.tensor(card.class_optimization)
    assert matrix.shape == (4, 101)
    torch.testing.assert_close(matrix.sum(0), torch.ones(101), atol=1e-3, rtol=0)


@pytest.mark.parametrize("factor", DEEPBIND_FACTORS)
def test_the_best_network_is_above_both_references(factor: str) -> None:
    assert max(auroc(factor, architecture) for architecture in NETWORKS) > max(REFERENCES[factor])


def test_the_cnn_rnn_reaches_its_mean() -> None:
    assert mean(auroc(factor, "demo_cnn_rnn") for factor in DEEPBIND_FACTORS) >= 0.95


def test_the_baseline_is_the_documented_one() -> None:
    """Ours chooses its penalty by cross-validation and leaves out shared sequences, so it is close, not equal."""
    for factor in DEEPBIND_FACTORS:
        assert auroc(factor, "kmer_logistic") == pytest.approx(REFERENCES[factor][0], abs=0.02)


@pytest.mark.parametrize(("architecture", "share"), [("demo_cnn", 0.8), ("demo_rnn", 0.35), ("demo_cnn_rnn", 0.35)])
def test_a_planted_ctcf_motif_is_found_where_it_is(architecture: str, share: float) -> None:
    """The motif is 19 % of the bases. Gradients of the saturated recurrent networks are noisier than the CNN's."""
    checkpoint = load(checkpoint_name("ctcf_weri", architecture))
    X = example("planted_ctcf")
    support = track("corrected_saliency", checkpoint, X).clamp(min=0)

    assert positive_probability(checkpoint.network, X).item() > 0.9
    assert support[41 : 41 + len(CTCF_MOTIF)].sum() / support.sum() > share
    assert 41 <= support.argmax() < 41 + len(CTCF_MOTIF)


@pytest.mark.parametrize("architecture", NETWORKS)
def test_random_dna_is_not_called_ctcf(architecture: str) -> None:
    network, _ = load(checkpoint_name("ctcf_weri", architecture))

    assert positive_probability(network, example("random_control")).max() < 0.5


def test_saliency_of_the_tutorials_gata_sequence_peaks_on_the_gata_core() -> None:
    """Fixture F-M; ARID3A's peaks in K562 cells hold GATA sites."""
    saliency = track("saliency", load("arid3a_k562-demo_cnn"), one_hot_encode([GATA_SEQUENCE[:101]]))

    assert 77 <= saliency.argmax() <= 85


def test_saliency_of_the_tutorials_promoter_peaks_on_the_ccaat_box() -> None:
    """Fixture F-M; SP1's peaks in GM12878 cells hold CCAAT boxes (NFY)."""
    X = one_hot_encode([CCAAT_SEQUENCE], length=101)
    saliency = track("saliency", load("sp1_gm12878-demo_cnn_rnn"), X)

    assert 10 <= saliency.argmax() <= 18


def track(method: str, checkpoint: Checkpoint, X: torch.Tensor) -> torch.Tensor:
    explanation = EXPLANATIONS.get(method)
    return explain(explanation, checkpoint.network, X, parameters=explanation.parameters())[method][0]
