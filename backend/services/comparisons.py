"""Two to four models on one window: the same references, one scale, what they share and where they differ."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from backend.schemas.comparisons import (
    FEWEST_MODELS,
    AverageModel,
    ComparedModel,
    Comparison,
    ComparisonRequest,
    DisagreementSpan,
    PairAgreement,
)
from backend.schemas.window import Attribution
from backend.services.comparison_words import AVERAGE_NOTES, CONVENTIONS, short_titles, span_sentence, verdict
from backend.services.concurrency import together
from backend.services.context import ServiceContext
from backend.services.conventions import conventions
from backend.services.errors import FieldError, InvalidFieldsError
from backend.services.inference import PREDICTION, Operation, Run
from backend.services.names import shown
from backend.services.provenance import provenance
from backend.services.rounding import probabilities, shortened, significant
from backend.services.window_attributions import Attributed, WindowPlan, encode_window, plan_window, settings_of
from models.comparison import consensus, disagreeing_spans, disagreement, scaled, scales
from models.errors import ExplanationRefusedError
from models.trust.agreement import cosine, jaccard_of_top, spearman

SHARED_PARAMETERS: Final = ("n_references", "random_state")
GAP: Final = "completeness_gap"

_Values = NDArray[np.float64]


class _Said(NamedTuple):
    """What one model says: P(bound), the contribution of each base, and the completeness gap if there is one."""

    attributed: Attributed
    probability: float
    contributions: _Values
    gap: float | None


async def compare_models(request: ComparisonRequest, *, context: ServiceContext, request_id: str) -> Comparison:
    """Ask every model about the same window and hold the answers against each other."""
    names = [asked.checkpoint for asked in request.attributions]
    await context.checkpoints.seek(names)
    _refuse_repeated(names)
    plan = plan_window(request.attributions, checkpoints=context.checkpoints.loaded)
    _refuse_too_few(plan, request.attributions)
    _refuse_other_references(plan, names)
    X = encode_window(request.sequence)
    with context.engine.admit(len(plan.attributed)) as run:
        answers = await together(_ask(run, one, X, n_bases=len(request.sequence)) for one in plan.attributed)
    said = [answer for answer in answers if isinstance(answer, _Said)]
    plan = _less_refused(plan, answers)
    _refuse_too_few(plan, request.attributions)
    sent_along = provenance(
        context,
        request_id=request_id,
        settings=settings_of(request.sequence, plan.attributed),
        conventions=conventions() | CONVENTIONS,
    )
    return await asyncio.to_thread(_answer, request, plan, said, sent_along, int(X.shape[2]))


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = [position for position, name in enumerate(names) if name in names[:position]]
    if repeated:
        raise InvalidFieldsError(
            tuple(
                FieldError(
                    f"attributions.{position}.checkpoint",
                    "repeated_checkpoint",
                    f"{shown(names[position])} is asked for twice. Name each model once.",
                )
                for position in repeated
            )
        )


def _refuse_too_few(plan: WindowPlan, asked: Sequence[Attribution]) -> None:
    """Say for each refused model why, where fewer than two are left."""
    if len(plan.attributed) < FEWEST_MODELS:
        raise InvalidFieldsError(
            tuple(
                FieldError(
                    f"attributions.{position}.method", "refused", f"{one.checkpoint}: {plan.refused[one.checkpoint]}."
                )
                for position, one in enumerate(asked)
                if one.checkpoint in plan.refused
            )
        )


def _refuse_other_references(plan: WindowPlan, names: Sequence[str]) -> None:
    """Refuse models that would be held against different references: their difference would say nothing."""
    first: dict[str, Any] = {}
    for one in plan.attributed:
        for name in SHARED_PARAMETERS:
            value = getattr(one.method.parameters, name, None)
            if value is not None and first.setdefault(name, value) != value:
                place = f"attributions.{names.index(one.card.name)}.parameters.{name}"
                message = f"It is {value}, and {first[name]} for another model. Compare with the same references."
                raise InvalidFieldsError((FieldError(place, "other_references", message),))


async def _ask(run: Run, one: Attributed, X: Tensor, *, n_bases: int) -> _Said | str:
    """Return what one model says, or why its method turned out not to be valid for this sequence."""
    predicted = await run(Operation(PREDICTION, one.card.name), X)
    try:
        arrays = await run(one.operation, X)
    except ExplanationRefusedError as error:
        return error.reason
    contributions = arrays[one.method.explanation.name][0, :n_bases].astype(np.float64)
    gap = float(arrays[GAP][0]) if GAP in arrays else None
    return _Said(one, float(probabilities(predicted["probability"])[0]), contributions, gap)


def _less_refused(plan: WindowPlan, answers: Sequence[_Said | str]) -> WindowPlan:
    """Move the models that gave a reason instead of an answer to the refused ones."""
    pairs = list(zip(plan.attributed, answers, strict=True))
    return WindowPlan(
        tuple(one for one, answer in pairs if isinstance(answer, _Said)),
        plan.refused | {one.card.name: answer for one, answer in pairs if isinstance(answer, str)},
    )


def _answer(
    request: ComparisonRequest, plan: WindowPlan, said: Sequence[_Said], sent_along: Mapping[str, Any], window: int
) -> Comparison:
    contributions = np.stack([one.contributions for one in said])
    shares, sizes = scaled(contributions), scales(contributions)
    models = [_model(one, float(size), row) for one, size, row in zip(said, sizes, shares, strict=True)]
    pairs = [_pair(one, other) for one, other in combinations(said, 2)]
    agreed = consensus(shares)
    return Comparison(
        **sent_along,
        sequence=request.sequence,
        padding=window - len(request.sequence),
        models=models,
        pairs=pairs,
        consensus=significant(agreed).tolist(),
        disagreement=significant(disagreement(shares)).tolist(),
        n_agreeing=int(np.count_nonzero(agreed)),
        spans=_spans(request.sequence, models, shares),
        average=_average(models, contributions),
        verdict=verdict(models, pairs),
        refused=plan.refused,
    )


def _model(said: _Said, size: float, shares: _Values) -> ComparedModel:
    card, explanation = said.attributed.card, said.attributed.method.explanation
    return ComparedModel(
        checkpoint=card.name,
        title=card.title,
        factor=card.factor,
        architecture=card.architecture,
        sha256=card.sha256,
        method=explanation.name,
        method_title=explanation.title,
        probability=said.probability,
        completeness_gap=None if said.gap is None else shortened(said.gap),
        contributions=significant(said.contributions).tolist(),
        scale=shortened(size),
        shares=significant(shares).tolist(),
    )


def _pair(one: _Said, other: _Said) -> PairAgreement:
    a, b = one.contributions, other.contributions
    return PairAgreement(
        first=one.attributed.card.name,
        second=other.attributed.card.name,
        spearman=_rounded(spearman(a, b)),
        cosine=_rounded(cosine(a, b)),
        top_positions=_rounded(jaccard_of_top(a, b)),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _spans(sequence: str, models: Sequence[ComparedModel], shares: _Values) -> list[DisagreementSpan]:
    titles = short_titles(models)
    spans = []
    for span in disagreeing_spans(shares):
        bases = sequence[span.start : span.stop]
        says = dict(zip(titles, significant(span.says).tolist(), strict=True))
        spans.append(
            DisagreementSpan(
                start=span.start,
                stop=span.stop,
                bases=bases,
                disagreement=shortened(span.disagreement),
                says=says,
                sentence=span_sentence(span, bases, says=says, titles=titles),
            )
        )
    return spans


def _average(models: Sequence[ComparedModel], contributions: _Values) -> AverageModel:
    one_factor = len({model.factor for model in models}) == 1
    mean = float(np.mean([model.probability for model in models]))
    return AverageModel(
        probability=float(probabilities(np.array(mean))),
        contributions=significant(contributions.mean(axis=0)).tolist(),
        note=AVERAGE_NOTES[one_factor],
    )
