"""The input that a network likes best, found by gradient descent: DeMo's class optimisation."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from models.channels_last import faster_convolutions
from models.predict import POSITIVE
from models.sequence import ALPHABET

REGULARISATION: Final = 0.009
LEARNING_RATE: Final = 0.05
N_STEPS: Final = 1000
CHUNK: Final = 25  # restarts that go through a network at a time: more do not fit the cache, and an LSTM gets slower


class Objective(NamedTuple):
    """What is optimised, and how the outcome is drawn.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns of one input.
    log_probabilities, of_many : callable
        Map X, shape (n, *shape), to log P(target), shape (n,), row by row, so that restarts do not meet. The second
        may differ in rounding and is fast for many.
    finish : callable
        The published post-processing of one X, shape `shape`.
    device : torch.device
    """

    shape: tuple[int, int]
    log_probabilities: Callable[[Tensor], Tensor]
    of_many: Callable[[Tensor], Tensor]
    finish: Callable[[Tensor], Tensor]
    device: torch.device


class OptimisationStep(NamedTuple):
    """Where all restarts are after a number of steps.

    Attributes
    ----------
    step : int
        Steps done: 0 is the start.
    X : Tensor, shape (n_restarts, rows, columns)
        Before post-processing. The next step overwrites it: clone what is to be kept.
    log_probability, loss : Tensor, shape (n_restarts,)
        Of this X: log P(target), natural logarithm, and what is minimised.
    """

    step: int
    X: Tensor
    log_probability: Tensor
    loss: Tensor


def class_optimization(
    network: nn.Module,
    length: int,
    *,
    target: int = POSITIVE,
    regularisation: float = REGULARISATION,
    learning_rate: float = LEARNING_RATE,
    n_steps: int = N_STEPS,
    random_state: int = 0,
) -> Tensor:
    """Minimise ``-log P(target | X) + regularisation * ||X||^2`` over an unconstrained input.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode with frozen parameters; left as it was.
    length : int
        Columns of the input.
    target : int
        Class to maximise; 0 is bound.
    regularisation, learning_rate, n_steps
        Lambda, step size and steps of RMSprop (alpha 0.99, eps 1e-8).
    random_state : int
        Seed of the start, uniform between 0 and 1.

    Returns
    -------
    Tensor, shape (4, length)
        After DeMo's post-processing: clamped to 0..1, divided by the global maximum, 0.01 added, each column
        divided by its sum. It is not a DNA sequence, and no test sequence enters.

    References
    ----------
    Lanchantin et al., PSB 2017, arXiv:1608.03644, section 4.3, as released in ``class_optimization.lua`` (the paper
    prints the regulariser with the opposite sign).
    """
    objective = sequence_objective(network, length, target=target)
    (X,) = optimised_inputs(
        objective,
        random_states=(random_state,),
        regularisation=regularisation,
        learning_rate=learning_rate,
        n_steps=n_steps,
    )
    return objective.finish(X)


def sequence_objective(network: nn.Module, length: int, *, target: int) -> Objective:
    """Return DeMo's objective for a network that reads DNA; 0 is bound, 1 is unbound."""
    of_many = faster_convolutions(network)
    return Objective(
        (len(ALPHABET), length),
        lambda X: network(X)[:, target],
        lambda X: of_many(X)[:, target],
        as_frequencies,
        next(network.parameters()).device,
    )


def optimised_inputs(
    objective: Objective,
    *,
    random_states: Sequence[int],
    regularisation: float,
    learning_rate: float,
    n_steps: int,
    on_step: Callable[[OptimisationStep], None] | None = None,
) -> Tensor:
    """Minimise ``-log P(target | X) + regularisation * ||X||^2`` by RMSprop from uniform starts between 0 and 1.

    Parameters
    ----------
    objective : Objective
    random_states : sequence of int
        Seed of each restart's start. The loss is the sum over restarts and RMSprop treats every number by itself, so
        each restart takes the steps that it would take alone. The first goes through the network by itself and is
        equal bit for bit to a run of its own; the others go in chunks, where rounding differs, which a thousand steps
        of RMSprop can turn into another optimum as good.
    on_step : callable, optional
        Called before every step and after the last one, ``n_steps + 1`` times; what it raises ends the run.

    Returns
    -------
    Tensor, shape (len(random_states), *objective.shape), on the CPU
        Before post-processing.
    """
    starts = [torch.rand(*objective.shape, generator=torch.Generator().manual_seed(seed)) for seed in random_states]
    X = torch.stack(starts).to(objective.device).requires_grad_(True)
    optimiser = torch.optim.RMSprop([X], lr=learning_rate, alpha=0.99, eps=1e-8)
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        for step in range(n_steps):
            optimiser.zero_grad()
            log_probability, loss = _backward(objective, X, regularisation)
            if on_step:
                on_step(OptimisationStep(step, X.detach(), log_probability, loss))
            optimiser.step()
        if on_step:
            on_step(OptimisationStep(n_steps, X.detach(), *_backward(objective, X, regularisation)))
    return X.detach().cpu()


def _backward(objective: Objective, X: Tensor, regularisation: float) -> tuple[Tensor, Tensor]:
    """Add the gradient of the sum of losses to X, chunk by chunk; return log-probabilities and losses."""
    parts = []
    for number, chunk in enumerate((X[:1], *(X[1:].split(CHUNK) if len(X) > 1 else ()))):
        log_probability = (objective.of_many if number else objective.log_probabilities)(chunk)
        loss = -log_probability + regularisation * chunk.square().sum((1, 2))
        loss.sum().backward()
        parts.append((log_probability.detach(), loss.detach()))
    log_probabilities, losses = zip(*parts, strict=True)
    return torch.cat(log_probabilities), torch.cat(losses)


def as_frequencies(X: Tensor) -> Tensor:
    """Turn an optimised input into columns that can be drawn as a logo.

    Parameters
    ----------
    X : Tensor, shape (4, length)

    Returns
    -------
    Tensor, shape (4, length)
        Each column sums to 1.
    """
    clamped = X.clamp(0.0, 1.0)
    largest = clamped.max()
    scaled = (clamped / largest if largest > 0 else clamped) + 0.01
    return scaled / scaled.sum(0)
