"""Integrated gradients of histone signals, and attention rollout."""

from functools import cache

import pytest
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from models.architectures import CHROMATIN_ARCHITECTURES
from models.averaged import averaged
from models.checkpoints import PRETRAINED_CHROMATIN, architecture_spec, checkpoint_names, load_chromatin_checkpoint
from models.errors import ExplanationRefusedError
from models.explanations import CHROMATIN_EXPLANATIONS, EXPLANATIONS, explain
from models.predict import positive_logit

ROLLOUT = CHROMATIN_EXPLANATIONS.get("attention_rollout")
INTEGRATED = CHROMATIN_EXPLANATIONS.get("signal_integrated_gradients")
BETA = ("attentive_lstm_alpha_beta", "attentive_cnn_alpha_beta")

load = cache(load_chromatin_checkpoint)


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    return architecture_spec(name).network().eval().requires_grad_(False)


def genes(reference: Tensor, *, n: int = 1) -> Tensor:
    """Genes with up to three times the usual signal, mirrored, so that every bin differs from the reference."""
    share = torch.rand((n, *reference.shape), generator=torch.Generator().manual_seed(0))
    return reference.flip(1) * 3 * share + share


def integrated(network: nn.Module, X: Tensor, reference: Tensor) -> dict[str, Tensor]:
    parameters = INTEGRATED.parameters(reference=tuple(tuple(row) for row in reference.tolist()))
    return explain(INTEGRATED, network, X, parameters=parameters)


@pytest.mark.parametrize("name", CHROMATIN_ARCHITECTURES.names())
def test_integrated_gradients_of_signals_are_captums(name: str) -> None:
    network, reference = build(name), torch.linspace(0, 4, 500).reshape(5, 100)
    X = genes(reference)
    ours = integrated(network, X, reference)
    oracle = IntegratedGradients(lambda inputs: positive_logit(network, inputs))
    n_steps = int(ours["n_steps"])
    theirs = oracle.attribute(X, baselines=reference[None], method="gausslegendre", n_steps=n_steps)

    torch.testing.assert_close(ours["signal_integrated_gradients"], theirs.float(), atol=1e-5, rtol=1e-3)
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize("name", checkpoint_names(PRETRAINED_CHROMATIN))
def test_contributions_of_signals_add_up_for_every_shipped_network(name: str) -> None:
    network, card = load(name)
    reference = torch.tensor(card.reference)
    X = genes(reference)
    with torch.inference_mode():
        difference = positive_logit(network, X) - positive_logit(network, reference[None])
    answer = integrated(network, X, reference)

    torch.testing.assert_close(answer["signal_integrated_gradients"].sum((1, 2)), difference, atol=1e-4, rtol=1e-2)
    assert answer["completeness_gap"].item() < 0.01


def test_a_gene_like_the_reference_has_no_contribution() -> None:
    reference = torch.rand(5, 100, generator=torch.Generator().manual_seed(0))
    answer = integrated(build("attentive_lstm"), reference[None], reference)

    assert (answer["signal_integrated_gradients"] == 0).all()
    assert answer["completeness_gap"].item() == 0
    with pytest.raises(ValueError, match=r"shape \(5, 99\), a gene \(5, 100\)"):
        integrated(build("attentive_lstm"), reference[None], reference[:, 1:])


@pytest.mark.parametrize("name", BETA)
def test_rollout_is_beta_times_alpha_and_sums_to_one(name: str) -> None:
    network, X = build(name), genes(torch.ones(5, 100), n=3)
    rollout = explain(ROLLOUT, network, X, parameters=ROLLOUT.parameters())["attention_rollout"]
    attended = network.attend(X)

    torch.testing.assert_close(rollout.sum((1, 2)), torch.ones(3))
    torch.testing.assert_close(rollout.sum(2), attended.mark_attention)
    torch.testing.assert_close(rollout[:, 2], attended.mark_attention[:, 2:3] * attended.bin_attention[:, 2])


@pytest.mark.parametrize("name", [name for name in CHROMATIN_ARCHITECTURES.names() if name not in BETA])
def test_rollout_is_refused_where_there_are_no_two_levels(name: str) -> None:
    with pytest.raises(ExplanationRefusedError, match=r"no attention over marks|no attention: it weighs"):
        explain(ROLLOUT, build(name), torch.rand(1, 5, 100), parameters=ROLLOUT.parameters())


def test_networks_that_answer_together_have_one_rollout() -> None:
    network, X = averaged([build(BETA[0]), build(BETA[0])]), genes(torch.ones(5, 100))
    rollout = explain(ROLLOUT, network, X, parameters=ROLLOUT.parameters())["attention_rollout"]

    torch.testing.assert_close(rollout.sum(), torch.tensor(1.0))


def test_no_name_means_two_methods() -> None:
    assert set(EXPLANATIONS).isdisjoint(CHROMATIN_EXPLANATIONS)
