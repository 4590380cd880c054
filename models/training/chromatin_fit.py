"""The training loop of networks that read histone marks: one cycle of the learning rate, a fixed number of epochs."""

import math
from collections.abc import Callable

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from models.predict import NEGATIVE, POSITIVE


class ChromatinRecipe(BaseModel):
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        The learning rate follows one cycle (linear warm-up, cosine decay) over all of them; there is no early
        stopping, so that a fold needs no validation genes taken from the few there are.
    batch_size : int
    learning_rate : float
        The cycle's peak, for AdamW.
    weight_decay : float
    dropout : float
    gradient_norm : float
        Largest norm of the gradient, as in AttentiveChrome.
    members : int
        Networks with different seeds whose logits and attention are averaged.
    long_memory : bool
        Start the LSTMs with forget gates that span the window (`initialise_for_length`), so that attention can learn
        to count its way to a bin in the middle.
    epochs_by_mark : int
        Epochs in which each mark's encoder is trained alone first; together, one mark that is easy to find keeps the
        others from learning where to look.
    learning_rate_by_mark : float
        Of those epochs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    dropout: float
    gradient_norm: float = 1.0
    members: int = 1
    long_memory: bool = False
    epochs_by_mark: int = 0
    learning_rate_by_mark: float = 1e-2


def fit_chromatin(
    network: nn.Module,
    X: Tensor,
    target: Tensor,
    *,
    recipe: ChromatinRecipe,
    random_state: int,
    device: str = "cpu",
    progress: Callable[[int, float], None] | None = None,
) -> None:
    """Train `network` in place and leave it in evaluation mode.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2), or log10 expression, shape (batch, 1).
    X : Tensor, shape (n, n_marks, n_bins)
    target : Tensor, shape (n,)
        Of bool: ON, trained by negative log-likelihood. Of float: log10 expression, trained by mean squared error.
    recipe : ChromatinRecipe
    random_state : int
        Seeds order and dropout; equal seeds give equal weights on the same kind of device.
    device : str
    progress : callable, optional
        Called after each epoch with its number and mean loss.
    """
    network.to(device).train()
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(random_state)
        optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            recipe.learning_rate,
            total_steps=recipe.epochs * math.ceil(len(X) / recipe.batch_size),
            pct_start=0.2,
        )
        for epoch in range(recipe.epochs):
            total = 0.0
            for chosen in torch.randperm(len(X)).split(recipe.batch_size):
                optimiser.zero_grad()
                loss = _loss(network(X[chosen].to(device)), target[chosen].to(device))
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), recipe.gradient_norm)
                optimiser.step()
                schedule.step()
                total += loss.item() * len(chosen)
            if progress:
                progress(epoch, total / len(X))
    network.eval()


def _loss(output: Tensor, target: Tensor) -> Tensor:
    if target.dtype == torch.bool:
        return nn.functional.nll_loss(output, torch.where(target, POSITIVE, NEGATIVE))
    return nn.functional.mse_loss(output[:, 0], target)
