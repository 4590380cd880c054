"""The input that a network likes best, found by gradient descent: DeMo's class optimisation."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.predict import POSITIVE
from models.sequence import ALPHABET


def class_optimization(
    network: nn.Module,
    length: int,
    *,
    target: int = POSITIVE,
    regularisation: float = 0.009,
    learning_rate: float = 0.05,
    n_steps: int = 1000,
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
    X = optimised_input(
        lambda X: network(X)[0, target],
        (len(ALPHABET), length),
        regularisation=regularisation,
        learning_rate=learning_rate,
        n_steps=n_steps,
        random_state=random_state,
        device=next(network.parameters()).device,
    )
    return as_frequencies(X)


def optimised_input(
    log_probability: Callable[[Tensor], Tensor],
    shape: tuple[int, int],
    *,
    regularisation: float,
    learning_rate: float,
    n_steps: int,
    random_state: int,
    device: torch.device,
) -> Tensor:
    """Minimise ``-log_probability(X) + regularisation * ||X||^2`` by RMSprop from a uniform start between 0 and 1.

    Parameters
    ----------
    log_probability : callable
        Maps X, shape (1, *shape), to a scalar.
    shape : tuple of int

    Returns
    -------
    Tensor, of that shape, on the CPU
    """
    generator = torch.Generator().manual_seed(random_state)
    X = torch.rand(1, *shape, generator=generator).to(device).requires_grad_(True)
    optimiser = torch.optim.RMSprop([X], lr=learning_rate, alpha=0.99, eps=1e-8)
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        for _ in range(n_steps):
            optimiser.zero_grad()
            loss = -log_probability(X) + regularisation * X.square().sum()
            loss.backward()
            optimiser.step()
    return X.detach()[0].cpu()


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
