"""Histone signals in, P(ON) of every gene out."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.schemas.chromatin_analyses import (
    ChromatinAnalysis,
    ChromatinAnalysisRequest,
    ChromatinCheckpointReference,
    Confusion,
    Evaluation,
    GenePrediction,
    Genes,
)
from backend.services.chromatin_plan import ChromatinPlan, file_settings, in_portions, make_plan
from backend.services.concurrency import together
from backend.services.context import ServiceContext
from backend.services.conventions import chromatin_conventions
from backend.services.histone_files import FIELD
from backend.services.inference import PREDICTION, Operation
from backend.services.problem_items import problem_items
from backend.services.provenance import provenance
from backend.services.rounding import probabilities
from backend.services.shifts import shifts
from models.card import ChromatinCard
from models.training.metrics import evaluate

ON_FROM: Final = 0.5
SEED: Final = 0  # of the bootstrap: the same file has the same intervals

Scores = Mapping[str, NDArray[np.float64]]


async def analyse_chromatin(
    request: ChromatinAnalysisRequest, *, context: ServiceContext, request_id: str
) -> ChromatinAnalysis:
    """Score every gene of a file by every checkpoint that can read it, and hold the scores against the labels."""
    plan = await make_plan(request.file, request.checkpoints, context=context)
    portion = min(len(plan.matrices.genes), context.engine.max_batch)
    with context.engine.admit(portion * len(plan.checkpoints)) as run:
        answers = await together(
            in_portions(run, Operation(PREDICTION, card.name), card, plan.matrices, portion=portion)
            for card in plan.cards
        )
    scores = {
        card.name: probabilities(np.concatenate([part["probability"] for part in parts]))
        for card, parts in zip(plan.cards, answers, strict=True)
    }
    sent_along = provenance(
        context,
        request_id=request_id,
        settings={"file": file_settings(plan), "checkpoints": list(scores)},
        conventions=chromatin_conventions(),
    )
    return await asyncio.to_thread(_answer, plan, scores, sent_along)


def _answer(plan: ChromatinPlan, scores: Scores, sent_along: Mapping[str, Any]) -> ChromatinAnalysis:
    matrices = plan.matrices
    calls = [scores[card.name] >= ON_FROM for card in plan.cards if card.kind == "network"]
    return ChromatinAnalysis(
        **sent_along,
        n_bins=matrices.n_bins,
        bin_size_bp=plan.bin_size_bp,
        signals=list(matrices.signals),
        checkpoints=[_reference(card) for card in plan.cards],
        genes=Genes(
            gene=list(matrices.genes),
            symbol=list(matrices.symbols),
            label=None if matrices.labels is None else matrices.labels.tolist(),
        ),
        predictions=[
            GenePrediction(checkpoint=name, probability=probability.tolist()) for name, probability in scores.items()
        ],
        networks_calling_on=np.sum(calls, axis=0, dtype=int).tolist() if calls else [0] * len(matrices.genes),
        evaluations=_evaluations(matrices.labels, scores),
        refused=dict(plan.refused),
        shifts=shifts(plan.file.summaries, n_bins=matrices.n_bins, cards=plan.cards),
        repairs=problem_items(plan.file.repairs, field=FIELD),
    )


def _reference(card: ChromatinCard) -> ChromatinCheckpointReference:
    return ChromatinCheckpointReference.model_validate(
        card.model_dump(include=set(ChromatinCheckpointReference.model_fields))
    )


def _evaluations(labels: NDArray[np.int8] | None, scores: Scores) -> list[Evaluation]:
    """Measure every checkpoint against the labels, where there are genes of both kinds."""
    if labels is None or len(np.unique(labels)) < 2:
        return []
    on = labels == 1
    return [_evaluation(name, on, probability) for name, probability in scores.items()]


def _evaluation(checkpoint: str, on: NDArray[np.bool_], probability: NDArray[np.float64]) -> Evaluation:
    metrics = evaluate(on, probability, random_state=SEED)
    called = probability >= ON_FROM
    return Evaluation.model_validate(
        metrics.model_dump(include={"auroc", "auprc", "accuracy", "brier", "reliability"})
        | {
            "checkpoint": checkpoint,
            "prevalence": round(float(on.mean()), 6),
            "confusion": Confusion(
                on_called_on=int((on & called).sum()),
                on_called_off=int((on & ~called).sum()),
                off_called_on=int((~on & called).sum()),
                off_called_off=int((~on & ~called).sum()),
            ),
        }
    )
