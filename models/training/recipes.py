"""The recipes of the shipped checkpoints: first all factors together, then each factor from those weights."""

import math
from typing import Final, NamedTuple

from models.training.fit import Recipe

SEED: Final = 20260101


class TwoStageRecipe(NamedTuple):
    """Training on all factors together, then on one."""

    pooled: Recipe
    single: Recipe


RECIPES: Final = {
    "demo_cnn": TwoStageRecipe(
        Recipe(epochs=12, learning_rate=3e-3, dropout=0.2, largest_class=8000),
        Recipe(epochs=8, learning_rate=1.5e-3, dropout=0.2, largest_class=12000),
    ),
    "demo_rnn": TwoStageRecipe(
        Recipe(epochs=24, learning_rate=1e-2, dropout=0.1, largest_class=8000),
        Recipe(epochs=8, learning_rate=5e-3, dropout=0.1, largest_class=12000),
    ),
    "demo_cnn_rnn": TwoStageRecipe(
        Recipe(epochs=14, learning_rate=4e-3, dropout=0.2, largest_class=8000),
        Recipe(epochs=8, learning_rate=2e-3, dropout=0.2, largest_class=12000),
    ),
}

# One factor from random weights, on all of its sequences: the recipe that leads all factors from random weights.
OWN_RECIPES: Final = {
    name: stages.pooled.model_copy(update={"largest_class": None}) for name, stages in RECIPES.items()
}
OWN_STEPS: Final = 3000  # batches that a small set gets by more epochs
OWN_MOST_EPOCHS: Final = 60
OWN_PATIENCE: Final = 10


def own_recipe(architecture: str, *, n_training: int, **changes: float | None) -> Recipe:
    """Return the recipe of a set of one's own; None among the changes keeps the recipe's value.

    Parameters
    ----------
    architecture : str
    n_training : int
        Sequences of an epoch. Without `epochs` among the changes, a small set gets more of them.
    **changes
        Fields of `Recipe`.
    """
    recipe = OWN_RECIPES[architecture]
    given = {name: value for name, value in changes.items() if value is not None}
    recipe = Recipe(**(recipe.model_dump() | {"patience": OWN_PATIENCE} | given))
    if "epochs" in given:
        return recipe
    wanted = math.ceil(OWN_STEPS / math.ceil(n_training / recipe.batch_size))
    return recipe.model_copy(update={"epochs": min(max(wanted, recipe.epochs), OWN_MOST_EPOCHS)})
