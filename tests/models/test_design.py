import numpy as np
import pytest
import torch
from ledidi import Ledidi
from tangermeme.design import greedy_substitution
from torch import nn

from models.checkpoints import load_checkpoint
from models.design import DesignStep, TargetLogit, count_edits, greedy_design, ledidi_design, target_probability
from models.examples import random_sequence
from models.sequence import decode, one_hot_encode

START = random_sequence(np.random.default_rng(3), 101)


class LikesG(nn.Module):
    """Logit of bound: one per G, less nine."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.0, 0.0, 1.0, 0.0]), requires_grad=False)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        logit = (X * self.weight[:, None]).sum((1, 2)) - 9.0
        return nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))


def test_the_logit_of_either_class_is_one_output_and_has_opposite_signs() -> None:
    network, X = LikesG(), one_hot_encode(["GGGAC", "AAAAA"])

    torch.testing.assert_close(TargetLogit(network, 0)(X), torch.tensor([[-6.0], [-9.0]]))
    torch.testing.assert_close(TargetLogit(network, 1)(X), torch.tensor([[6.0], [9.0]]))


def test_greedy_stops_once_the_wanted_probability_is_reached() -> None:
    design = greedy_design(LikesG().eval(), "A" * 20, wanted_probability=0.9, max_edits=20)

    assert design.count("G") == 12  # 9 + logit(0.9) = 11.2
    assert target_probability(LikesG(), design, target=0) > 0.9


def test_greedy_stops_at_its_edits_and_where_nothing_helps() -> None:
    assert count_edits("A" * 20, greedy_design(LikesG().eval(), "A" * 20, max_edits=5)) == 5
    assert greedy_design(LikesG().eval(), "G" * 6, max_edits=5) == "G" * 6


def test_greedy_leaves_torch_with_the_threads_that_it_had() -> None:
    greedy_design(LikesG().eval(), "A" * 20, max_edits=1)

    assert torch.get_num_threads() == 1


def test_greedy_is_tangermemes_own() -> None:
    network = load_checkpoint("myc_h1-demo_rnn").network
    steps: list[DesignStep] = []
    design = greedy_design(network, START, max_edits=3, wanted_probability=0.9999, on_step=steps.append)
    theirs = greedy_substitution(TargetLogit(network, 0), one_hot_encode([START]), max_iter=3, device="cpu")
    torch.set_num_threads(1)  # which the line above has changed

    assert design == decode(theirs)[0]
    assert [step.step for step in steps] == [0, 1, 2, 3]
    assert (steps[0].sequence, steps[-1].sequence) == (START, design)


def test_ledidi_is_ledidis_own_best_batch() -> None:
    network, seed = load_checkpoint("myc_h1-demo_rnn").network, 4
    steps: list[DesignStep] = []
    design = ledidi_design(network, START, n_steps=30, random_state=seed, on_step=steps.append)
    X = one_hot_encode([START])
    wanted = torch.tensor([[float(np.log(99))]])
    own = Ledidi(TargetLogit(network, 0), (4, 101), max_iter=30, random_state=seed, verbose=False)
    batch = own.fit_transform(X, wanted).detach().round()

    assert design in decode(batch)
    assert steps[-1] == (30, design)
    assert [step.step for step in steps] == list(range(31))


def test_ledidi_reaches_what_is_wanted_and_a_higher_cost_of_edits_means_fewer() -> None:
    network = load_checkpoint("ctcf_weri-demo_rnn").network
    cheap, dear = (ledidi_design(network, START, n_steps=200, edit_cost=cost, random_state=0) for cost in (0.01, 1.0))

    assert target_probability(network, cheap, target=0) > 0.9
    assert count_edits(START, dear) < count_edits(START, cheap)


@pytest.mark.parametrize("seed", [0, 1])
def test_equal_seeds_give_equal_designs_whatever_else_draws_random_numbers(seed: int) -> None:
    network = load_checkpoint("ctcf_weri-demo_rnn").network
    first = ledidi_design(network, START, n_steps=20, random_state=seed)
    torch.rand(7)

    assert ledidi_design(network, START, n_steps=20, random_state=seed) == first


def test_what_the_callback_raises_ends_the_design() -> None:
    class Enough(BaseException):
        pass

    def stop(step: DesignStep) -> None:
        if step.step == 2:
            raise Enough

    for design in (greedy_design, ledidi_design):
        with pytest.raises(Enough):
            design(LikesG().eval(), "ACGT" * 5, on_step=stop)
