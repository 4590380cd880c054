"""The histone signal that a network likes best for a class: DeepChrome's class-optimised pattern maps."""

from typing import Final, Literal

from torch import Tensor, nn

from models.card import PatternMap
from models.class_optimization import optimised_input
from models.predict import NEGATIVE, POSITIVE

ACTIVE_FROM: Final = 0.25
TARGETS: Final[dict[Literal["ON", "OFF"], int]] = {"ON": POSITIVE, "OFF": NEGATIVE}
DIGITS: Final = 4


def pattern_map(
    network: nn.Module,
    shape: tuple[int, int],
    *,
    target: Literal["ON", "OFF"],
    space: Literal["published", "log1p"],
    n_steps: int = 1000,
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

    def log_probability(X: Tensor) -> Tensor:
        signal = X if space == "published" else X.clamp(min=0.0).expm1()
        value: Tensor = network(signal)[0, TARGETS[target]]
        return value

    device = next(network.parameters()).device
    X = optimised_input(
        log_probability,
        shape,
        regularisation=0.009,
        learning_rate=0.1,
        n_steps=n_steps,
        random_state=random_state,
        device=device,
    )
    clamped = X.clamp(min=0.0, max=1.0 if space == "published" else None)
    largest = clamped.max()
    values = clamped / largest if largest > 0 else clamped
    return PatternMap(
        target=target,
        space=space,
        values=tuple(tuple(round(value, DIGITS) for value in row) for row in values.tolist()),
        active_bins=tuple((values >= ACTIVE_FROM).sum(1).tolist()),
        means=tuple(round(value, DIGITS) for value in values.mean(1).tolist()),
    )


def pattern_maps(network: nn.Module, shape: tuple[int, int], *, random_state: int) -> tuple[PatternMap, ...]:
    """Return the maps for ON and OFF, as published and in log1p space."""
    spaces: tuple[Literal["published", "log1p"], ...] = ("published", "log1p")
    return tuple(
        pattern_map(network, shape, target=target, space=space, random_state=random_state)
        for space in spaces
        for target in TARGETS
    )
