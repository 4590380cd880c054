"""Real DNA made for a network: one base at a time (greedy), or by descent through sampled sequences (ledidi)."""

from collections.abc import Callable
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from models.numba_calls import kept_threads
from models.predict import NEGATIVE, POSITIVE
from models.sequence import ALPHABET, decode, one_hot_encode

EDIT_COST: Final = 0.1
SAMPLES: Final = 16
PATIENCE: Final = 100
_LEAST_GAIN: Final = 1e-3  # in logit, as in tangermeme


class DesignStep(NamedTuple):
    """The best sequence after a number of rounds; round 0 is the start."""

    step: int
    sequence: str


OnStep = Callable[[DesignStep], None]


class TargetLogit(nn.Module):
    """log P(target) - log P(other class): the one output that design methods ask for.

    Unlike the probability it does not saturate, so that an edit still counts where P is already near 0 or 1.

    Parameters
    ----------
    network : nn.Module
        Returns log-probabilities, shape (batch, 2).
    target : int
        Class to maximise; 0 is bound.
    """

    def __init__(self, network: nn.Module, target: int) -> None:
        super().__init__()
        self.network = network
        self.target, self.other = target, NEGATIVE if target == POSITIVE else POSITIVE

    def forward(self, X: Tensor) -> Tensor:
        """Return the logits of X, shape (batch, 4, length), as (batch, 1)."""
        log_probabilities = self.network(X)
        logit: Tensor = log_probabilities[:, self.target] - log_probabilities[:, self.other]
        return logit[:, None]


def target_probability(network: nn.Module, sequence: str, *, target: int) -> float:
    """Return P(target) of one sequence."""
    with torch.inference_mode():
        return float(network(one_hot_encode([sequence]))[0, target].exp())


def count_edits(start: str, sequence: str) -> int:
    """Return at how many positions two sequences of one length differ."""
    return sum(a != b for a, b in zip(start, sequence, strict=True))


def greedy_design(
    network: nn.Module,
    start: str,
    *,
    target: int = POSITIVE,
    wanted_probability: float = 0.99,
    max_edits: int = 20,
    on_step: OnStep | None = None,
) -> str:
    """Make the substitution that raises the logit most, again and again.

    Parameters
    ----------
    network : nn.Module
        On the CPU, in evaluation mode.
    start : str
        A, C, G, T; as long as the network's window.
    target : int
    wanted_probability : float
        Ends when P(target) is reached.
    max_edits : int
        Rounds; each changes one position.
    on_step : callable, optional
        Called with the start and after each round; what it raises ends the design.

    Returns
    -------
    str
        As long as the start. Also ends when no substitution gains more than 0.001 in logit.

    References
    ----------
    `tangermeme.design.greedy_substitution` with single bases; its rounds are called one by one, as it has no callback.
    """
    from tangermeme.design import greedy_substitution  # noqa: PLC0415 - seconds to import, for a job that needs it

    model = _SameThreads(network, target).eval()
    wanted = _logit(wanted_probability)
    X = one_hot_encode([start])
    logit = _value(model, X)
    _tell(on_step, 0, start)
    for step in range(1, max_edits + 1):
        if logit >= wanted:
            break
        with kept_threads():
            X = greedy_substitution(model, X, max_iter=1, batch_size=len(start), device="cpu")
        previous, logit = logit, _value(model, X)
        _tell(on_step, step, decode(X)[0])
        if logit - previous <= _LEAST_GAIN:
            break
    return decode(X)[0]


