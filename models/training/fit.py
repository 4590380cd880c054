"""The training loop: shuffled batches, fresh negatives, early stopping with the best weights kept."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import Final, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from tqdm import tqdm

from models.predict import NEGATIVE, POSITIVE, positive_logit
from models.sequence import reverse_complement_one_hot
from models.training.resume import Loop, Reached, copied_weights, resume_training, training_state
from models.training.splits import Labelled, TrainingSet, shuffled

_SCORING_BATCH: Final = 64  # larger batches lose cache locality on a CPU
_SEEDS_PER_EPOCH: Final = 1_000_000  # tangermeme seeds sequence i with random_state + i


class Recipe(BaseModel):
    """How a network is trained.

    Attributes
    ----------
    epochs : int
        The learning rate follows one cycle (linear warm-up, cosine decay) over all of them.
    batch_size : int
    learning_rate : float
        The cycle's peak, for Adam.
    dropout : float
        In training only; DeMo's 0.5 is not part of the trained network.
    gradient_clip : float
        Largest absolute value of a gradient element, as in DeMo.
    reverse_complement : bool
        Show each sequence on a random strand.
    patience : int
        Stop after so many epochs without a better validation AUROC.
    largest_class : int or None
        Random positives (and own negatives) taken from each set per epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int
    batch_size: int = 128
    learning_rate: float
    dropout: float
    gradient_clip: float = 5.0
    reverse_complement: bool = True
    patience: int = 5
    largest_class: int | None = None


class Epoch(NamedTuple):
    """What one epoch reached."""

    loss: float
    validation_auroc: float


class History(NamedTuple):
    """All epochs, and the index of the one whose weights were kept."""

    epochs: tuple[Epoch, ...]
    best: int


def fit(
    network: nn.Module,
    sets: Sequence[TrainingSet],
    *,
    validation: Labelled,
    recipe: Recipe,
    random_state: int,
    device: str = "cpu",
    title: str | None = None,
    progress: Callable[[int, Epoch], None] | None = None,
    on_batch: Callable[[int, int], None] | None = None,
    resume: bytes | None = None,
    keep: Callable[[bytes], None] | None = None,
) -> History:
    """Train `network` in place and leave it, in evaluation mode, with the weights of its best epoch.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2).
    sets : sequence of TrainingSet
        All of them are mixed.
    validation : Labelled
        Chooses the best epoch by AUROC; never trained on.
    recipe : Recipe
    random_state : int
        Seeds shuffles, order, strands and dropout; equal seeds give equal weights on the same kind of device.
    device : str
    title : str, optional
        Label of a progress bar; without it there is none.
    progress : callable, optional
        Called after each epoch, once its state is kept.
    on_batch : callable, optional
        Called after each batch with the numbers of batches done and planned; what it raises ends the training.
    resume : bytes, optional
        What `keep` was last given by a training of the same network, sets, recipe and seed: this one goes on from
        there, to the weights that it would have reached undisturbed.
    keep : callable, optional
        Given the state of the training after each epoch.

    Raises
    ------
    ResumeError
        If `resume` is damaged or belongs to another training.
    """
    network.to(device)
    n_batches = _batches_of_an_epoch(sets, recipe)
    n_planned = recipe.epochs * n_batches
    identity = f"{recipe.model_dump_json()}, seed {random_state}, {n_batches} batches, {len(validation.X)} to validate"
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(random_state)
        loop = _loop(network, recipe, n_planned)
        reached = resume_training(resume, loop, identity=identity) if resume is not None else Reached()
        done = len(reached.epochs) * n_batches
        with tqdm(total=n_planned, initial=done, desc=title, unit="batch", disable=title is None) as bar:
            after_batch = partial(_after_batch, bar, on_batch, count(done + 1), n_planned)
            while not _is_over(reached, recipe):
                seed = random_state + len(reached.epochs) * _SEEDS_PER_EPOCH
                examples = epoch_examples(sets, largest_class=recipe.largest_class, random_state=seed)
                loss = _train_epoch(loop, examples, recipe=recipe, device=device, after_batch=after_batch)
                epoch = Epoch(loss, _auroc(network, validation, device=device))
                reached = _after_epoch(reached, epoch, network)
                bar.set_postfix(loss=f"{loss:.3f}", validation_auroc=f"{epoch.validation_auroc:.4f}")
                if keep:
                    keep(training_state(loop, reached, identity=identity))
                if progress:
                    progress(len(reached.epochs) - 1, epoch)
    network.load_state_dict(reached.best_weights)
    network.eval()
    return History(tuple(Epoch(*epoch) for epoch in reached.epochs), reached.best)


