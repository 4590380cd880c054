"""Named motifs of one window: seqlets of explanations, and the places where the library's matrices fit."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.schemas.motifs import CheckpointSeqlets, Effect, MotifReport, MotifReportRequest
from backend.services.context import ServiceContext
from backend.services.errors import refused_field
from backend.services.inference import LOGIT, Operation, Run
from backend.services.motif_controls import CONTROLS, control_windows
from backend.services.motif_conventions import motif_conventions
from backend.services.motif_library import MotifTools
from backend.services.motif_views import wire_effect, wire_library_info, wire_scan, wire_seqlet
from backend.services.provenance import provenance
from backend.services.window_attributions import Attributed, attribute, encode_window, plan_window, settings_of
from models.card import SequenceCard
from models.errors import ExplanationRefusedError
from models.explanations import EXPLANATIONS
from models.motifs.fimo import scan
from models.motifs.knock_out import KNOCK_OUTS, change_interval, knocked_out
from models.motifs.naming import NamedSeqlet, name_seqlets
from models.motifs.seqlets import FDR

MUTAGENESIS: Final = "in_silico_mutagenesis"


class _Window(NamedTuple):
    """What is explained: shape (1, 4, window), of which `n_bases` are no padding, and its shuffles."""

    X: Tensor
    n_bases: int
    shuffles: Tensor


async def report_motifs(request: MotifReportRequest, *, context: ServiceContext, request_id: str) -> MotifReport:
    """Find seqlets in each explanation, name them and knock them out; scan the window with the library."""
    library = await asyncio.to_thread(context.motifs.require_ready)
    await context.checkpoints.seek(asked.checkpoint for asked in request.attributions)
    plan = plan_window(request.attributions, checkpoints=context.checkpoints.loaded)
    X = encode_window(request.sequence)
    window = _Window(X, len(request.sequence), await asyncio.to_thread(_shuffles, X))
    refused = dict(plan.refused)
    answers: list[CheckpointSeqlets] = []
    with context.engine.admit(context.engine.max_batch) as run:
        for attributed in plan.attributed:
            try:
                answers.append(await _seqlets(run, attributed, window, context.motifs))
            except ExplanationRefusedError as error:
                refused[attributed.card.name] = error.reason
    hits = await asyncio.to_thread(scan, X[:, :, : window.n_bases], library) if request.scan else None
    return MotifReport(
        **provenance(
            context,
            request_id=request_id,
            settings=settings_of(request.sequence, plan.attributed) | {"scan": request.scan},
            conventions=motif_conventions(),
        ),
        sequence=request.sequence,
        library=wire_library_info(library),
        checkpoints=answers,
        scan=None if hits is None else wire_scan(hits, window.n_bases, library),
        refused=refused,
    )


def _shuffles(X: Tensor) -> Tensor:
    try:
        return control_windows(X)
    except ExplanationRefusedError as error:
        message = f"No motif can be sought: {error.reason}."
        raise refused_field("sequence", "no_background", message) from None


async def _seqlets(run: Run, attributed: Attributed, window: _Window, tools: MotifTools) -> CheckpointSeqlets:
    attribution = (await attribute(run, attributed, window.X))[0, : window.n_bases]
    controls = (await tools.controls.of(run, attributed, X=window.X, shuffles=window.shuffles))[:, : window.n_bases]
    mutations = (await run(mutagenesis(attributed.card), window.X))["mutations"][0, :, : window.n_bases]
    named = await asyncio.to_thread(name_seqlets, attribution, controls, mutations.astype(np.float64), tools.library)
    effects = await _knock_outs(run, attributed.card.name, window.X, named)
    return CheckpointSeqlets(
        checkpoint=attributed.card.name,
        architecture=attributed.card.architecture,
        method=attributed.method.explanation.name,
        fdr=FDR,
        seqlets=[wire_seqlet(each, effect, window.X) for each, effect in zip(named, effects, strict=True)],
        note=None if named else _why_none(attribution),
    )


def mutagenesis(card: SequenceCard) -> Operation:
    """Ask for what each substitution changes: what the network would take in place of each base."""
    return Operation(MUTAGENESIS, card.name, EXPLANATIONS.get(MUTAGENESIS).parameters())


async def _knock_outs(run: Run, checkpoint: str, X: Tensor, named: Sequence[NamedSeqlet]) -> list[Effect | None]:
    """Return what shuffling each seqlet in its context takes from the logit."""
    if not named:
        return []
    spans = [(each.seqlet.start, each.seqlet.stop) for each in named]
    inputs = torch.cat([X, *(knocked_out(X[0], start=start, stop=stop) for start, stop in spans)])
    logits = (await run(Operation(LOGIT, checkpoint), inputs))[LOGIT].astype(np.float64)
    changes = logits[0] - logits[1:].reshape(len(spans), KNOCK_OUTS)
    shuffled = [bool((X[0, :, start + 1 : stop] != X[0, :, start : stop - 1]).any()) for start, stop in spans]
    return [
        wire_effect(change_interval(change)) if can_change else None
        for change, can_change in zip(changes, shuffled, strict=True)
    ]


def _why_none(attribution: NDArray[np.float64]) -> str:
    if not attribution.any():
        return "The attribution is 0 everywhere."
    return (
        f"No stretch stands out from the attributions of {CONTROLS} shuffles of this window at a false discovery rate "
        f"of {FDR:g}."
    )
