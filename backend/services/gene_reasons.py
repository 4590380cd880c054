"""What one checkpoint answered about one gene, as it goes over the wire: numbers, agreement, trust."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import float64, tensor

from backend.schemas.chromatin_analyses import CheckpointExplanation, KnockOut, SignalContributions
from backend.schemas.trust import Trust
from backend.services.agreement import Axes, Changed, Looked, compare
from backend.services.gene_trust import METHOD, Believed, trust_of
from backend.services.rounding import probabilities, shortened, significant
from models.card import ChromatinCard
from models.checkpoints import ChromatinCheckpoint

Values: TypeAlias = NDArray[np.float64]


class Asked(NamedTuple):
    """The logit of ON, less that of the reference too; arrays by method and name, and why some methods gave none."""

    checkpoint: ChromatinCheckpoint
    logit: float
    difference: float
    arrays: Mapping[str, Mapping[str, Values]]
    refused: Mapping[str, str]

    @property
    def card(self) -> ChromatinCard:
        """Return the checkpoint's card."""
        return self.checkpoint.card


def explanation_of(
    asked: Asked, axes: Axes, *, width: int, contributions: Mapping[str, Values]
) -> CheckpointExplanation:
    """Put together what a checkpoint says; `contributions` are those of all that were asked for them, by name."""
    return CheckpointExplanation(
        checkpoint=asked.card.name,
        logit=shortened(asked.logit),
        probability=float(probabilities(tensor(asked.logit, dtype=float64).sigmoid().numpy())),
        knock_out=_knock_out(asked, width=width),
        contributions=_contributions(asked),
        trust=_trust(asked, width=width, contributions=contributions),
        refused=dict(asked.refused),
        **_attended(asked, axes),
    )


def _knock_out(asked: Asked, *, width: int) -> KnockOut | None:
    lost = asked.arrays.get("knock_out")
    if lost is None:
        return None
    return KnockOut(
        reference=asked.card.reference_origin,
        width=width,
        cells=significant(lost["cells"]).tolist(),
        bins=significant(lost["bins"]).tolist(),
        marks=significant(lost["marks"]).tolist(),
    )


def _contributions(asked: Asked) -> SignalContributions | None:
    found = asked.arrays.get(METHOD)
    if found is None:
        return None
    cells = found[METHOD]
    return SignalContributions(
        reference=asked.card.reference_origin,
        cells=significant(cells).tolist(),
        marks=significant(cells.sum(axis=1)).tolist(),
        difference=shortened(asked.difference),
        completeness_gap=shortened(float(found["completeness_gap"])),
        n_steps=int(found["n_steps"]),
    )


def _trust(asked: Asked, *, width: int, contributions: Mapping[str, Values]) -> Trust | None:
    if METHOD not in asked.arrays:
        return None
    knocked_out = asked.arrays.get("knock_out")
    believed = Believed(
        contributions=asked.arrays[METHOD][METHOD],
        completeness_gap=float(asked.arrays[METHOD]["completeness_gap"]),
        knocked_out=None if knocked_out is None else knocked_out["cells"],
        width=width,
        peers=[values for name, values in contributions.items() if name != asked.card.name],
    )
    return trust_of(asked.card, believed)


def _attended(asked: Asked, axes: Axes) -> dict[str, Any]:
    """Return the attention, its rollout, and how far knock-out agrees with it."""
    looked, lost = asked.arrays.get("attention", {}), asked.arrays.get("knock_out")
    rollout = asked.arrays.get("attention_rollout", {}).get("attention_rollout")
    alpha, beta = looked.get("bin_attention"), looked.get("mark_attention")
    shared = bool(getattr(asked.checkpoint.network, "shared_bin_attention", False))
    agreement = None
    if alpha is not None and lost is not None:
        agreement = compare(Looked(alpha, beta, shared), Changed(-lost["cells"], -lost["bins"], -lost["marks"]), axes)
    return {
        "bin_attention": None if alpha is None else significant(alpha).tolist(),
        "shared_bin_attention": alpha is not None and shared,
        "mark_attention": None if beta is None else significant(beta).tolist(),
        "combined_attention": None if rollout is None else significant(rollout).tolist(),
        "agreement": agreement,
    }
