"""The training loop of networks that read histone marks: one cycle of the learning rate, early stopping."""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from models.predict import NEGATIVE, POSITIVE
from models.training.fit import Epoch, History, score
from models.training.resume import Loop, Reached, copied_weights, resume_training, training_state

WARM_UP: Final = 0.2


class ChromatinRecipe(BaseModel):
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        The learning rate follows one cycle (linear warm-up, cosine decay) over all of them. The shipped networks are
        trained without early stopping, so that a fold needs no validation genes taken from the few there are.
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


class Hooks(NamedTuple):
    """Who watches a training, and how it goes on after an interruption.

    Attributes
    ----------
    progress : callable, optional
        Called after each epoch with its number and what it reached, once its state is kept.
    on_batch : callable, optional
        Called after each batch with the numbers of batches done and planned; what it raises ends the training.
    resume : bytes, optional
        What `keep` was last given by the same training: this one goes on from there, to the weights that it would have
        reached undisturbed.
    keep : callable, optional
        Given the state of the training after each epoch.
    """

    progress: Callable[[int, Epoch], None] | None = None
    on_batch: Callable[[int, int], None] | None = None
    resume: bytes | None = None
    keep: Callable[[bytes], None] | None = None


class Validation(NamedTuple):
    """Genes that choose the best epoch by AUROC, never trained on.

    Attributes
    ----------
    X : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    patience : int
        Stop after so many epochs without a better AUROC.
    """

    X: Tensor
    on: Tensor
    patience: int


_UNWATCHED: Final = Hooks()


def fit_chromatin(
    network: nn.Module,
    X: Tensor,
    target: Tensor,
    *,
    recipe: ChromatinRecipe,
    random_state: int,
    device: str = "cpu",
    validation: Validation | None = None,
    hooks: Hooks = _UNWATCHED,
) -> History:
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
    validation : Validation, optional
        The weights of the best epoch are kept; without it those of the last.
    hooks : Hooks

    Returns
    -------
    History
        Validation AUROC is NaN where nothing was validated.

    Raises
    ------
    ResumeError
        If `hooks.resume` is damaged or belongs to another training.
    """
    network.to(device)
    n_batches = math.ceil(len(X) / recipe.batch_size)
    n_validated = len(validation.X) if validation else 0
    identity = f"{recipe.model_dump_json()}, seed {random_state}, {len(X)} genes, {n_validated} to validate"
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(random_state)
        loop = _loop(network, recipe, n_planned=recipe.epochs * n_batches)
        reached = resume_training(hooks.resume, loop, identity=identity) if hooks.resume else Reached()
        for number in range(len(reached.epochs), recipe.epochs):
            if validation and _is_over(reached, validation.patience):
                break

            def after_batch(done: int, number: int = number) -> None:
                if hooks.on_batch:
                    hooks.on_batch(number * n_batches + done, recipe.epochs * n_batches)

            loss = _train_epoch(loop, X, target, recipe=recipe, device=device, after_batch=after_batch)
            reached = _after_epoch(reached, loss, network, validation, device=device)
            if hooks.keep:
                hooks.keep(training_state(loop, reached, identity=identity))
            if hooks.progress:
                hooks.progress(number, Epoch(*reached.epochs[-1]))
    if reached.best_weights:
        network.load_state_dict(reached.best_weights)
    network.eval()
    return History(tuple(Epoch(*epoch) for epoch in reached.epochs), reached.best)


def _loop(network: nn.Module, recipe: ChromatinRecipe, *, n_planned: int) -> Loop:
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    warm_up = WARM_UP if n_planned * WARM_UP != 1 else 2 * WARM_UP  # torch divides by the steps of the warm-up less 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=n_planned, pct_start=warm_up
    )
    return Loop(network, optimiser, schedule)


def _train_epoch(
    loop: Loop,
    X: Tensor,
    target: Tensor,
    *,
    recipe: ChromatinRecipe,
    device: str,
    after_batch: Callable[[int], None],
) -> float:
    network, optimiser, schedule = loop
    network.train()
    total = 0.0
    for done, chosen in enumerate(torch.randperm(len(X)).split(recipe.batch_size), start=1):
        optimiser.zero_grad()
        loss = _loss(network(X[chosen].to(device)), target[chosen].to(device))
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), recipe.gradient_norm)
        optimiser.step()
        schedule.step()
        total += loss.item() * len(chosen)
        after_batch(done)
    return total / len(X)


def _after_epoch(
    reached: Reached, loss: float, network: nn.Module, validation: Validation | None, *, device: str
) -> Reached:
    """Write the epoch down, and keep its weights if it is the best so far."""
    if validation is None:
        return reached._replace(epochs=(*reached.epochs, Epoch(loss, math.nan)))
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - 150 MB, for who trains

    auroc = float(roc_auc_score(validation.on, score(network, validation.X, device=device)))
    epochs = (*reached.epochs, Epoch(loss, auroc))
    if reached.best < 0 or auroc > Epoch(*reached.epochs[reached.best]).validation_auroc:
        return Reached(epochs, len(epochs) - 1, copied_weights(network))
    return reached._replace(epochs=epochs)


def _is_over(reached: Reached, patience: int) -> bool:
    return bool(reached.epochs) and len(reached.epochs) - 1 - reached.best >= patience


def _loss(output: Tensor, target: Tensor) -> Tensor:
    if target.dtype == torch.bool:
        return nn.functional.nll_loss(output, torch.where(target, POSITIVE, NEGATIVE))
    return nn.functional.mse_loss(output[:, 0], target)
