"""Class optimisation: steps per second at 1 and 50 restarts, beside a plain torch loop in the same run."""

import statistics
import time
from functools import partial
from typing import Final

import torch
from torch import nn

from benchmarks.goals import Goal, Measured
from benchmarks.tables import markdown
from models.checkpoints import load_checkpoint, load_chromatin_checkpoint
from models.class_optimization import LEARNING_RATE, REGULARISATION, Objective, optimised_inputs, sequence_objective
from models.pattern_maps import chromatin_objective
from models.predict import POSITIVE

RESTARTS: Final = 50
ROUNDS: Final = 4
STEPS: Final = {1: 40, RESTARTS: 4}
DNA: Final = ("ctcf_weri-demo_cnn", "ctcf_weri-demo_rnn", "ctcf_weri-demo_cnn_rnn")
CHROMATIN: Final = ("e003-deepchrome", "e003-attentive_lstm_alpha_beta")


def restarts(name: str) -> Measured:
    """Return what fifty restarts cost, where one by the plain loop costs 1."""
    torch.set_num_threads(1)
    row = _row(name, *_loaded(name))
    return Measured(row[-1], f"plain {row[1]:.3g} steps/s, {RESTARTS} restarts {row[3]:.3g} steps/s")


def _loaded(name: str) -> tuple[nn.Module, Objective]:
    if name in DNA:
        network, card = load_checkpoint(name)
        return network, sequence_objective(network, card.input_length, target=POSITIVE)
    network, chromatin = load_chromatin_checkpoint(name)
    shape = (len(chromatin.marks), chromatin.n_bins)
    return network, chromatin_objective(network, shape, target=POSITIVE, space="published")


GOALS: Final = tuple(
    Goal(
        f"G7-{name.rpartition('-')[2]}",
        f"class optimisation, {RESTARTS} restarts, {name}",
        16.0,
        "one restart by a plain torch loop",
        partial(restarts, name),
        better="lower",
    )
    for name in (*DNA, *CHROMATIN)
)


def table() -> str:
    """Run the plain loop with one restart, ours with one and ours with fifty in turns; medians."""
    torch.set_num_threads(1)
    rows = [_row(name, *_loaded(name)) for name in (*DNA, *CHROMATIN)]
    header = [
        "network",
        "plain loop, 1 restart, steps/s",
        "ours, 1, steps/s",
        f"ours, {RESTARTS}, steps/s",
        "ours to plain at 1",
        f"{RESTARTS} restarts cost (plain = 1; goal 16)",
    ]
    return markdown("Class optimisation", header, rows)


def _row(name: str, network: nn.Module, objective: Objective) -> tuple[str, float, float, float, float, float]:
    times: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS + 1):
        times.append((_plain(network, objective.shape), _ours(objective, 1), _ours(objective, RESTARTS)))  # noqa: PERF401
    plain, one, many = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return name, 1 / plain, 1 / one, 1 / many, plain / one, many / plain


def _plain(network: nn.Module, shape: tuple[int, int]) -> float:
    """Return the seconds per step of the recipe as one writes it down."""
    X = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    optimiser = torch.optim.RMSprop([X], lr=LEARNING_RATE, alpha=0.99, eps=1e-8)
    started = time.process_time()
    for _ in range(STEPS[1]):
        optimiser.zero_grad()
        (-network(X)[0, POSITIVE] + REGULARISATION * X.square().sum()).backward()
        optimiser.step()
    return (time.process_time() - started) / STEPS[1]


def _ours(objective: Objective, n_restarts: int) -> float:
    """Return the seconds per step of that many restarts."""
    started = time.process_time()
    optimised_inputs(
        objective,
        random_states=range(n_restarts),
        regularisation=REGULARISATION,
        learning_rate=LEARNING_RATE,
        n_steps=STEPS[n_restarts],
    )
    return (time.process_time() - started) / STEPS[n_restarts]
