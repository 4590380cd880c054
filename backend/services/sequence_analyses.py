"""DNA in, probabilities and explanations out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from backend.config import Settings
from backend.schemas.problem import ProblemItem
from backend.schemas.sequence_analyses import (
    FactorPredictions,
    Prediction,
    SequenceAnalysis,
    SequenceAnalysisRequest,
    WindowExplanation,
)
from backend.services.analysis_plan import Plan, make_plan, settings_of
from backend.services.checkpoints import WINDOW_LENGTH, Checkpoints, by_factor, card_reference, networks
from backend.services.concurrency import off_loop, together
from backend.services.context import ServiceContext
from backend.services.conventions import conventions
from backend.services.errors import FieldError, InvalidFieldsError, TooManyExplainedRowsError
from backend.services.explained_windows import FactorScores, explain_rows
from backend.services.inference import PREDICTION, Operation, Run
from backend.services.problem_items import problem_items
from backend.services.provenance import provenance
from backend.services.rounding import probabilities
from backend.services.row_table import make_rows
from backend.services.sequence_checks import FIELD
from backend.services.windows import Row, Windows, best_windows, cut_windows, strand_rows
from models.card import SequenceCard
from models.fasta import SequenceRecord, read_sequences

BOUND_FROM = 0.5


class _Input(NamedTuple):
    n_records: int
    repairs: list[ProblemItem]
    rows: list[Row]
    windows: Windows


async def analyse_sequences(
    request: SequenceAnalysisRequest, *, context: ServiceContext, request_id: str
) -> SequenceAnalysis:
    """Score every row for every factor, and explain what was asked to be explained."""
    await context.checkpoints.seek(name for asked in request.explanations for name in asked.checkpoints or ())
    checkpoints = context.checkpoints.loaded
    factors = by_factor(checkpoints)
    if not factors.keys() >= set(request.factors):
        await context.checkpoints.seek_factors(request.factors)
        checkpoints = context.checkpoints.loaded
        factors = by_factor(checkpoints)
    plan = make_plan(request, factors=factors)
    work = len(request.sequences)
    given = await off_loop(work, _read, request, plan, context.settings)
    n_windows = min(len(given.windows.X), context.engine.max_batch)
    with context.engine.admit(n_windows * max(map(len, plan.factors.values()))) as run:
        scores = [await _score(run, cards, given.windows) for cards in plan.factors.values()]
        explanations = await _explain(run, scores, given=given, plan=plan, checkpoints=checkpoints, maps=request.maps)
    return await off_loop(
        work, _answer, request, plan, given, scores, explanations, context=context, request_id=request_id
    )


def _read(request: SequenceAnalysisRequest, plan: Plan, settings: Settings) -> _Input:
    """Turn the text into rows and windows, refusing what is too much."""
    file = read_sequences(request.sequences, max_records=settings.max_records, max_bases=settings.max_bases)
    rows = strand_rows(_asked(file.records, request), strands=plan.strands)
    n_explained = len(rows) * len(plan.factors) if plan.methods else 0
    if n_explained > settings.explained_rows:
        raise TooManyExplainedRowsError(n_explained, limit=settings.explained_rows)
    windows = cut_windows(rows, window=WINDOW_LENGTH, step=settings.tile_step)
    return _Input(len(file.records), problem_items(file.repairs, field=FIELD), rows, windows)


def _asked(records: Sequence[SequenceRecord], request: SequenceAnalysisRequest) -> list[tuple[int, SequenceRecord]]:
    """Number the records and keep those of the range."""
    numbered = list(enumerate(records))
    if request.records is None:
        return numbered
    if request.records.start >= len(numbered):
        message = f"The range begins behind the last record: the text holds {len(numbered):,}, counted from 0."
        raise InvalidFieldsError((FieldError("records.start", "outside_text", message),))
    return numbered[request.records.start : request.records.stop]


async def _score(run: Run, cards: tuple[SequenceCard, ...], windows: Windows) -> FactorScores:
    """Ask all checkpoints of a factor about all windows, and choose the window that each row shows."""
    answers = await together(run(Operation(PREDICTION, card.name), windows.X) for card in cards)
    raw = {card.name: answer["probability"] for card, answer in zip(cards, answers, strict=True)}
    voters = [raw[card.name] for card in networks(cards) or cards]
    mean = np.stack(voters).astype(np.float64).mean(axis=0)
    return FactorScores(
        cards=cards,
        probability={name: probabilities(values) for name, values in raw.items()},
        shown=best_windows(mean, first=windows.first),
    )


async def _explain(
    run: Run, scores: Sequence[FactorScores], *, given: _Input, plan: Plan, checkpoints: Checkpoints, maps: bool
) -> list[WindowExplanation]:
    if not plan.methods:
        return []
    return [
        window
        for factor in scores
        for window in await explain_rows(
            run,
            factor,
            rows=given.rows,
            windows=given.windows,
            methods=plan.methods,
            checkpoints=checkpoints,
            maps=maps,
        )
    ]


def _answer(
    request: SequenceAnalysisRequest,
    plan: Plan,
    given: _Input,
    scores: Sequence[FactorScores],
    explanations: list[WindowExplanation],
    *,
    context: ServiceContext,
    request_id: str,
) -> SequenceAnalysis:
    """Put everything together, with what is needed to have it again."""
    return SequenceAnalysis(
        **provenance(
            context,
            request_id=request_id,
            settings=settings_of(request, plan=plan)
            | {"window_length": WINDOW_LENGTH, "tile_step": context.settings.tile_step},
            conventions=conventions(),
        ),
        n_records=given.n_records,
        checkpoints=[card_reference(card) for cards in plan.factors.values() for card in cards],
        rows=make_rows(
            given.rows,
            n_windows=np.diff(given.windows.first).tolist(),
            window=WINDOW_LENGTH,
            factors=plan.factors,
        ),
        factors=[_predictions(factor, given.windows) for factor in scores],
        explanations=explanations,
        repairs=given.repairs,
    )


def _predictions(scores: FactorScores, windows: Windows) -> FactorPredictions:
    shown = {name: values[scores.shown] for name, values in scores.probability.items()}
    calls = np.array([shown[card.name] >= BOUND_FROM for card in networks(scores.cards)])
    return FactorPredictions(
        factor=scores.cards[0].factor,
        window_start=windows.starts[scores.shown].tolist(),
        predictions=[
            Prediction(checkpoint=card.name, architecture=card.architecture, probability=shown[card.name].tolist())
            for card in scores.cards
        ],
        networks_calling_bound=calls.reshape(-1, len(scores.shown)).sum(axis=0, dtype=int).tolist(),
    )
