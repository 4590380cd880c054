"""The recipes of the shipped checkpoints: first all factors together, then each factor from those weights."""

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
