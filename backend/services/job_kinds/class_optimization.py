"""Class optimisation: the input that a network likes best for a class, as it takes shape."""

from typing import Any, Final, Literal, NamedTuple

import torch
from pydantic import Field
from pydantic.config import JsonDict
from torch import Tensor

from backend.schemas.strict import Number, NumberIfAny, Whole
from backend.services.errors import refused_field
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters, JobPlace, JobRun
from backend.services.one_thread import one_thread
from backend.services.optimisation.network import chromatin_network, sequence_network
from backend.services.optimisation.optimisation_files import offer_files
from backend.services.optimisation.trajectory import Subject, Trajectory
from models.card import ChromatinCard, SequenceCard
from models.class_optimization import (
    LEARNING_RATE,
    N_STEPS,
    REGULARISATION,
    Objective,
    OptimisationStep,
    optimised_inputs,
    sequence_objective,
)
from models.pattern_maps import LEARNING_RATE as CHROMATIN_LEARNING_RATE
from models.pattern_maps import Space, chromatin_objective
from models.predict import NEGATIVE, POSITIVE
from models.sequence import ALPHABET
from models.training.recipes import SEED

MAX_STEPS: Final = 10_000
MAX_RESTARTS: Final = 50
TARGETS: Final = {"positive": POSITIVE, "negative": NEGATIVE}
NAMES: Final = {
    "sequence": {"positive": "bound", "negative": "unbound"},
    "chromatin": {"positive": "ON", "negative": "OFF"},
}

# Milliseconds per step of the first restart, which runs by itself, and of each other one, of one member network;
# measured on one slow core with `optimised_inputs` at 1 and 50 restarts. What is not listed is taken for the slowest.
MS_PER_STEP: Final = {
    "demo_cnn": (0.8, 0.16),
    "demo_rnn": (1.0, 0.12),
    "demo_cnn_rnn": (1.3, 0.28),
    "deepchrome": (0.55, 0.1),
    "deepchrome_mlp": (0.4, 0.02),
    "deepchrome_linear": (0.4, 0.02),
}
SLOWEST: Final = (5.0, 1.0)

_RECIPE: Final[JsonDict] = {"section": "Recipe", "advanced": True}


class ClassOptimizationParameters(JobParameters):
    """What is optimised, and how; the defaults are the published ones."""

    task: Literal["sequence", "chromatin"] = Field(
        default="sequence",
        title="Network reads",
        description="sequence: DNA (DeMo). chromatin: histone marks (DeepChrome, AttentiveChrome).",
        json_schema_extra={"widget": "choices", "section": "Network"},
    )
    checkpoint: str = Field(
        default="ctcf_weri-demo_cnn",
        max_length=200,
        title="Model",
        description="A network; baselines have no gradient to follow.",
        json_schema_extra={"widget": "checkpoint", "section": "Network"},
    )
    target: Literal["positive", "negative"] = Field(
        default="positive",
        title="Class",
        json_schema_extra={
            "widget": "choices",
            "section": "Network",
            "titles": {"positive": "bound, or ON", "negative": "unbound, or OFF"},
        },
    )
    space: Space = Field(
        default="published",
        title="Space",
        description="published: values between 0 and 1, far below the read counts that the network was trained on. "
        "log1p, ours: log(1 + signal) is optimised, on the scale of real signals.",
        json_schema_extra={"widget": "choices", "section": "Network", "shown_if": {"task": ["chromatin"]}},
    )
    n_restarts: Whole = Field(
        default=1,
        ge=1,
        le=MAX_RESTARTS,
        title="Restarts",
        description="Starts from different random inputs, all optimised together; restart i has seed + i - 1.",
        json_schema_extra={"section": "Recipe"},
    )
    n_steps: Whole = Field(
        default=N_STEPS,
        ge=1,
        le=MAX_STEPS,
        title="Steps",
        description="Of RMSprop (alpha 0.99, eps 1e-8). Published: 1,000.",
        json_schema_extra={"section": "Recipe"},
    )
    regularisation: Number = Field(
        default=REGULARISATION,
        ge=0,
        le=10,
        title="Lambda",
        description="Weight of ||X||^2. Published: 0.009.",
        json_schema_extra=_RECIPE,
    )
    learning_rate: NumberIfAny = Field(
        default=None,
        gt=0,
        le=1,
        title="Learning rate",
        description="Empty: as published, 0.05 for DNA and 0.1 for histone marks.",
        json_schema_extra=_RECIPE,
    )
    seed: Whole = Field(
        default=SEED,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Of the random start, uniform between 0 and 1. The default is the one of the shipped model cards.",
        json_schema_extra=_RECIPE,
    )

    @property
    def rate(self) -> float:
        """The learning rate, published where none is asked for."""
        published = LEARNING_RATE if self.task == "sequence" else CHROMATIN_LEARNING_RATE
        return published if self.learning_rate is None else self.learning_rate

    @property
    def class_name(self) -> str:
        """The maximised class: bound, unbound, ON or OFF."""
        return NAMES[self.task][self.target]


class Optimised(NamedTuple):
    """What is optimised, and the card of its network."""

    objective: Objective
    card: SequenceCard | ChromatinCard


def check(parameters: ClassOptimizationParameters, place: JobPlace) -> Cost:
    """Refuse what is not a network of the task; estimate the time."""
    card = _optimised(parameters, place).card
    n_members = card.n_members
    first, other = MS_PER_STEP.get(card.architecture, SLOWEST)
    per_step = n_members * (first + other * (parameters.n_restarts - 1)) / 1000
    restarts = "1 restart" if parameters.n_restarts == 1 else f"{parameters.n_restarts} restarts"
    words = f"{parameters.n_steps:,} steps x {restarts} of {card.name}, class {parameters.class_name}"
    return Cost(2 + parameters.n_steps * per_step, words)


