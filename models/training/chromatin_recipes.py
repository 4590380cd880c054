"""The recipes of the shipped chromatin checkpoints, by architecture, for few genes and for thousands."""

from typing import Final

from models.training.chromatin_fit import ChromatinRecipe

MANY_GENES: Final = 5000

# Of 400 genes the networks learn all there is in a few epochs; more dropout and fewer epochs were what helped.
FEW: Final = {
    "deepchrome": ChromatinRecipe(epochs=10, batch_size=32, learning_rate=1e-3, weight_decay=0.01, dropout=0.8),
    "attentive_lstm_alpha": ChromatinRecipe(
        epochs=12, batch_size=16, learning_rate=5e-3, weight_decay=0.01, dropout=0.5
    ),
    "attentive_lstm_alpha_beta": ChromatinRecipe(
        epochs=12, batch_size=16, learning_rate=5e-3, weight_decay=0.01, dropout=0.5
    ),
}
MANY: Final = {
    "deepchrome": ChromatinRecipe(epochs=12, batch_size=64, learning_rate=1e-3, weight_decay=0.01, dropout=0.5),
    "attentive_lstm_alpha": ChromatinRecipe(
        epochs=10, batch_size=64, learning_rate=5e-3, weight_decay=0.01, dropout=0.3
    ),
    "attentive_lstm_alpha_beta": ChromatinRecipe(
        epochs=10, batch_size=64, learning_rate=5e-3, weight_decay=0.01, dropout=0.3
    ),
}
SHIPPED: Final = tuple(FEW)


def chromatin_recipe(architecture: str, n_genes: int) -> ChromatinRecipe:
    """Return the recipe for an architecture; what is not shipped is trained as LSTM-alpha or DeepChrome are."""
    recipes = MANY if n_genes >= MANY_GENES else FEW
    alike = "deepchrome" if architecture.startswith("deepchrome") else "attentive_lstm_alpha"
    return recipes.get(architecture, recipes[alike])
