"""Class optimisation: steps per second at 1 and 50 restarts, beside a plain torch loop in the same run."""

import statistics
import time
from typing import Final

import torch
from torch import nn

from benchmarks.tables import markdown
from models.checkpoints import load_checkpoint, load_chromatin_checkpoint
from models.class_optimization import LEARNING_RATE, REGULARISATION, Objective, optimised_inputs, sequence_objective
from models.pattern_maps import chromatin_objective
from models.predict import POSITIVE

RESTARTS: Final = 50
ROUNDS: Final = 7
STEPS: Final = {1: 40, RESTARTS: 4}
DNA: Final = ("ctcf_weri-demo_cnn", "ctcf_weri-demo_rnn", "ctcf_weri-demo_cnn_rnn")
CHROMATIN: Final = ("e003-deepchrome", "e003-attentive_lstm_alpha_beta")


def table() -> str:
    """Run the plain loop with one restart, ours with one and ours with fifty in turns; medians."""
    torch.set_num_threads(1)
    rows = []
    for name in DNA:
        network, card = load_checkpoint(name)
        rows.append(_row(name, network, sequence_objective(network, card.input_length, target=POSITIVE)))
    for name in CHROMATIN:
        network, chromatin = load_chromatin_checkpoint(name)
        shape = (len(chromatin.marks), chromatin.n_bins)
        objective = chromatin_objective(network, shape, target=POSITIVE, space="published")
        rows.append(_row(name, network, objective))
    header = [
        "network",
        "plain loop, 1 restart, steps/s",
        "ours, 1, steps/s",
        f"ours, {RESTARTS}, steps/s",
        "ours to plain at 1",
        f"{RESTARTS} restarts cost (plain = 1; goal 16)",
    ]
    return markdown("Class optimisation", header, rows)


def _row(name: str, network: nn.Module, objective: Objective) -> list[object]:
    times: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS + 1):
        times.append((_plain(network, objective.shape), _ours(objective, 1), _ours(objective, RESTARTS)))  # noqa: PERF401
    plain, one, many = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return [name, 1 / plain, 1 / one, 1 / many, plain / one, many / plain]


def _plain(network: nn.Module, shape: tuple[int, int]) -> float:
    """Return the seconds per step of the recipe as one writes it down."""
    X = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0)).requires_grad_(True)
    optimiser = torch.optim.RMSprop([X], lr=LEARNING_RATE, alpha=0.99, eps=1e-8)
    started = time.perf_counter()
    for _ in range(STEPS[1]):
        optimiser.zero_grad()
        (-network(X)[0, POSITIVE] + REGULARISATION * X.square().sum()).backward()
        optimiser.step()
    return (time.perf_counter() - started) / STEPS[1]


def _ours(objective: Objective, n_restarts: int) -> float:
    """Return the seconds per step of that many restarts."""
    started = time.perf_counter()
    optimised_inputs(
        objective,
        random_states=range(n_restarts),
        regularisation=REGULARISATION,
        learning_rate=LEARNING_RATE,
        n_steps=STEPS[n_restarts],
    )
    return (time.perf_counter() - started) / STEPS[n_restarts]
