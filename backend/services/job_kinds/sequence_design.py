"""Sequence design: real DNA made for one network and judged by another."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Literal

import numpy as np
from pydantic import Field, ValidationError

from backend.schemas.job_live import DesignFrame, DesignLive
from backend.schemas.strict import Number, Whole
from backend.services.errors import FieldError, InvalidFieldsError, refused_field
from backend.services.job_kinds.kind import Cost, JobKind, JobParameters, JobPlace, JobRun
from backend.services.one_thread import one_thread
from backend.services.optimisation.design_files import offer_files
from backend.services.optimisation.network import known_checkpoint, sequence_network
from backend.services.optimisation.trajectory import frame_steps
from models.card import SequenceCard, read_card
from models.checkpoints import Checkpoint
from models.design import DesignStep, count_edits, greedy_design, ledidi_design, target_probability
from models.errors import InvalidSequencesError, TextProblem
from models.examples import random_sequence
from models.fasta import read_sequences
from models.predict import NEGATIVE, POSITIVE

AUTO: Final = "auto"
NO_JUDGE: Final = "none"
MAX_START: Final = 10_000
TARGETS: Final = {"bound": POSITIVE, "unbound": NEGATIVE}

# Milliseconds of a greedy round (404 sequences) and of a ledidi step (16 sequences, with gradient), measured on one
# slow core with `models.design`; what is not listed is taken for the slowest.
GREEDY_MS: Final = {"demo_cnn": 100, "demo_rnn": 50, "demo_cnn_rnn": 150}
LEDIDI_MS: Final = {"demo_cnn": 5, "demo_rnn": 5, "demo_cnn_rnn": 12}
IMPORT_S: Final = 15


class SequenceDesignParameters(JobParameters):
    """For whom, from what, and how."""

    checkpoint: str = Field(
        default="ctcf_weri-demo_cnn",
        max_length=200,
        title="Model",
        description="The network that the sequence is made for.",
        json_schema_extra={"widget": "checkpoint", "section": "Networks"},
    )
    target: Literal["bound", "unbound"] = Field(
        default="bound",
        title="Class",
        description="The class that the network is to see.",
        json_schema_extra={"widget": "choices", "section": "Networks"},
    )
    judge: str = Field(
        default=AUTO,
        max_length=200,
        title="Judge",
        description="Model of the same factor and another architecture that scores the design and never influences "
        "it. auto: the one with the highest test AUROC. none: no judge.",
        json_schema_extra={"widget": "checkpoint", "section": "Networks"},
    )
    start: str = Field(
        default="",
        max_length=MAX_START,
        title="Start",
        description="One sequence, plain or FASTA, exactly as long as the network's window (101 bases for the shipped "
        "ones), of A, C, G, T. Empty: random bases.",
        json_schema_extra={"widget": "text", "section": "Start"},
    )
    background_gc: Number = Field(
        default=0.5,
        ge=0.1,
        le=0.9,
        title="GC of the random start",
        description="Expected share of G and C; not used when a start is given.",
        json_schema_extra={"section": "Start"},
    )
    method: Literal["ledidi", "greedy"] = Field(
        default="ledidi",
        title="Method",
        description="ledidi: descent through sampled sequences, weighing score against number of edits. greedy: the "
        "best single substitution, again and again.",
        json_schema_extra={"widget": "choices", "section": "Method"},
    )
    wanted_probability: Number = Field(
        default=0.99,
        ge=0.5,
        le=0.9999,
        title="Wanted P(class)",
        description="greedy ends there; ledidi aims at it.",
        json_schema_extra={"section": "Method"},
    )
    max_edits: Whole = Field(
        default=20,
        ge=1,
        le=101,
        title="Most edits",
        description="Rounds of one substitution.",
        json_schema_extra={"section": "Method", "shown_if": {"method": ["greedy"]}},
    )
    edit_cost: Number = Field(
        default=0.1,
        ge=0,
        le=10,
        title="Lambda",
        description="Cost of one edit, in squared logits: higher means fewer edits. Published: 0.1.",
        json_schema_extra={"section": "Method", "shown_if": {"method": ["ledidi"]}},
    )
    n_steps: Whole = Field(
        default=1000,
        ge=1,
        le=5000,
        title="Steps",
        description="At most; ledidi ends after 100 steps without improvement. Published: 1,000.",
        json_schema_extra={"section": "Method", "advanced": True, "shown_if": {"method": ["ledidi"]}},
    )
    seed: Whole = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Of the random start and of ledidi's samples.",
        json_schema_extra={"section": "Method", "advanced": True},
    )

    @property
    def most_steps(self) -> int:
        """Rounds or steps at most."""
        return self.max_edits if self.method == "greedy" else self.n_steps


def check(parameters: SequenceDesignParameters, place: JobPlace) -> Cost:
    """Refuse networks, judges and starts that do not fit; estimate the time."""
    checkpoint = sequence_network(parameters.checkpoint, place)
    judge = _judge(parameters, checkpoint.card, place, kept=None)
    start_of(parameters, checkpoint.card.input_length)
    rates = GREEDY_MS if parameters.method == "greedy" else LEDIDI_MS
    per_step = checkpoint.card.n_members * rates.get(checkpoint.card.architecture, max(rates.values())) / 1000
    unit = "rounds" if parameters.method == "greedy" else "steps"
    judged = f"judged by {judge.card.name}" if judge else "without a judge"
    words = f"at most {parameters.most_steps:,} {unit} of {parameters.method} for {checkpoint.card.name}, {judged}"
    return Cost(IMPORT_S + parameters.most_steps * per_step, words, () if judge else (_WITHOUT_JUDGE,))


_WITHOUT_JUDGE: Final = (
    "Without a judge nothing tells a binding site from a trick: a design can exploit what is wrong with the network "
    "that it was made for."
)


def run(parameters: SequenceDesignParameters, run: JobRun) -> dict[str, Any]:
    """Design, show each better sequence with both scores, and offer the result."""
    checkpoint = sequence_network(parameters.checkpoint, run)
    kept = run.kept("judge")
    judge = _judge(parameters, checkpoint.card, run, kept=kept.decode() if kept else None)
    run.keep("judge", (judge.card.name if judge else NO_JUDGE).encode())
    start = start_of(parameters, checkpoint.card.input_length)
    notebook = _Notebook(parameters, checkpoint, judge, start)

    def follow(step: DesignStep) -> None:
        notebook.add(step)
        run.report("designing", done=step.step, total=parameters.most_steps, unit="steps")
        run.show(notebook.live)

    with one_thread():
        design = _designed(parameters, checkpoint, start, follow)
        notebook.finish(design)
    run.report("designing", done=parameters.most_steps, total=parameters.most_steps, unit="steps")
    live = notebook.live()
    run.show(lambda: live, now=True)
    offer_files(run, live)
    first, last = live.frames[0], live.frames[-1]
    return {
        "score": last.score,
        "judge_score": last.judge_score,
        "start_score": first.score,
        "start_judge_score": first.judge_score,
        "n_edits": last.n_edits,
        "n_steps": last.step,
        "judge": live.judge,
        "wanted_probability_reached": last.score >= parameters.wanted_probability,
    }


def _designed(
    parameters: SequenceDesignParameters, checkpoint: Checkpoint, start: str, follow: Callable[[DesignStep], None]
) -> str:
    target, wanted = TARGETS[parameters.target], parameters.wanted_probability
    if parameters.method == "greedy":
        return greedy_design(
            checkpoint.network,
            start,
            target=target,
            wanted_probability=wanted,
            max_edits=parameters.max_edits,
            on_step=follow,
        )
    return ledidi_design(
        checkpoint.network,
        start,
        target=target,
        wanted_probability=wanted,
        edit_cost=parameters.edit_cost,
        n_steps=parameters.n_steps,
        random_state=parameters.seed,
        on_step=follow,
    )


class _Notebook:
    """The sequences on the way, each scored by both networks once it is shown."""

    def __init__(
        self, parameters: SequenceDesignParameters, checkpoint: Checkpoint, judge: Checkpoint | None, start: str
    ) -> None:
        self._parameters, self._checkpoint, self._judge, self._start = parameters, checkpoint, judge, start
        greedy = parameters.method == "greedy"
        self._shown = frozenset(range(parameters.most_steps + 1)) if greedy else frame_steps(parameters.n_steps)
        self._frames: list[DesignFrame] = []
        self._step = 0

    def add(self, step: DesignStep) -> None:
        """Keep a step that is shown."""
        self._step = step.step
        if step.step in self._shown:
            self._frames.append(self._frame(step.sequence))

    def finish(self, design: str) -> None:
        """End with the design, at the last step that was made."""
        if self._frames[-1].step == self._step:
            self._frames.pop()
        self._frames.append(self._frame(design))

    def live(self) -> DesignLive:
        """Return the frames so far."""
        return DesignLive(
            method=self._parameters.method,
            checkpoint=self._checkpoint.card.name,
            judge=self._judge.card.name if self._judge else None,
            target=self._parameters.target,
            start=self._start,
            n_steps=self._parameters.most_steps,
            frames=list(self._frames),
            convention=_convention(self._parameters),
        )

    def _frame(self, sequence: str) -> DesignFrame:
        return DesignFrame(
            step=self._step,
            sequence=sequence,
            score=self._score(self._checkpoint, sequence),
            judge_score=self._score(self._judge, sequence) if self._judge else None,
            n_edits=count_edits(self._start, sequence),
        )

    def _score(self, checkpoint: Checkpoint, sequence: str) -> float:
        return round(target_probability(checkpoint.network, sequence, target=TARGETS[self._parameters.target]), 6)


def _convention(parameters: SequenceDesignParameters) -> str:
    how = {
        "greedy": "Each round makes the one substitution that raises the logit most.",
        "ledidi": "Each step draws 16 sequences; kept is the best of the batch with the least mean of (logit - wanted "
        f"logit)^2 + {parameters.edit_cost:g} x edits.",
    }[parameters.method]
    start = "given" if parameters.start else f"random bases, expected GC {parameters.background_gc:g}"
    return (
        f"Score: P({parameters.target}), the exponential of the network's log-probability. Optimised is the logit, "
        f"log P({parameters.target}) - log P(other class), natural logarithm; wanted is P = "
        f"{parameters.wanted_probability:g}. {how} Start: {start}; seed {parameters.seed}. The judge never influences "
        "the design. Edits are counted against the start; positions from 1."
    )


def start_of(parameters: SequenceDesignParameters, length: int) -> str:
    """Return the start: what was given, or random bases."""
    if not parameters.start.strip():
        return random_sequence(np.random.default_rng(parameters.seed), length, gc=parameters.background_gc)
    try:
        (record,) = read_sequences(parameters.start, max_records=1, max_bases=MAX_START).records
    except InvalidSequencesError as error:
        fields = tuple(FieldError("parameters.start", one.code, _said_of_start(one)) for one in error.problems)
        raise InvalidFieldsError(fields) from error
    if len(record.sequence) != length:
        message = f"The start has {len(record.sequence):,} bases; this network reads {length}. Give exactly {length}."
        raise refused_field("parameters.start", "wrong_length", message)
    if record.n_unknown:
        message = f"The start has {record.n_unknown} unknown bases (N). Replace them by A, C, G or T."
        raise refused_field("parameters.start", "unknown_bases", message)
    return record.sequence


def _said_of_start(problem: TextProblem) -> str:
    if problem.code == "too_many_records":
        return f"A design starts from one sequence; a second begins in line {problem.line}. Leave only one."
    return problem.message


def _judge(
    parameters: SequenceDesignParameters, card: SequenceCard, place: JobPlace, *, kept: str | None
) -> Checkpoint | None:
    """Return who judges; an earlier attempt's choice stands."""
    name = kept or (_best_other(card, place) if parameters.judge == AUTO else parameters.judge)
    if name == NO_JUDGE:
        return None
    judge = known_checkpoint(name, place, field="parameters.judge")
    if judge.card.architecture == card.architecture:
        message = f"{judge.card.name} has the architecture that is optimised, and its weaknesses. Choose another one."
        raise refused_field("parameters.judge", "same_architecture", message)
    if (judge.card.factor, judge.card.input_length) != (card.factor, card.input_length):
        message = (
            f"{judge.card.name} was trained for {judge.card.factor_title}. Choose a judge for {card.factor_title}."
        )
        raise refused_field("parameters.judge", "other_factor", message)
    return judge


def _best_other(card: SequenceCard, place: JobPlace) -> str:
    others = []
    for name in place.checkpoint_names("sequence"):
        with suppress(OSError, ValidationError):  # a damaged one, that nobody has asked for
            other = read_card(place.checkpoint_folder(name, "sequence") / name, SequenceCard)
            if other.factor == card.factor and other.architecture != card.architecture:
                others.append((-other.metrics.auroc.value, name))
    if not others:
        message = f"There is no other architecture for {card.factor_title}. Train one, or choose '{NO_JUDGE}'."
        raise refused_field("parameters.judge", "no_judge", message)
    return min(others)[1]


KIND: Final = JobKind(
    name="sequence_design",
    title="Sequence design",
    summary="A real sequence that one network calls bound (or unbound), with as few edits as possible, judged by a "
    "network of another architecture.",
    limits="One sequence as long as the network's window; up to 101 greedy rounds or 5,000 steps of ledidi.",
    queue="heavy",
    time_limit_s=3600,
    parameters=SequenceDesignParameters,
    check=check,
    run=run,
)
