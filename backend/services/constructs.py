"""What the networks say of an edited window: asked once per edit, so what can run beside the networks does."""

import math
from collections.abc import Coroutine, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from backend.schemas.constructs import Answered, CheckpointAnswer, Construct, ConstructRequest
from backend.schemas.sequence_analyses import CheckpointReference
from backend.services.analysis_plan import Method
from backend.services.checkpoints import WINDOW_LENGTH, Checkpoints, by_factor, card_reference
from backend.services.concurrency import together
from backend.services.construct_motifs import Mutated, Named, Search, name_motifs, plan_search
from backend.services.context import ServiceContext
from backend.services.errors import refused_field
from backend.services.inference import LOGIT, Operation, Run
from backend.services.motif_controls import CONTROL_SEED, CONTROLS
from backend.services.motif_conventions import motif_conventions
from backend.services.motif_library import MotifTools
from backend.services.motif_views import wire_library_info
from backend.services.names import shown
from backend.services.provenance import provenance
from backend.services.rounding import DIGITS, probabilities, shortened, significant
from backend.services.window_attributions import Attributed
from models.card import SequenceCard
from models.checkpoints import Checkpoint
from models.edits import Edit, Edited, apply_edits
from models.errors import InvalidEditError
from models.explanations import EXPLANATIONS
from models.motifs.seqlets import FDR
from models.sequence import ALPHABET, one_hot_encode

MUTAGENESIS: Final = "in_silico_mutagenesis"
TEMPORAL: Final = "temporal_output"


class _Question(NamedTuple):
    """The windows of original and construct, who is asked about them, and how motifs are sought."""

    edited: Edited
    X: Tensor
    checkpoints: tuple[Checkpoint, ...]
    search: Search


class _Reasons(NamedTuple):
    """Mutations of the construct and what stands out in them."""

    mutated: Mutated
    named: Named


async def answer_construct(request: ConstructRequest, *, context: ServiceContext, request_id: str) -> Construct:
    """Make the edits, and ask every checkpoint of the factor about original and construct."""
    checkpoints = await factor_checkpoints(request.factor, context=context)
    question = await _question(request, checkpoints, context.motifs)
    with context.engine.admit(2 * len(checkpoints)) as run:
        answers = await _ask(run, question)
    return Construct(
        factor=request.factor,
        original=request.original,
        sequence=question.edited.sequence,
        padding=WINDOW_LENGTH - len(question.edited.sequence),
        words=list(question.edited.words),
        checkpoints=references(checkpoints),
        answers=answers,
        library=question.search.library and wire_library_info(question.search.library),
        **provenance(
            context,
            request_id=request_id,
            settings=request.model_dump(),
            conventions=_conventions(),
        ),
    )


