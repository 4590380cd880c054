"""Why the networks say so for one gene: attention, and knock-out to hold against it."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from backend.schemas.chromatin_analyses import CheckpointExplanation, GeneExplanation, GeneExplanationRequest, KnockOut
from backend.services.agreement import Axes, Changed, Looked, compare
from backend.services.chromatin_plan import ChromatinPlan, file_settings, make_plan
from backend.services.concurrency import together
from backend.services.context import ServiceContext
from backend.services.conventions import chromatin_conventions
from backend.services.gene_inputs import inputs, n_bins_read, signal_of, starts_bp
from backend.services.gene_lookup import find_gene
from backend.services.inference import Arrays, Operation, Run
from backend.services.provenance import provenance
from backend.services.rounding import probabilities, shortened, significant
from models.card import ChromatinCard
from models.checkpoints import ChromatinCheckpoint
from models.explanations import CHROMATIN_EXPLANATIONS
from models.explanations.knock_out import KnockOutParameters
from models.histone import central_bins

ATTENTION, KNOCK_OUT = CHROMATIN_EXPLANATIONS.get("attention"), CHROMATIN_EXPLANATIONS.get("knock_out")
ATTENTION_TRACKS: Final = ("bin_attention", "mark_attention")
NO_MARK_ATTENTION: Final = "it has no attention over marks: it weighs them by fixed weights"

_Values: TypeAlias = dict[str, NDArray[np.float64]]


class _Gene(NamedTuple):
    plan: ChromatinPlan
    place: int
    axes: Axes

    @property
    def slice(self) -> slice:
        return slice(self.place, self.place + 1)


async def explain_gene(request: GeneExplanationRequest, *, context: ServiceContext, request_id: str) -> GeneExplanation:
    """Ask every checkpoint where it looks and what changes its answer, on one axis."""
    plan = await make_plan(request.file, request.checkpoints, context=context)
    plan = _on_one_axis(plan)
    index = await asyncio.to_thread(find_gene, plan.matrices, request.gene)
    gene = _Gene(plan, index, _axes(plan))
    with context.engine.admit(len(plan.checkpoints)) as run:
        explanations = await together(
            _explain(run, checkpoint, gene, width=request.knock_out_width) for checkpoint in plan.checkpoints
        )
    settings = {
        "file": file_settings(plan),
        "gene": plan.matrices.genes[index],
        "checkpoints": [card.name for card in plan.cards],
        "knock_out_width": request.knock_out_width,
    }
    sent_along = provenance(context, request_id=request_id, settings=settings, conventions=chromatin_conventions())
    return _answer(gene, explanations, sent_along)


def _on_one_axis(plan: ChromatinPlan) -> ChromatinPlan:
    """Keep the checkpoints that read as many bins as the first one; the others would need an axis of their own."""
    first, *_ = plan.cards
    n_bins = n_bins_read(first, plan.matrices)
    refused = {
        card.name: f"It reads {n_bins_read(card, plan.matrices)} bins, {first.name} {n_bins}: ask for it by itself."
        for card in plan.cards
        if n_bins_read(card, plan.matrices) != n_bins
    }
    answering = tuple(one for one in plan.checkpoints if one.card.name not in refused)
    return plan._replace(checkpoints=answering, refused={**plan.refused, **refused})


def _axes(plan: ChromatinPlan) -> Axes:
    first, *_ = plan.cards
    starts = starts_bp(n_bins_read(first, plan.matrices), plan.matrices, bin_size_bp=plan.bin_size_bp)
    return Axes(first.marks, starts, plan.bin_size_bp)


async def _explain(run: Run, checkpoint: ChromatinCheckpoint, gene: _Gene, *, width: int) -> CheckpointExplanation:
    card = checkpoint.card
    X = inputs(gene.plan.matrices, card, gene.slice)
    parameters = KnockOutParameters(width=width, reference=_reference(card, X.shape[2]))
    changed = await run(Operation(KNOCK_OUT.name, card.name, parameters), X)
    refusal = ATTENTION.refusal(checkpoint.network)
    looked = {} if refusal else await run(Operation(ATTENTION.name, card.name, ATTENTION.parameters()), X)
    refused = {name: refusal or NO_MARK_ATTENTION for name in ATTENTION_TRACKS if name not in looked}
    return CheckpointExplanation(
        checkpoint=card.name,
        refused=refused,
        **_knocked_out(card, _first(changed), width=width),
        **_attended(checkpoint, _first(looked), _first(changed), gene.axes),
    )


def _knocked_out(card: ChromatinCard, changed: _Values, *, width: int) -> dict[str, Any]:
    logit = changed["logit"]
    return {
        "logit": shortened(float(logit)),
        "probability": float(probabilities(expit(logit))),
        "knock_out": KnockOut(
            reference=card.reference_origin,
            width=width,
            cells=significant(changed["cells"]).tolist(),
            bins=significant(changed["bins"]).tolist(),
            marks=significant(changed["marks"]).tolist(),
        ),
    }


def _attended(checkpoint: ChromatinCheckpoint, looked: _Values, changed: _Values, axes: Axes) -> dict[str, Any]:
    """Return the attention, and how far knock-out agrees with it."""
    alpha, beta = looked.get("bin_attention"), looked.get("mark_attention")
    if alpha is None:
        return dict.fromkeys(("bin_attention", "mark_attention", "combined_attention", "agreement"))
    shared = bool(getattr(checkpoint.network, "shared_bin_attention", False))
    return {
        "bin_attention": significant(alpha).tolist(),
        "shared_bin_attention": shared,
        "mark_attention": None if beta is None else significant(beta).tolist(),
        "combined_attention": None if beta is None else significant(beta[:, None] * alpha).tolist(),
        "agreement": compare(
            Looked(alpha, beta, shared), Changed(changed["cells"], changed["bins"], changed["marks"]), axes
        ),
    }


def _reference(card: ChromatinCard, n_bins: int) -> tuple[tuple[float, ...], ...]:
    """Return what knocked-out bins are set to: of a shorter gene the middle, as with the signal."""
    reference = central_bins(np.array(card.reference, np.float32), n_bins)
    return tuple(tuple(row) for row in reference.tolist())


def _first(arrays: Arrays) -> _Values:
    return {name: values[0].astype(np.float64) for name, values in arrays.items()}


def _answer(gene: _Gene, explanations: list[CheckpointExplanation], sent_along: Mapping[str, Any]) -> GeneExplanation:
    matrices = gene.plan.matrices
    signal = signal_of(matrices, gene.plan.cards[0], gene.slice)[0]
    return GeneExplanation(
        **sent_along,
        gene=matrices.genes[gene.place],
        symbol=matrices.symbols[gene.place],
        label=None if matrices.labels is None else int(matrices.labels[gene.place]),
        marks=list(gene.axes.marks),
        bin_size_bp=gene.axes.bin_size_bp,
        bin_starts_bp=gene.axes.starts_bp.tolist(),
        signal=significant(signal).tolist(),
        explanations=explanations,
        refused=dict(gene.plan.refused),
    )
