"""One file per method, registered here in one line each; none knows an architecture, each asks for a capability."""

from typing import Final

from torch import nn

from models.explanations.attention import ATTENTION
from models.explanations.corrected_saliency import CORRECTED_SALIENCY
from models.explanations.knock_out import KNOCK_OUT
from models.explanations.method import Explanation, explain
from models.explanations.saliency import SALIENCY
from models.explanations.temporal_output import TEMPORAL_OUTPUT
from models.registry import Registry

EXPLANATIONS: Registry[Explanation] = Registry("explanation")
EXPLANATIONS.register(SALIENCY.name, SALIENCY)
EXPLANATIONS.register(CORRECTED_SALIENCY.name, CORRECTED_SALIENCY)
EXPLANATIONS.register(TEMPORAL_OUTPUT.name, TEMPORAL_OUTPUT)

CHROMATIN_EXPLANATIONS: Registry[Explanation] = Registry("chromatin explanation")
CHROMATIN_EXPLANATIONS.register(ATTENTION.name, ATTENTION)
CHROMATIN_EXPLANATIONS.register(KNOCK_OUT.name, KNOCK_OUT)

_BEST_FIRST: Final = ("deep_lift_shap", "integrated_gradients", "in_silico_mutagenesis")


def best_method(network: nn.Module) -> str:
    """Return the attribution to be drawn by default: the first of a fixed order that is valid for the network."""
    valid = (name for name in _BEST_FIRST if EXPLANATIONS.get(name).refusal(network) is None)
    return next(valid)


__all__ = ["CHROMATIN_EXPLANATIONS", "EXPLANATIONS", "Explanation", "best_method", "explain"]