async def factor_checkpoints(factor: str, *, context: ServiceContext) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of a factor, networks first; one that has just been trained is found."""
    await context.checkpoints.seek_factors([factor])
    loaded: Checkpoints = context.checkpoints.loaded
    cards = by_factor(loaded)
    if factor not in cards:
        message = f"There is no factor {shown(factor)}. Known: {', '.join(cards) or 'none'}."
        raise refused_field("factor", "unknown_factor", message)
    return tuple(loaded[card.name] for card in cards[factor])


def references(checkpoints: Sequence[Checkpoint]) -> list[CheckpointReference]:
    """Say which weights answer."""
    return [card_reference(checkpoint.card) for checkpoint in checkpoints]


def window_of(sequence: str, *, field: str) -> str:
    """Return the sequence, or refuse what the networks cannot read whole."""
    if len(sequence) > WINDOW_LENGTH:
        message = (
            f"The window holds {len(sequence)} bases, the networks read {WINDOW_LENGTH}: take {WINDOW_LENGTH} of them. "
            "The DNA page scans longer sequences and shows the window with the highest P(bound)."
        )
        raise refused_field(field, "window_too_long", message)
    return sequence


async def _question(request: ConstructRequest, checkpoints: tuple[Checkpoint, ...], tools: MotifTools) -> _Question:
    original = window_of(request.original, field="original")
    try:
        edited = apply_edits(original, (Edit(**edit.model_dump()) for edit in request.edits), longest=WINDOW_LENGTH)
    except InvalidEditError as error:
        raise refused_field(f"edits.{error.index}", "impossible_edit", str(error)) from None
    if not set(edited.sequence) & set(ALPHABET):
        message = "The construct holds no known base, so there is nothing to mutate. Give it at least one A, C, G or T."
        raise refused_field("edits" if request.edits else "original", "no_known_base", message)
    X = one_hot_encode([original, edited.sequence], length=WINDOW_LENGTH)
    search = await plan_search(tools, X[:1], n_bases=len(original), asked=request.motifs)
    return _Question(edited, X, checkpoints, search)


async def _ask(run: Run, question: _Question) -> list[CheckpointAnswer]:
    """Ask for the mutations first: motifs are named in other threads while the networks answer the rest."""
    checkpoints = question.checkpoints
    asked: tuple[Coroutine[Any, Any, list[Any]], ...] = (
        together(_reasons(run, each, question) for each in checkpoints),
        together(run(Operation(LOGIT, each.card.name), question.X) for each in checkpoints),
        together(_temporal(run, each, question.X[1:]) for each in checkpoints),
    )
    answers = zip(checkpoints, *await together(asked), strict=True)
    return [_answer(each.card, reasons, logit["logit"], temporal) for each, reasons, logit, temporal in answers]


async def _reasons(run: Run, checkpoint: Checkpoint, question: _Question) -> _Reasons | None:
    if checkpoint.card.kind != "network":
        return None
    n_bases, explanation = len(question.edited.sequence), EXPLANATIONS.get(MUTAGENESIS)
    attributed = Attributed(checkpoint, Method(explanation, explanation.parameters()))
    arrays = await run(attributed.operation, question.X[1:])
    mutated = Mutated(*(arrays[name][0, ..., :n_bases].astype(np.float64) for name in ("mutations", MUTAGENESIS)))
    return _Reasons(mutated, await name_motifs(run, attributed, mutated, search=question.search))


async def _temporal(run: Run, checkpoint: Checkpoint, X: Tensor) -> dict[str, list[float]]:
    explanation = EXPLANATIONS.get(TEMPORAL)
    if checkpoint.card.kind != "network" or explanation.refusal(checkpoint.network):
        return {}
    arrays = await run(Operation(TEMPORAL, checkpoint.card.name, explanation.parameters()), X)
    return {name: probabilities(values[0]).tolist() for name, values in arrays.items()}


def _answer(
    card: SequenceCard, reasons: _Reasons | None, logits: NDArray[Any], temporal: dict[str, list[float]]
) -> CheckpointAnswer:
    original, now = (_answered(float(logit)) for logit in logits)
    return CheckpointAnswer(
        checkpoint=card.name,
        architecture=card.architecture,
        kind=card.kind,
        now=now,
        original=original,
        mutations=None if reasons is None else significant(reasons.mutated.mutations).tolist(),
        contributions=None if reasons is None else significant(reasons.mutated.contributions).tolist(),
        temporal_forward=temporal.get("temporal_forward"),
        temporal_backward=temporal.get("temporal_backward"),
        seqlets=[] if reasons is None else reasons.named.seqlets,
        note=None if reasons is None else reasons.named.note,
    )


def _answered(logit: float) -> Answered:
    return Answered(probability=round(1 / (1 + math.exp(-logit)), DIGITS), logit=shortened(logit))


def _conventions() -> dict[str, str]:
    names = ("class", "probability", "positions", "padding", MUTAGENESIS, TEMPORAL, "motif names")
    return {name: motif_conventions()[name] for name in names} | {
        "edits": "In the manner of HGVS: w. is this window, bases count from 1, each edit in the sequence as the one "
        f"before left it; beyond {WINDOW_LENGTH} bases, what an edit pushes out at the 3' end is lost.",
        "mutations": "Change of the logit log P(bound) - log P(not bound) by each substitution; 0 at the base present.",
        "motifs": f"Sought at a false discovery rate of {FDR:g} against contributions in {CONTROLS} dinucleotide "
        f"shuffles of the original (seed {CONTROL_SEED}), whatever the edits.",
        "contributions": "Of the base present: -1/4 x sum of its column of mutations; positive supports bound.",
    }
