"""What a motif does by itself, in shuffled backgrounds, at every position of the window."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor

from backend.schemas.constructs import CheckpointEffect, MarginalEffectRequest, MarginalEffects
from backend.services.checkpoints import WINDOW_LENGTH
from backend.services.concurrency import together
from backend.services.constructs import factor_checkpoints, references, window_of
from backend.services.context import ServiceContext
from backend.services.conventions import conventions
from backend.services.errors import refused_field
from backend.services.inference import LOGIT, Operation, Run
from backend.services.provenance import provenance
from backend.services.rounding import shortened, significant
from models.checkpoints import Checkpoint
from models.errors import ExplanationRefusedError
from models.marginal_effect import paired_effect, pasted_everywhere, shuffled_backgrounds

RANDOM_STATE: Final = 0


class _Windows(NamedTuple):
    """Backgrounds, shape (n, 4, window), and the same with the motif, positions first, shape (n_positions * n, ...)."""

    positions: list[int]
    backgrounds: Tensor
    pasted: Tensor


async def marginal_effects(
    request: MarginalEffectRequest, *, context: ServiceContext, request_id: str
) -> MarginalEffects:
    """Paste the motif at every position of every background and compare each with itself."""
    every = await factor_checkpoints(request.factor, context=context)
    checkpoints = [each for each in every if each.card.kind == "network"] or every
    windows = await asyncio.to_thread(_windows, request)
    with context.engine.admit(min(len(windows.pasted), context.engine.max_batch) * len(checkpoints)) as run:
        effects = await together(_effect(run, each, windows) for each in checkpoints)
    return MarginalEffects(
        factor=request.factor,
        sequence=request.sequence,
        motif=request.motif,
        positions=windows.positions,
        n_backgrounds=request.n_backgrounds,
        checkpoints=references(checkpoints),
        effects=effects,
        **provenance(
            context,
            request_id=request_id,
            settings={**request.model_dump(), "random_state": RANDOM_STATE},
            conventions=_conventions(request, checkpoints),
        ),
    )


def _windows(request: MarginalEffectRequest) -> _Windows:
    sequence, motif = window_of(request.sequence, field="sequence"), request.motif
    if len(motif) > len(sequence):
        message = f"The motif holds {len(motif)} bases, the sequence {len(sequence)}: choose a shorter motif."
        raise refused_field("motif", "motif_too_long", message)
    try:
        backgrounds = shuffled_backgrounds(
            sequence, length=WINDOW_LENGTH, n=request.n_backgrounds, random_state=RANDOM_STATE
        )
    except ExplanationRefusedError as error:
        message = f"There are no backgrounds: {error.reason}."
        raise refused_field("sequence", "no_backgrounds", message) from None
    positions = list(range(len(sequence) - len(motif) + 1))
    return _Windows(positions, backgrounds, pasted_everywhere(backgrounds, motif, positions=positions).flatten(0, 1))


async def _effect(run: Run, checkpoint: Checkpoint, windows: _Windows) -> CheckpointEffect:
    """Ask one network; the first rows of what it is asked are the backgrounds as they are."""
    card, n = checkpoint.card, len(windows.backgrounds)
    answer = await run(Operation(LOGIT, card.name), torch.cat([windows.backgrounds, windows.pasted]))
    before, after = answer["logit"][:n], answer["logit"][n:].reshape(-1, n)
    effect = paired_effect(before, after)
    return CheckpointEffect(
        checkpoint=card.name,
        architecture=card.architecture,
        background=shortened(float(before.mean())),
        mean=significant(effect.mean).tolist(),
        low=significant(effect.low).tolist(),
        high=significant(effect.high).tolist(),
    )


def _conventions(request: MarginalEffectRequest, checkpoints: Sequence[Checkpoint]) -> dict[str, str]:
    return {name: conventions()[name] for name in ("class", "positions", "padding")} | {
        "marginal effect": "Mean over backgrounds of logit(background with the motif) - logit(background), the logit "
        "being log P(bound) - log P(not bound) with the natural logarithm; positive: the motif speaks for bound.",
        "backgrounds": f"{request.n_backgrounds} dinucleotide shuffles of the sequence, seed {RANDOM_STATE}; the same "
        f"for all {len(checkpoints)} networks and all positions.",
        "interval": "95 %, Student's t over backgrounds, paired, for each position by itself.",
    }
