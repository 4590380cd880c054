from typing import Any

import pytest
import torch
from torch import nn

from models.checkpoints import checkpoint_names, load_checkpoint
from models.class_optimization import (
    OptimisationStep,
    as_frequencies,
    class_optimization,
    optimised_inputs,
    sequence_objective,
)
from models.predict import NEGATIVE


class Likes(nn.Module):
    """The logit of class bound is a weighted sum of the input."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        logit = (X * self.weight).sum((1, 2))
        return nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))


@pytest.fixture
def network() -> nn.Module:
    weight = torch.full((4, 3), -2.0)
    weight[2, 0] = weight[0, 1] = weight[3, 2] = 2.0
    return Likes(weight).eval().requires_grad_(False)


def test_the_input_that_the_network_likes_is_found(network: nn.Module) -> None:
    assert class_optimization(network, 3).argmax(0).tolist() == [2, 0, 3]


def test_the_other_class_gets_the_opposite(network: nn.Module) -> None:
    disliked = class_optimization(network, 3, target=NEGATIVE)

    assert disliked[[2, 0, 3], [0, 1, 2]].max() < disliked.max()


def test_equal_seeds_give_equal_matrices_and_the_network_keeps_no_gradient(network: nn.Module) -> None:
    first, second = (class_optimization(network, 3, n_steps=20, random_state=4) for _ in range(2))

    assert torch.equal(first, second)
    assert not torch.equal(first, class_optimization(network, 3, n_steps=20, random_state=5))
    assert all(parameter.grad is None for parameter in network.parameters())


def test_post_processing_clamps_scales_adds_and_normalises() -> None:
    frequencies = as_frequencies(torch.tensor([[2.0, -1.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.0]]))

    torch.testing.assert_close(frequencies[:, 0], torch.tensor([1.01, 0.51, 0.01, 0.01]) / 1.54)
    torch.testing.assert_close(frequencies[:, 1], torch.full((4,), 0.25))


def test_an_input_without_anything_positive_becomes_uniform() -> None:
    assert torch.equal(as_frequencies(torch.full((4, 2), -1.0)), torch.full((4, 2), 0.25))


NETWORKS = [name for name in checkpoint_names() if not name.endswith("kmer_logistic")]


def plain_loop(network: nn.Module, *, n_steps: int, seed: int) -> torch.Tensor:
    """DeMo's recipe as `class_optimization.lua` has it, written down once more."""
    X = torch.rand(1, 4, 101, generator=torch.Generator().manual_seed(seed)).requires_grad_(True)
    optimiser = torch.optim.RMSprop([X], lr=0.05, alpha=0.99, eps=1e-8)
    for _ in range(n_steps):
        optimiser.zero_grad()
        (-network(X)[0, 0] + 0.009 * (X**2).sum()).backward()
        optimiser.step()
    X = X.detach()[0].clamp(0, 1)
    X = X / X.max() + 0.01
    return X / X.sum(0)


def many(network: nn.Module, *, seeds: range, n_steps: int, **options: Any) -> torch.Tensor:
    objective = sequence_objective(network, 101, target=0)
    recipe = {"regularisation": 0.009, "learning_rate": 0.05} | options
    return optimised_inputs(objective, random_states=seeds, n_steps=n_steps, **recipe)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_shipped_network_follows_the_published_recipe(name: str) -> None:
    network, card = load_checkpoint(name)
    assert card.seed is not None

    torch.testing.assert_close(
        class_optimization(network, 101, n_steps=10, random_state=card.seed),
        plain_loop(network, n_steps=10, seed=card.seed),
        atol=1e-5,
        rtol=0,
    )


def test_a_thousand_steps_give_the_matrix_of_the_card() -> None:
    """Rounding grows over a thousand steps: where the CPU rounds otherwise than the one that made the card, so does
    the plain loop, and the card cannot be had there."""
    network, card = load_checkpoint("ctcf_weri-demo_cnn")
    ours = class_optimization(network, 101, random_state=card.seed)
    stored = torch.tensor(card.class_optimization)
    if (ours - stored).abs().max() > 1e-3 and (
        plain_loop(network, n_steps=1000, seed=card.seed) - stored
    ).abs().max() > 1e-3:
        pytest.skip("this CPU rounds otherwise than the one on which the card was made")

    torch.testing.assert_close(ours, stored, atol=1e-4, rtol=0)


@pytest.mark.parametrize("architecture", ["demo_cnn", "demo_rnn", "demo_cnn_rnn"])
def test_the_first_of_many_restarts_is_a_run_of_its_own_bit_for_bit_and_the_others_to_rounding(
    architecture: str,
) -> None:
    network = load_checkpoint(f"myc_h1-{architecture}").network
    together = many(network, seeds=range(7, 10), n_steps=60)
    alone = [many(network, seeds=range(seed, seed + 1), n_steps=60)[0] for seed in (7, 9)]

    assert torch.equal(together[0], alone[0])
    early = many(network, seeds=range(7, 10), n_steps=10)[2]
    torch.testing.assert_close(early, many(network, seeds=range(9, 10), n_steps=10)[0], atol=1e-4, rtol=0)
    assert (together[2] - together[0]).abs().max() > 0.1


def test_steps_are_told_from_the_start_to_the_end_with_what_belongs_to_their_input() -> None:
    network = load_checkpoint("myc_h1-demo_rnn").network
    told: list[tuple[int, torch.Tensor, torch.Tensor, torch.Tensor]] = []
    X = many(network, seeds=range(2), n_steps=5, on_step=lambda s: told.append((s.step, s.X.clone(), *s[2:])))

    assert [step for step, *_ in told] == list(range(6))
    assert torch.equal(told[-1][1], X)
    for _, at, log_probability, loss in told:
        torch.testing.assert_close(log_probability, network(at)[:, 0], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(loss, -log_probability + 0.009 * at.square().sum((1, 2)))
    assert told[-1][3].max() < told[0][3].min()


def test_what_the_callback_raises_ends_the_run() -> None:
    def stop(step: OptimisationStep) -> None:
        if step.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        many(load_checkpoint("myc_h1-demo_rnn").network, seeds=range(2), n_steps=5, on_step=stop)
