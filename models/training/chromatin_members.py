"""How a shipped chromatin network is trained: its members, each mark alone first where the recipe says so."""

from typing import Any

import torch
from torch import Tensor, nn

from models.architectures.attentivechrome import AttentiveLSTMAlpha
from models.averaged import averaged
from models.baselines import CHROMATIN_BASELINES
from models.checkpoints import architecture_spec
from models.chromatin_layers import MarkEncoder, initialise_for_length
from models.training.chromatin_baselines import SIMPLE_METHODS
from models.training.chromatin_fit import ChromatinRecipe, fit_chromatin

Weights = dict[str, Tensor]


def parameters_of(architecture: str, n_bins: int) -> dict[str, Any]:
    """Return what the class of a shipped architecture or baseline is called with."""
    if architecture in CHROMATIN_BASELINES:
        return {"features": SIMPLE_METHODS[architecture].features, "n_bins": n_bins}
    return {"scale": "log1p"} | ({"n_bins": n_bins} if architecture.startswith("deepchrome") else {})


def fit_members(architecture: str, X: Tensor, on: Tensor, *, recipe: ChromatinRecipe, random_state: int) -> nn.Module:
    """Train the recipe's members and return the network that averages them.

    Parameters
    ----------
    architecture : str
        Of `CHROMATIN_ARCHITECTURES`.
    X : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    recipe : ChromatinRecipe
    random_state : int
        Member i is seeded with random_state + i.
    """
    members = []
    for seed in range(random_state, random_state + recipe.members):
        network = _start(architecture, X.shape[2], recipe, seed)
        if recipe.epochs_by_mark:
            for mark, encoder in enumerate(_encoders(network)):
                encoder.load_state_dict(_mark_alone(X[:, [mark]], on, recipe, seed))
        fit_chromatin(network, X, on, recipe=recipe, random_state=seed)
        members.append(network)
    return averaged(members)


def _start(architecture: str, n_bins: int, recipe: ChromatinRecipe, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    network = architecture_spec(architecture).network(**parameters_of(architecture, n_bins), dropout=recipe.dropout)
    if recipe.long_memory:
        for lstm in (module for module in network.modules() if isinstance(module, nn.LSTM)):
            initialise_for_length(lstm, n_bins)
    return network


def _encoders(network: nn.Module) -> list[MarkEncoder]:
    return [module for module in network.modules() if isinstance(module, MarkEncoder)]


def _mark_alone(X: Tensor, on: Tensor, recipe: ChromatinRecipe, random_state: int) -> Weights:
    torch.manual_seed(random_state)
    network = AttentiveLSTMAlpha(n_marks=1, scale="log1p", dropout=recipe.dropout)
    if recipe.long_memory:
        initialise_for_length(_encoders(network)[0].lstm, X.shape[2])
    alone = recipe.model_copy(update={"epochs": recipe.epochs_by_mark, "learning_rate": recipe.learning_rate_by_mark})
    fit_chromatin(network, X, on, recipe=alone, random_state=random_state)
    return _encoders(network)[0].state_dict()
