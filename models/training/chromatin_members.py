"""How a shipped chromatin network is trained: its members, each mark alone first where the recipe says so."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from models.architectures.attentivechrome import AttentiveLSTMAlpha
from models.averaged import averaged
from models.baselines import CHROMATIN_BASELINES
from models.checkpoints import architecture_spec
from models.chromatin_layers import MarkEncoder, initialise_for_length
from models.histone import MARKS
from models.training.chromatin_baselines import SIMPLE_METHODS
from models.training.chromatin_fit import ChromatinRecipe, Hooks, Validation, fit_chromatin
from models.training.fit import History

Weights = dict[str, Tensor]


def parameters_of(architecture: str, n_bins: int) -> dict[str, Any]:
    """Return what the class of a shipped architecture or baseline is called with."""
    if architecture in CHROMATIN_BASELINES:
        return {"features": SIMPLE_METHODS[architecture].features, "n_bins": n_bins}
    return {"scale": "log1p"} | ({"n_bins": n_bins} if architecture.startswith("deepchrome") else {})


def fit_members(architecture: str, X: Tensor, on: Tensor, *, recipe: ChromatinRecipe, random_state: int) -> nn.Module:
    """Train the recipe's members and return the network that averages them; parameters as in `train_members`."""
    return train_members(architecture, X, on, recipe=recipe, random_state=random_state).network


class Members(NamedTuple):
    """The network that averages the members, and how the training of each went."""

    network: nn.Module
    histories: tuple[History, ...]


def train_members(
    architecture: str,
    X: Tensor,
    on: Tensor,
    *,
    recipe: ChromatinRecipe,
    random_state: int,
    device: str = "cpu",
    validation: Validation | None = None,
    hooks: Callable[[str], Hooks] = lambda _: Hooks(),
) -> Members:
    """Train the recipe's members.

    Parameters
    ----------
    architecture : str
        Of `CHROMATIN_ARCHITECTURES`.
    X : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    recipe : ChromatinRecipe
    random_state : int
        Member i is seeded with random_state + i.
    device : str
        The network that is returned is on the CPU.
    validation : Validation, optional
        Stops each member early.
    hooks : callable
        ``hooks(stage)``, where `stage` is ``member 1`` or ``member 1, H3K4me3 alone``.
    """
    members, histories = [], []
    for number in range(recipe.members):
        seed = random_state + number
        network = _start(architecture, X.shape[2], recipe, seed)
        stage = f"member {number + 1}"
        encoders = _encoders(network)
        if recipe.epochs_by_mark and len(encoders) == len(MARKS):
            for mark, encoder in enumerate(encoders):
                watched = hooks(f"{stage}, {MARKS[mark]} alone")
                encoder.load_state_dict(_mark_alone(X[:, [mark]], on, recipe, seed, device=device, hooks=watched))
        history = fit_chromatin(
            network,
            X,
            on,
            recipe=recipe,
            random_state=seed,
            device=device,
            validation=validation,
            hooks=hooks(stage),
        )
        histories.append(history)
        members.append(network.cpu())
    return Members(averaged(members), tuple(histories))


def _start(architecture: str, n_bins: int, recipe: ChromatinRecipe, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    network = architecture_spec(architecture).network(**parameters_of(architecture, n_bins), dropout=recipe.dropout)
    if recipe.long_memory:
        for lstm in (module for module in network.modules() if isinstance(module, nn.LSTM)):
            initialise_for_length(lstm, n_bins)
    return network


def _encoders(network: nn.Module) -> list[MarkEncoder]:
    return [module for module in network.modules() if isinstance(module, MarkEncoder)]


def _mark_alone(
    X: Tensor, on: Tensor, recipe: ChromatinRecipe, random_state: int, *, device: str, hooks: Hooks
) -> Weights:
    torch.manual_seed(random_state)
    network = AttentiveLSTMAlpha(n_marks=1, scale="log1p", dropout=recipe.dropout)
    if recipe.long_memory:
        initialise_for_length(_encoders(network)[0].lstm, X.shape[2])
    alone = recipe.model_copy(update={"epochs": recipe.epochs_by_mark, "learning_rate": recipe.learning_rate_by_mark})
    fit_chromatin(network, X, on, recipe=alone, random_state=random_state, device=device, hooks=hooks)
    return _encoders(network.cpu())[0].state_dict()
