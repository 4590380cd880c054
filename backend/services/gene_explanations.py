"""Why the networks say so for one gene: attention, knock-out and contributions, each to hold against the others."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from torch import Tensor, cat, from_numpy

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation, GeneExplanationRequest
from backend.services.agreement import Axes
from backend.services.chromatin_plan import ChromatinPlan, file_settings, make_plan
from backend.services.concurrency import together
from backend.services.context import ServiceContext
from backend.services.conventions import chromatin_conventions
from backend.services.gene_inputs import n_bins_read, signal_of, starts_bp
from backend.services.gene_lookup import find_gene
from backend.services.gene_reasons import Asked, Values, explanation_of
from backend.services.inference import LOGIT, Arrays, Operation, Run
from backend.services.provenance import provenance
from backend.services.rounding import significant
from backend.services.signal_edits import CONVENTIONS, Signal, check_edits, edited, in_words
from models.card import ChromatinCard
from models.checkpoints import ChromatinCheckpoint
from models.errors import ExplanationRefusedError
from models.explanations import CHROMATIN_EXPLANATIONS
from models.explanations.knock_out import KnockOutParameters
from models.explanations.method import ExplanationParameters
from models.explanations.signal_integrated_gradients import SignalReferenceParameters
from models.histone import central_bins

INTEGRATED: Final = "signal_integrated_gradients"
NO_MARK_ATTENTION: Final = "it has no attention over marks: it weighs them by fixed weights"


class _Gene(NamedTuple):
    """One gene as it is asked about: on whose axis, and with what edits."""

    plan: ChromatinPlan
    place: int
    axes: Axes
    request: GeneExplanationRequest

    def original(self, card: ChromatinCard) -> Signal:
        """Return what a checkpoint reads in the file, shape (n_marks, n_bins)."""
        one: Signal = signal_of(self.plan.matrices, card, slice(self.place, self.place + 1))[0]
        return one

    def signal(self, card: ChromatinCard) -> Signal:
        """Return what a checkpoint reads after the edits; 'reference' is that of the first checkpoint for all."""
        first = self.plan.cards[0]
        usual = dict(zip(first.marks, reference_of(first, len(self.axes.starts_bp)), strict=True))
        rows = np.stack([usual[mark] for mark in card.marks])
        return edited(self.original(card), self.request.edits, marks=card.marks, reference=rows)


async def explain_gene(request: GeneExplanationRequest, *, context: ServiceContext, request_id: str) -> GeneExplanation:
    """Ask every checkpoint where it looks and what changes its answer, on one axis."""
    plan = _on_one_axis(await make_plan(request.file, request.checkpoints, context=context))
    index = await asyncio.to_thread(find_gene, plan.matrices, request.gene)
    gene = _Gene(plan, index, _axes(plan), request)
    check_edits(request.edits, gene.axes)
    peers = await _peers(gene, context)
    with context.engine.admit(len(plan.checkpoints) + len(peers)) as run:
        asked = await together(_ask(run, checkpoint, gene) for checkpoint in plan.checkpoints)
        beside = await together(_integrate(run, checkpoint, gene) for checkpoint in peers)
    contributions = {one.card.name: one.arrays[INTEGRATED][INTEGRATED] for one in asked if INTEGRATED in one.arrays}
    contributions |= {
        checkpoint.card.name: found[INTEGRATED]
        for checkpoint, found in zip(peers, beside, strict=True)
        if not isinstance(found, str)
    }
    explanations = [
        explanation_of(one, gene.axes, width=request.knock_out_width, contributions=contributions) for one in asked
    ]
    sent_along = provenance(
        context,
        request_id=request_id,
        settings=_settings(gene, list(contributions)),
        conventions=chromatin_conventions() | CONVENTIONS,
    )
    return _answer(gene, explanations, sent_along)


def _settings(gene: _Gene, held_against: Sequence[str]) -> dict[str, Any]:
    request = gene.request
    return {
        "file": file_settings(gene.plan),
        "gene": gene.plan.matrices.genes[gene.place],
        "checkpoints": [card.name for card in gene.plan.cards],
        "knock_out_width": request.knock_out_width,
        "methods": list(dict.fromkeys(request.methods)),
        "edits": [edit.model_dump() for edit in request.edits],
        "peers": [name for name in held_against if name not in request.checkpoints],
    }


def _on_one_axis(plan: ChromatinPlan) -> ChromatinPlan:
    """Keep the checkpoints that read as many bins as the first one; the others would need an axis of their own."""
    first, *_ = plan.cards
    n_bins = n_bins_read(first, plan.matrices)
    refused = {
        card.name: f"It reads {n_bins_read(card, plan.matrices)} bins, {first.name} {n_bins}: ask for it by itself."
        for card in plan.cards
        if n_bins_read(card, plan.matrices) != n_bins
    } | {
        card.name: f"It reads other marks than {first.name}: ask for it by itself."
        for card in plan.cards
        if set(card.marks) != set(first.marks)
    }
    answering = tuple(one for one in plan.checkpoints if one.card.name not in refused)
    return plan._replace(checkpoints=answering, refused={**plan.refused, **refused})


def _axes(plan: ChromatinPlan) -> Axes:
    first, *_ = plan.cards
    starts = starts_bp(n_bins_read(first, plan.matrices), plan.matrices, bin_size_bp=plan.bin_size_bp)
    return Axes(first.marks, starts, plan.bin_size_bp)


async def _peers(gene: _Gene, context: ServiceContext) -> tuple[ChromatinCheckpoint, ...]:
    """Find who else is to be asked for contributions, of those that read the same cells."""
    request = gene.request
    names = [name for name in request.peers if name not in request.checkpoints]
    if not names or INTEGRATED not in request.methods:
        return ()
    plan = await make_plan(request.file, names, context=context, field="peers.{}")
    return tuple(
        one
        for one in plan.checkpoints
        if one.card.marks == gene.axes.marks and n_bins_read(one.card, plan.matrices) == len(gene.axes.starts_bp)
    )


async def _ask(run: Run, checkpoint: ChromatinCheckpoint, gene: _Gene) -> Asked:
    """Ask one checkpoint for all that is wanted; what is not valid for it is refused with the reason."""
    X = _input(gene.signal(checkpoint.card))
    usual = _input(reference_of(checkpoint.card, X.shape[2]))
    logit, usual_logit = (await run(Operation(LOGIT, checkpoint.card.name), cat([X, usual])))["logit"].tolist()
    arrays: dict[str, dict[str, Values]] = {}
    refused: dict[str, str] = {}
    for name in dict.fromkeys(gene.request.methods):
        found = await _compute(run, name, checkpoint, X, parameters=_parameters(name, checkpoint.card, gene))
        if isinstance(found, str):
            refused[name] = found
        else:
            arrays[name] = found
    return Asked(checkpoint, logit, logit - usual_logit, arrays, _of_tracks(refused, arrays))


async def _integrate(run: Run, checkpoint: ChromatinCheckpoint, gene: _Gene) -> dict[str, Values] | str:
    X = _input(gene.signal(checkpoint.card))
    return await _compute(run, INTEGRATED, checkpoint, X, parameters=_parameters(INTEGRATED, checkpoint.card, gene))


async def _compute(
    run: Run, name: str, checkpoint: ChromatinCheckpoint, X: Tensor, *, parameters: ExplanationParameters
) -> dict[str, Values] | str:
    reason = CHROMATIN_EXPLANATIONS.get(name).refusal(checkpoint.network)
    if reason:
        return reason
    try:
        return _first(await run(Operation(name, checkpoint.card.name, parameters), X))
    except ExplanationRefusedError as error:
        return error.reason


def _parameters(name: str, card: ChromatinCard, gene: _Gene) -> ExplanationParameters:
    rows = tuple(tuple(row) for row in reference_of(card, len(gene.axes.starts_bp)).tolist())
    if name == "knock_out":
        return KnockOutParameters(width=gene.request.knock_out_width, reference=rows)
    if name == INTEGRATED:
        return SignalReferenceParameters(reference=rows)
    return CHROMATIN_EXPLANATIONS.get(name).parameters()


def _of_tracks(refused: Mapping[str, str], arrays: Mapping[str, Any]) -> dict[str, str]:
    """Say of attention which of its two tracks is missing, and why."""
    if "attention" in refused:
        others = {name: reason for name, reason in refused.items() if name != "attention"}
        return dict.fromkeys(("bin_attention", "mark_attention"), refused["attention"]) | others
    if "attention" in arrays and "mark_attention" not in arrays["attention"]:
        return {"mark_attention": NO_MARK_ATTENTION, **refused}
    return dict(refused)


def reference_of(card: ChromatinCard, n_bins: int) -> Signal:
    """Return what is usual in each bin: of a shorter gene the middle, as with the signal."""
    return central_bins(np.array(card.reference, np.float32), n_bins)


def _input(signal: Signal) -> Tensor:
    return from_numpy(np.ascontiguousarray(signal[None]))


def _first(arrays: Arrays) -> dict[str, Values]:
    return {name: values[0].astype(np.float64) for name, values in arrays.items()}


def _answer(gene: _Gene, explanations: list[CheckpointExplanation], sent_along: Mapping[str, Any]) -> GeneExplanation:
    matrices, first, edits = gene.plan.matrices, gene.plan.cards[0], gene.request.edits
    original = significant(gene.original(first)).tolist()
    return GeneExplanation(
        **sent_along,
        gene=matrices.genes[gene.place],
        symbol=matrices.symbols[gene.place],
        label=None if matrices.labels is None else int(matrices.labels[gene.place]),
        marks=list(gene.axes.marks),
        bin_size_bp=gene.axes.bin_size_bp,
        bin_starts_bp=gene.axes.starts_bp.tolist(),
        signal=significant(gene.signal(first)).tolist(),
        original_signal=original if edits else None,
        edits=in_words(edits, gene.axes, reference=first.reference_origin),
        explanations=explanations,
        refused=dict(gene.plan.refused),
    )
