"""DeepLIFT/SHAP: contributions against shuffles of the sequence, layer by layer."""

from functools import partial
from typing import Final

import torch
from torch import Tensor, nn

from models.channels_last import faster_convolutions
from models.errors import ExplanationRefusedError
from models.explanations.completeness import LARGEST_GAP, MOST_STEPS, Contributions, answer, first_steps, refined
from models.explanations.method import Explanation, refuse_without_gradient
from models.explanations.references import ReferenceParameters, shuffled_references
from models.explanations.rescale import ELEMENTWISE, MAXIMA, with_rules
from models.layers import BidirectionalMean
from models.predict import positive_logit

NAME: Final = "deep_lift_shap"
# The difference of the two log-probabilities is that of the logits, so the last softmax is linear for it.
_LINEAR: Final = (
    nn.Linear, nn.Conv1d, nn.Dropout, nn.Flatten, nn.Identity, nn.AvgPool1d, nn.AdaptiveAvgPool1d, nn.BatchNorm1d,
    nn.ConstantPad1d, nn.ZeroPad1d, nn.LogSoftmax,
)  # fmt: skip


def deep_lift_shap(network: nn.Module, X: Tensor, parameters: ReferenceParameters) -> dict[str, Tensor]:
    """Return hypothetical contributions by the rescale rule, averaged over shuffles of each sequence.

    Parameters
    ----------
    network : nn.Module
        Every non-linearity is a module of its own.
    X : Tensor, shape (batch, 4, length)
    parameters : ReferenceParameters

    Returns
    -------
    dict
        ``deep_lift_shap``, shape (batch, length): in units of the logit of class bound; positive supports bound; sums
        to the logit minus the mean logit of the references; 0 where the base is unknown. ``hypothetical``, shape
        (batch, 4, length): what each base would contribute in each place. ``completeness_gap``, shape (batch,): by
        how much the sum misses, as a share of the difference; ``n_steps``, shape (batch,): Gauss-Legendre nodes in the
        recurrent layer, 0 where there is none.

    Raises
    ------
    ExplanationRefusedError
        If a sequence has no references, or its contributions miss their sum.

    References
    ----------
    Shrikumar, Greenside & Kundaje, ICML 2017, arXiv:1704.02685, section 3.5.1; Lundberg & Lee, NeurIPS 2017,
    arXiv:1705.07874. Recurrent layers, and maxima over all positions, by the rules in `rescale`.
    """
    faster = faster_convolutions(network)
    recurrent = any(isinstance(module, BidirectionalMean) for module in network.modules())
    rows = []
    for x in X.detach():
        references = shuffled_references(x, parameters, method=NAME)
        attribute = partial(_contributions, faster, x, references)
        first = first_steps(network) if recurrent else MOST_STEPS
        contributions, n_steps = refined(attribute, first=first, fixed=parameters.n_steps)
        if parameters.n_steps is None:
            _refuse_incomplete(contributions)
        rows.append((contributions, n_steps if recurrent else 0))
    hypothetical = torch.stack([row.hypothetical for row, _ in rows if row.hypothetical is not None])
    return {**answer(NAME, rows), "hypothetical": hypothetical}


def _contributions(network: nn.Module, x: Tensor, references: Tensor, n_steps: int) -> Contributions:
    together = torch.cat([x[None], references]).requires_grad_(True)
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        logits = positive_logit(with_rules(network, n_steps=n_steps), together)
        (multipliers,) = torch.autograd.grad(logits[1:].sum(), together)
    multipliers, logits = multipliers[1:], logits.detach()
    known = x.sum(0, keepdim=True)
    hypothetical = (multipliers - (multipliers * references).sum(1, keepdim=True)).mean(0) * known
    differences = logits[0] - logits[1:]
    return Contributions((hypothetical * x).sum(0), differences.mean(), differences.abs().mean(), hypothetical)


def _refuse_incomplete(contributions: Contributions) -> None:
    """Refuse contributions that miss more than 1 % of the mean size of a difference: a rule is missing.

    The gap itself may be greater where the differences from the references cancel; then it is a number, and shown.
    """
    if contributions.missed > LARGEST_GAP:
        reason = (
            f"its contributions miss the difference from the references by {contributions.missed:.0%}, more than "
            f"{LARGEST_GAP:.0%}: it does something non-linear outside its layers, or a recurrent layer is too steep"
        )
        raise ExplanationRefusedError(NAME, reason)


def refuse_without_rules(network: nn.Module) -> str | None:
    """Refuse a network with a layer that no rule is known for; what is no module cannot be seen before it runs."""
    return refuse_without_gradient(network) or _first_without_rule(network)


def _first_without_rule(network: nn.Module) -> str | None:
    if isinstance(network, (BidirectionalMean, *ELEMENTWISE, *MAXIMA, *_LINEAR)):
        return None
    children = list(network.children())
    if not children:
        return f"its layer {type(network).__name__} has no DeepLIFT rule, so contributions would not add up"
    return next((reason for child in children if (reason := _first_without_rule(child))), None)


DEEP_LIFT_SHAP = Explanation(
    name=NAME,
    title="DeepLIFT/SHAP",
    summary="Contribution of each base to the logit of class bound, compared with shuffles of the sequence, followed "
    "back layer by layer.",
    how_to_read="Letters above the line push the prediction towards bound compared with shuffles of the same sequence, "
    "letters below push against it; the heights add up to the difference.",
    convention="DeepLIFT rescale contributions to logit(bound) from the mean of dinucleotide-shuffled references (20, "
    "seed 0, unless the parameters say otherwise), recurrent layers by integrated gradients; positive supports bound; "
    "natural logarithm; strand as named in the row.",
    parameters=ReferenceParameters,
    tracks={NAME: "contribution to logit(bound) against dinucleotide shuffles; positive supports bound"},
    refusal=refuse_without_rules,
    compute=deep_lift_shap,
    maps={"hypothetical": "contribution to logit(bound) that each base would have in each place"},
    scalars={
        "completeness_gap": "|sum of contributions - difference from the references| / |difference|",
        "n_steps": "Gauss-Legendre nodes in the recurrent layer; 0 without one",
    },
    attributes=True,
)
