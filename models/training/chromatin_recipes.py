"""The recipes of the shipped chromatin checkpoints, by architecture, for few genes and for thousands."""

from typing import Final

from models.training.chromatin_fit import ChromatinRecipe

MANY_GENES: Final = 5000

_FEW_LSTM: Final = ChromatinRecipe(
    epochs=20, batch_size=16, learning_rate=5e-3, weight_decay=0.01, dropout=0.3, members=2, long_memory=True
)
FEW: Final = {
    "deepchrome": ChromatinRecipe(epochs=10, batch_size=32, learning_rate=1e-3, weight_decay=0.01, dropout=0.8),
    "attentive_lstm_alpha": _FEW_LSTM,
    "attentive_lstm_alpha_beta": _FEW_LSTM,
}
_BY_MARK: Final = ChromatinRecipe(
    epochs=8,
    batch_size=64,
    learning_rate=3e-3,
    weight_decay=0.01,
    dropout=0.2,
    members=3,
    long_memory=True,
    epochs_by_mark=20,
)
MANY: Final = {
    "deepchrome": ChromatinRecipe(epochs=8, batch_size=64, learning_rate=5e-4, weight_decay=0.05, dropout=0.3),
    "attentive_lstm_attn": ChromatinRecipe(
        epochs=30, batch_size=64, learning_rate=1e-2, weight_decay=0.01, dropout=0.2, members=3, long_memory=True
    ),
    "attentive_lstm_alpha": _BY_MARK,
    "attentive_lstm_alpha_beta": _BY_MARK,
}
SHIPPED: Final = tuple(FEW)
SHIPPED_10KB: Final = ("attentive_lstm_alpha", "attentive_lstm_alpha_beta")


def chromatin_recipe(architecture: str, n_genes: int) -> ChromatinRecipe:
    """Return the recipe for an architecture; what is not shipped is trained as LSTM-alpha or DeepChrome are."""
    recipes = MANY if n_genes >= MANY_GENES else FEW
    alike = "deepchrome" if architecture.startswith("deepchrome") else "attentive_lstm_alpha"
    return recipes.get(architecture, recipes[alike])
