"""The histone signal that a network likes best for a class: DeepChrome's class-optimised pattern maps."""

from typing import Final, Literal

from torch import Tensor, nn

from models.card import PatternMap
from models.channels_last import faster_convolutions
from models.class_optimization import N_STEPS, REGULARISATION, Objective, optimised_inputs
from models.predict import NEGATIVE, POSITIVE

Space = Literal["published", "log1p"]

ACTIVE_FROM: Final = 0.25
LEARNING_RATE: Final = 0.1
TARGETS: Final[dict[Literal["ON", "OFF"], int]] = {"ON": POSITIVE, "OFF": NEGATIVE}
DIGITS: Final = 4


def pattern_map(
    network: nn.Module,
    shape: tuple[int, int],
    *,
    target: Literal["ON", "OFF"],
    space: Space,
    n_steps: int = N_STEPS,
    random_state: int = 0,
) -> PatternMap:
    """Minimise ``-log P(target | X) + 0.009 * ||X||^2`` over an unconstrained signal.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode with frozen parameters; left as it was.
    shape : tuple of int
        (n_marks, n_bins).
    target : {"ON", "OFF"}
    space : {"published", "log1p"}
        ``published``: X itself, in reads, starts between 0 and 1 and is clamped to it, far below the counts that a
        network was trained on. ``log1p``, ours: log(1 + X) is what starts between 0 and 1, is penalised and drawn, and
        may grow to the height of real peaks.
    n_steps : int
        Of RMSprop with learning rate 0.1.
    random_state : int
        Seed of the start.

    Returns
    -------
    PatternMap
        Divided by its maximum; all zero where nothing is left of it.

    References
    ----------
    Singh et al., DeepChrome, Bioinformatics 2016, arXiv:1607.02078, section 3.3, as released.
    """

    objective = chromatin_objective(network, shape, target=TARGETS[target], space=space)
    (X,) = optimised_inputs(
        objective,
        random_states=(random_state,),
        regularisation=REGULARISATION,
        learning_rate=LEARNING_RATE,
        n_steps=n_steps,
    )
    return as_pattern_map(objective.finish(X), target=target, space=space)


def chromatin_objective(network: nn.Module, shape: tuple[int, int], *, target: int, space: Space) -> Objective:
    """Return DeepChrome's objective for a network that reads histone marks; 0 is ON, 1 is OFF."""
    of_many = faster_convolutions(network)
    return Objective(
        shape,
        lambda X: network(_as_signal(X, space))[:, target],
        lambda X: of_many(_as_signal(X, space))[:, target],
        lambda X: as_relative(X, space=space),
        next(network.parameters()).device,
    )


def _as_signal(X: Tensor, space: Space) -> Tensor:
    return X if space == "published" else X.clamp(min=0.0).expm1()


def as_relative(X: Tensor, *, space: Space) -> Tensor:
    """Return an optimised input without its negative values (published: nor those above 1) over its maximum."""
    clamped = X.clamp(min=0.0, max=1.0 if space == "published" else None)
    largest = clamped.max()
    return clamped / largest if largest > 0 else clamped


def as_pattern_map(values: Tensor, *, target: Literal["ON", "OFF"], space: Space) -> PatternMap:
    """Round a map, shape (n_marks, n_bins), and count its active bins."""
    return PatternMap(
        target=target,
        space=space,
        values=tuple(tuple(round(value, DIGITS) for value in row) for row in values.tolist()),
        active_bins=tuple((values >= ACTIVE_FROM).sum(1).tolist()),
        means=tuple(round(value, DIGITS) for value in values.mean(1).tolist()),
    )


def pattern_maps(network: nn.Module, shape: tuple[int, int], *, random_state: int) -> tuple[PatternMap, ...]:
    """Return the maps for ON and OFF, as published and in log1p space."""
    spaces: tuple[Space, ...] = ("published", "log1p")
    return tuple(
        pattern_map(network, shape, target=target, space=space, random_state=random_state)
        for space in spaces
        for target in TARGETS
    )