def _after_batch(
    bar: "tqdm[None]", on_batch: Callable[[int, int], None] | None, numbers: Iterator[int], n_planned: int
) -> None:
    bar.update()
    if on_batch:
        on_batch(next(numbers), n_planned)


def _batches_of_an_epoch(sets: Sequence[TrainingSet], recipe: Recipe) -> int:
    return math.ceil(sum(_epoch_size(one, recipe.largest_class) for one in sets) / recipe.batch_size)


def _auroc(network: nn.Module, labelled: Labelled, *, device: str) -> float:
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - 150 MB, for who trains

    return float(roc_auc_score(labelled.bound, score(network, labelled.X, device=device)))


def _loop(network: nn.Module, recipe: Recipe, n_planned: int) -> Loop:
    optimiser = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=n_planned, pct_start=0.15
    )
    return Loop(network, optimiser, schedule)


def _is_over(reached: Reached, recipe: Recipe) -> bool:
    """Return whether all epochs are done, or the best one is too long ago."""
    n = len(reached.epochs)
    return n >= recipe.epochs or (n > 0 and n - 1 - reached.best >= recipe.patience)


def _after_epoch(reached: Reached, epoch: Epoch, network: nn.Module) -> Reached:
    epochs = (*reached.epochs, epoch)
    if reached.best < 0 or epoch.validation_auroc > Epoch(*reached.epochs[reached.best]).validation_auroc:
        return Reached(epochs, len(epochs) - 1, copied_weights(network))
    return reached._replace(epochs=epochs)


def epoch_examples(sets: Sequence[TrainingSet], *, largest_class: int | None, random_state: int) -> Labelled:
    """Return the sequences of one epoch in random order; missing negatives are shuffled anew every time.

    Parameters
    ----------
    sets : sequence of TrainingSet
    largest_class : int or None
        Random positives (and own negatives) taken from each set; None takes all.
    random_state : int
        Of the shuffles; the order is drawn from torch's generator.
    """
    positives, negatives = [], []
    for one in sets:
        chosen = _some(one.positives, largest_class)
        positives.append(chosen)
        own = one.negatives
        negatives.append(shuffled(chosen, random_state=random_state) if own is None else _some(own, largest_class))
    X = torch.cat(positives + negatives)
    bound = torch.zeros(len(X), dtype=torch.bool)
    bound[: sum(map(len, positives))] = True
    order = torch.randperm(len(X))
    return Labelled(X[order], bound[order])


def score(network: nn.Module, X: Tensor, *, device: str = "cpu") -> Tensor:
    """Return the logit of class bound in evaluation mode.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (n, 4, length)

    Returns
    -------
    Tensor, shape (n,), on the CPU
    """
    network.eval()
    with torch.inference_mode():
        chunks = X.split(_SCORING_BATCH)
        return torch.cat([positive_logit(network, chunk.to(device).float()) for chunk in chunks]).cpu()


def _train_epoch(
    loop: Loop, examples: Labelled, *, recipe: Recipe, device: str, after_batch: Callable[[], None]
) -> float:
    network, optimiser, schedule = loop
    network.train()
    total = 0.0
    batches = zip(examples.X.split(recipe.batch_size), examples.bound.split(recipe.batch_size), strict=True)
    for given, bound in batches:
        X = _on_random_strands(given) if recipe.reverse_complement else given
        target = torch.where(bound, POSITIVE, NEGATIVE).to(device)
        optimiser.zero_grad()
        loss = nn.functional.nll_loss(network(X.to(device).float()), target)
        loss.backward()
        nn.utils.clip_grad_value_(network.parameters(), recipe.gradient_clip)
        optimiser.step()
        schedule.step()
        total += loss.item() * len(X)
        after_batch()
    return total / len(examples.X)


def _on_random_strands(X: Tensor) -> Tensor:
    turned = torch.rand(len(X)) < 0.5
    return torch.where(turned[:, None, None], reverse_complement_one_hot(X), X)


def _some(X: Tensor, largest_class: int | None) -> Tensor:
    return X[torch.randperm(len(X))[:largest_class]]


def _epoch_size(one: TrainingSet, largest_class: int | None) -> int:
    def taken(n: int) -> int:
        return min(n, largest_class or n)

    n_positives = taken(len(one.positives))
    return n_positives + (n_positives if one.negatives is None else taken(len(one.negatives)))
