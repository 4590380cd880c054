"""A training that is interrupted and goes on ends with the very weights of one that was not."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from models.checkpoints import architecture_spec
from models.examples import plant, random_sequence
from models.sequence import one_hot_encode
from models.training.fit import History, Recipe, fit
from models.training.resume import Loop, Reached, ResumeError, resume_training, training_state
from models.training.splits import Labelled, TrainingSet

RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=1e-2, dropout=0.3)
ARCHITECTURES = ["demo_cnn", "demo_rnn", "demo_cnn_rnn"]


class Interrupted(BaseException):
    """What a worker that is to stop raises."""


def labelled(n: int, *, seed: int) -> Labelled:
    rng = np.random.default_rng(seed)
    texts = [plant(random_sequence(rng, 40), "CCACGTGGAC", start=int(rng.integers(30))) for _ in range(n)]
    texts += [random_sequence(rng, 40) for _ in range(n)]
    return Labelled(one_hot_encode(texts).to(torch.int8), torch.arange(2 * n) < n)


TRAINING, VALIDATION = labelled(30, seed=1), labelled(15, seed=2)


def new_network(architecture: str) -> nn.Module:
    torch.manual_seed(7)
    return architecture_spec(architecture).network(input_length=40, dropout=RECIPE.dropout)


def train(network: nn.Module, *, recipe: Recipe = RECIPE, **options: object) -> History:
    sets = [TrainingSet(TRAINING.X[TRAINING.bound], None)]
    return fit(network, sets, validation=VALIDATION, recipe=recipe, random_state=3, **options)  # type: ignore[arg-type]


def equal(first: nn.Module, second: nn.Module) -> bool:
    a, b = first.state_dict(), second.state_dict()
    return all(a[name].numpy().tobytes() == b[name].numpy().tobytes() for name in a)


def stop_after(n_batches: int) -> Callable[[int, int], None]:
    def on_batch(done: int, _: int) -> None:
        if done == n_batches:
            raise Interrupted

    return on_batch


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("stopped_in", [6, 11, 15])  # 4 batches an epoch: in the second, third and fourth
def test_a_training_that_goes_on_ends_as_an_undisturbed_one(architecture: str, stopped_in: int) -> None:
    undisturbed, interrupted, again = (new_network(architecture) for _ in range(3))
    expected = train(undisturbed)
    kept: list[bytes] = []
    with pytest.raises(Interrupted):
        train(interrupted, keep=kept.append, on_batch=stop_after(stopped_in))
    assert len(kept) == (stopped_in - 1) // 4

    torch.manual_seed(999)  # another process stands elsewhere
    seen: list[tuple[int, int]] = []
    history = train(again, resume=kept[-1], on_batch=lambda *at: seen.append(at))

    assert history == expected
    assert equal(again, undisturbed)
    assert seen == [(done, 16) for done in range(4 * len(kept) + 1, 17)]


def test_a_finished_training_gives_its_best_weights_without_training_again() -> None:
    first, again = new_network("demo_cnn"), new_network("demo_cnn")
    kept: list[bytes] = []
    expected = train(first, keep=kept.append)

    assert train(again, resume=kept[-1], on_batch=stop_after(1)) == expected
    assert equal(again, first)


def test_an_early_stop_is_remembered() -> None:
    recipe = RECIPE.model_copy(update={"learning_rate": 0.0, "patience": 2})
    kept: list[bytes] = []
    train(new_network("demo_cnn"), recipe=recipe, keep=kept.append)

    history = train(new_network("demo_cnn"), recipe=recipe, resume=kept[-1], on_batch=stop_after(1))

    assert (len(history.epochs), history.best) == (3, 0)


def test_an_interruption_leaves_the_generator_of_the_process_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    network = architecture_spec("demo_cnn").network(input_length=40)
    torch.set_rng_state(before)
    with pytest.raises(Interrupted):
        train(network, on_batch=stop_after(2))

    assert torch.equal(torch.get_rng_state(), before)


def test_the_state_of_another_training_is_refused() -> None:
    kept: list[bytes] = []
    train(new_network("demo_cnn"), keep=kept.append)

    with pytest.raises(ResumeError, match="another training"):
        train(new_network("demo_cnn"), recipe=RECIPE.model_copy(update={"dropout": 0.1}), resume=kept[0])


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_state_is_refused(damage: bytes | None) -> None:
    kept: list[bytes] = []
    train(new_network("demo_cnn"), keep=kept.append)
    content = kept[0][:-100] if damage is None else damage

    with pytest.raises(ResumeError, match="damaged"):
        resume_training(content, loop(new_network("demo_cnn"), torch.optim.Adam), identity="x")


def loop(network: nn.Module, optimiser: type[torch.optim.Optimizer]) -> Loop:
    steps = optimiser(network.parameters(), lr=1e-2)  # type: ignore[call-arg]
    return Loop(network, steps, torch.optim.lr_scheduler.OneCycleLR(steps, 1e-2, total_steps=8))


@pytest.mark.parametrize("optimiser", [torch.optim.Adam, torch.optim.AdamW])
def test_any_optimiser_goes_on(optimiser: type[torch.optim.Optimizer]) -> None:
    def steps(of: Loop, n: int) -> None:
        for _ in range(n):
            of.optimiser.zero_grad()
            of.network(torch.rand(6, 3)).sum().backward()
            of.optimiser.step()
            of.schedule.step()

    torch.manual_seed(0)
    one, two = (loop(nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)), optimiser) for _ in range(2))
    steps(one, 3)
    content = training_state(one, Reached(((0.5, float("nan")),)), identity="x")
    steps(one, 5)
    reached = resume_training(content, two, identity="x")
    steps(two, 5)

    assert equal(one.network, two.network)
    assert one.optimiser.param_groups[0]["lr"] == two.optimiser.param_groups[0]["lr"]
    assert reached.epochs[0][0] == 0.5
    assert (reached.best, reached.best_weights) == (-1, {})
