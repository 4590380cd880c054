"""Whether explanations of a window may be believed: what has to be asked, and the badges."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.schemas.trust import Trust, TrustReport, TrustRequest
from backend.services.concurrency import together
from backend.services.context import ServiceContext
from backend.services.conventions import conventions
from backend.services.errors import refused_field
from backend.services.inference import LOGIT, Operation, Run
from backend.services.provenance import provenance
from backend.services.trust_conventions import TRUST_CONVENTIONS
from backend.services.trust_views import wire_measure
from backend.services.window_attributions import Attributed, encode_window, plan_window, settings_of
from models.errors import ExplanationRefusedError
from models.trust.measures import N_SHUFFLES, Evidence, Track, measure
from models.trust.questions import NEEDED, Answer, Question, evidence_from, questions
from models.trust.verdict import Badge, judge


class _Asked(NamedTuple):
    """One explanation, what has to be asked about it, and the window without its padding."""

    attributed: Attributed
    questions: Mapping[str, Question]
    bases: str


class _Gathered(NamedTuple):
    """One explanation and what is known of it, or why it was refused."""

    attributed: Attributed
    evidence: Evidence | None
    refusal: str = ""


async def report_trust(request: TrustRequest, *, context: ServiceContext, request_id: str) -> TrustReport:
    """Ask every network for its explanation in all variants, and hold the answers against each other."""
    await context.checkpoints.seek(asked.checkpoint for asked in request.attributions)
    plan = plan_window(request.attributions, checkpoints=context.checkpoints.loaded)
    if not set(request.sequence) - {"N"}:
        raise refused_field("sequence", "no_known_base", "Every base is N, so there is nothing to explain.")
    asked = await asyncio.to_thread(_ask, request.sequence, plan.attributed)
    with context.engine.admit(2 * (1 + N_SHUFFLES) * max(1, len(asked))) as run:
        gathered = await together(_gather(run, one) for one in asked)
    trusts = await asyncio.to_thread(_trusts, gathered)
    sent_along = provenance(
        context,
        request_id=request_id,
        settings=settings_of(request.sequence, plan.attributed),
        conventions={**conventions(), **TRUST_CONVENTIONS},
    )
    refused = {one.attributed.card.name: one.refusal for one in gathered if one.evidence is None}
    return TrustReport(**sent_along, sequence=request.sequence, trusts=trusts, refused=plan.refused | refused)


def _ask(sequence: str, attributed: Sequence[Attributed]) -> list[_Asked]:
    """Lay out all questions; references are shuffled here, off the event loop."""
    X = encode_window(sequence)
    return [
        _Asked(one, questions(one.method.explanation, one.method.parameters, X, n_bases=len(sequence)), sequence)
        for one in attributed
    ]


async def _gather(run: Run, asked: _Asked) -> _Gathered:
    attributed = asked.attributed
    answers: dict[str, Answer] = {}
    for key, question in asked.questions.items():
        try:
            answers[key] = await run(_operation(question, attributed.card.name), question.X)
        except ExplanationRefusedError as error:
            if key in NEEDED:
                return _Gathered(attributed, None, error.reason)
    return _Gathered(attributed, evidence_from(answers, explanation=attributed.method.explanation, bases=asked.bases))


def _operation(question: Question, checkpoint: str) -> Operation:
    if question.explanation is None:
        return Operation(LOGIT, checkpoint)
    return Operation(question.explanation.name, checkpoint, question.parameters)


def _trusts(gathered: Sequence[_Gathered]) -> list[Trust]:
    return [
        _trust(one.attributed, judge(measure(one.evidence._replace(peers=_peers(one, gathered)))))
        for one in gathered
        if one.evidence is not None
    ]


def _peers(one: _Gathered, gathered: Sequence[_Gathered]) -> list[Track]:
    """Return one explanation by each other network of the factor; a baseline is no peer, as it learns otherwise."""
    own = one.attributed.card
    peers: dict[str, Track] = {}
    for other in gathered:
        card = other.attributed.card
        if other.evidence is not None and card.kind == "network" and card.factor == own.factor and card != own:
            peers.setdefault(card.name, other.evidence.attribution)
    return list(peers.values())


def _trust(attributed: Attributed, badge: Badge) -> Trust:
    return Trust(
        checkpoint=attributed.card.name,
        architecture=attributed.card.architecture,
        method=attributed.method.explanation.name,
        verdict=badge.verdict,
        sentence=badge.sentence,
        measures=[wire_measure(one) for one in badge.judged],
    )