def ledidi_design(
    network: nn.Module,
    start: str,
    *,
    target: int = POSITIVE,
    wanted_probability: float = 0.99,
    edit_cost: float = EDIT_COST,
    n_steps: int = 1000,
    random_state: int = 0,
    on_step: OnStep | None = None,
) -> str:
    """Minimise ``(logit - wanted logit)^2 + edit_cost * edits`` over a distribution of sequences, straight through.

    Parameters
    ----------
    network, start, target, wanted_probability
        As in `greedy_design`.
    edit_cost : float
        Lambda: what one edit may cost, in squared logits.
    n_steps : int
        Of AdamW, each with 16 sampled sequences; ends after 100 steps without a better batch.
    random_state : int
        Seed of the samples.
    on_step : callable, optional
        Called with the start and after each step with the best sequence so far; what it raises ends the design.

    Returns
    -------
    str
        Of the batch with the least mean loss, the sequence with the least.

    References
    ----------
    Schreiber et al., Ledidi, bioRxiv 2020, doi:10.1101/2020.05.21.109686; `ledidi.Ledidi` 2.2.0 with its defaults.
    """
    from ledidi import Ledidi  # noqa: PLC0415 - seconds to import, for a job that needs it

    watch = _Watch(network, target, one_hot_encode([start]), edit_cost=edit_cost, on_step=on_step)
    designer = Ledidi(
        watch,
        shape=(len(ALPHABET), len(start)),
        output_loss=watch.loss,
        l=edit_cost,
        batch_size=SAMPLES,
        max_iter=n_steps,
        early_stopping_iter=PATIENCE,
        random_state=random_state,
        verbose=False,
    )
    wanted = torch.tensor([[_logit(wanted_probability)]])
    best = designer.fit_transform(watch.start, wanted).detach().round()
    return watch.best_of(best, watch.logit(best).detach(), wanted)


class _SameThreads(TargetLogit):
    """Undo what numba does to torch between two passes through the network: see `kept_threads`."""

    def __init__(self, network: nn.Module, target: int) -> None:
        super().__init__(network, target)
        self.n_threads = torch.get_num_threads()

    def forward(self, X: Tensor) -> Tensor:
        """Return the logits, computed with as many threads as before numba was called."""
        torch.set_num_threads(self.n_threads)
        return super().forward(X)


class _Watch(nn.Module):
    """What ledidi takes for the network and for the loss, so that every step can be seen: it has no callback."""

    def __init__(
        self, network: nn.Module, target: int, start: Tensor, *, edit_cost: float, on_step: OnStep | None
    ) -> None:
        super().__init__()
        self.logit = TargetLogit(network, target)
        self.start, self.edit_cost, self.on_step = start, edit_cost, on_step
        self.seen = start
        self.step, self.least, self.sequence = -1, float("inf"), decode(start)[0]

    def forward(self, X: Tensor) -> Tensor:
        """Return the logits, and remember what they are of.

        ledidi's samples are 0 and 1 up to rounding; what is left of it (1e-40) makes convolutions ten times as slow.
        """
        self.seen = X.detach().round()
        logits: Tensor = self.logit(X + (self.seen - X.detach()))
        return logits

    def loss(self, logits: Tensor, wanted: Tensor) -> Tensor:
        """Return the mean squared distance; ledidi asks once for the start and once per step."""
        distance = nn.functional.mse_loss(logits, wanted)
        self.step += 1
        total = float(distance.detach()) + self.edit_cost * float(self._edits(self.seen).mean())
        if total < self.least:
            self.least, self.sequence = total, self.best_of(self.seen, logits.detach(), wanted)
        _tell(self.on_step, self.step, self.sequence)
        return distance

    def best_of(self, X: Tensor, logits: Tensor, wanted: Tensor) -> str:
        """Return the sequence of a batch with the least loss, the first one on ties."""
        losses = (logits - wanted).square()[:, 0] + self.edit_cost * self._edits(X)
        return decode(X)[int(losses.argmin())]

    def _edits(self, X: Tensor) -> Tensor:
        return (X - self.start).abs().sum((1, 2)) / 2


def _tell(on_step: OnStep | None, step: int, sequence: str) -> None:
    if on_step:
        on_step(DesignStep(step, sequence))


def _value(model: nn.Module, X: Tensor) -> float:
    with torch.inference_mode():
        return float(model(X))


def _logit(probability: float) -> float:
    return float(torch.logit(torch.tensor(probability, dtype=torch.float64)))