def run(parameters: ClassOptimizationParameters, run: JobRun) -> dict[str, Any]:
    """Optimise all restarts together, show how the best takes shape, and offer the matrices."""
    objective, card = _optimised(parameters, run)
    trajectory = Trajectory(_subject(parameters, card), objective.finish, n_steps=parameters.n_steps)

    def follow(step: OptimisationStep) -> None:
        _refuse_divergence(step)
        trajectory.add(step)
        run.report("optimising", done=step.step, total=parameters.n_steps, unit="steps")
        run.show(trajectory.live)

    with one_thread():
        X = optimised_inputs(
            objective,
            random_states=range(parameters.seed, parameters.seed + parameters.n_restarts),
            regularisation=parameters.regularisation,
            learning_rate=parameters.rate,
            n_steps=parameters.n_steps,
            on_step=follow,
        )
    run.show(trajectory.live, now=True)
    offer_files(run, trajectory, X, seed=parameters.seed, space=parameters.space)
    return _summary(parameters, trajectory, card, objective.finish(X[0]))


def _optimised(parameters: ClassOptimizationParameters, place: JobPlace) -> Optimised:
    target = TARGETS[parameters.target]
    if parameters.task == "sequence":
        network, card = sequence_network(parameters.checkpoint, place)
        return Optimised(sequence_objective(network, card.input_length, target=target), card)
    network, chromatin_card = chromatin_network(parameters.checkpoint, place)
    shape = (len(chromatin_card.marks), chromatin_card.n_bins)
    return Optimised(chromatin_objective(network, shape, target=target, space=parameters.space), chromatin_card)


def _subject(parameters: ClassOptimizationParameters, card: SequenceCard | ChromatinCard) -> Subject:
    is_dna = isinstance(card, SequenceCard)
    return Subject(
        checkpoint=card.name,
        title=card.title,
        target=parameters.class_name,
        rows=tuple(ALPHABET) if isinstance(card, SequenceCard) else card.marks,
        bin_size_bp=None if isinstance(card, SequenceCard) else card.bin_size_bp,
        convention=" ".join((_minimised(parameters), _DNA if is_dna else _SPACES[parameters.space], _ALL)),
    )


def _minimised(parameters: ClassOptimizationParameters) -> str:
    return (
        f"Minimised: -log P({parameters.class_name} | X) + {parameters.regularisation:g} ||X||^2, natural logarithm, "
        f"by {parameters.n_steps:,} steps of RMSprop (learning rate {parameters.rate:g}, alpha 0.99, eps 1e-8) from a "
        f"start uniform between 0 and 1."
    )


_DNA: Final = (
    "Drawn: X clamped to 0..1, divided by its greatest value, 0.01 added, each column divided by its sum (rows A, C, "
    "G, T; positions from 1). It is not a DNA sequence."
)
_SPACES: Final[dict[Space, str]] = {
    "published": "Drawn: X, in reads, clamped to 0..1 and divided by its greatest value.",
    "log1p": "X is log(1 + reads). Drawn: X without its negative values, divided by its greatest value.",
}
_ALL: Final = (
    "Score: P(class) of X itself, before what is done for drawing. The best restart is the one with the least loss. "
    "Restart i starts from seed + i - 1. Different starts, and even different rounding on another machine, end in "
    "different inputs that the network likes as much: what all restarts share is what to believe."
)


def _refuse_divergence(step: OptimisationStep) -> None:
    if not bool(torch.isfinite(step.loss).all()):
        message = f"The loss is not a number any more at step {step.step:,}. Choose a lower learning rate."
        raise refused_field("parameters.learning_rate", "diverged", message)


def _summary(
    parameters: ClassOptimizationParameters, trajectory: Trajectory, card: SequenceCard | ChromatinCard, first: Tensor
) -> dict[str, Any]:
    best = trajectory.best
    last = trajectory.last
    figures: dict[str, Any] = {
        "best_restart": best + 1,
        "score": round(float(last.score[best]), 6),
        "loss": round(float(last.loss[best]), 6),
        "lowest_score": round(float(last.score.min()), 6),
        "highest_loss": round(float(last.loss.max()), 6),
    }
    stored = _stored(parameters, card)
    if stored is not None:
        figures["difference_from_card"] = round(float((first - torch.tensor(stored)).abs().max()), 4)
    return figures


def _stored(parameters: ClassOptimizationParameters, card: SequenceCard | ChromatinCard) -> Any:
    """Return what the card holds, where it was made with the parameters of restart 1."""
    recipe = (parameters.n_steps, parameters.regularisation, parameters.seed)
    published = LEARNING_RATE if parameters.task == "sequence" else CHROMATIN_LEARNING_RATE
    if recipe != (N_STEPS, REGULARISATION, card.seed) or parameters.rate != published:
        return None
    if isinstance(card, SequenceCard):
        return card.class_optimization if parameters.target == "positive" else None
    wanted = (parameters.class_name, parameters.space)
    return next((one.values for one in card.pattern_maps if (one.target, one.space) == wanted), None)


KIND: Final = JobKind(
    name="class_optimization",
    title="Class optimisation",
    summary="The input that a network likes best for a class, found by gradient descent from random starts, as in the "
    "Deep Motif Dashboard and in DeepChrome; watch it take shape.",
    limits=f"One network, up to {MAX_RESTARTS} restarts and {MAX_STEPS:,} steps.",
    queue="heavy",
    time_limit_s=4 * 3600,
    parameters=ClassOptimizationParameters,
    check=check,
    run=run,
)
