"""One file per method, registered here in one line each; none knows an architecture, each asks for a capability."""

from typing import Final

from torch import nn

from models.explanations.attention import ATTENTION
from models.explanations.attention_rollout import ATTENTION_ROLLOUT
from models.explanations.corrected_saliency import CORRECTED_SALIENCY
from models.explanations.deep_lift_shap import DEEP_LIFT_SHAP
from models.explanations.in_silico_mutagenesis import IN_SILICO_MUTAGENESIS
from models.explanations.input_x_gradient import INPUT_X_GRADIENT
from models.explanations.integrated_gradients import INTEGRATED_GRADIENTS
from models.explanations.knock_out import KNOCK_OUT
from models.explanations.method import Explanation, explain
from models.explanations.saliency import SALIENCY
from models.explanations.signal_integrated_gradients import SIGNAL_INTEGRATED_GRADIENTS
from models.explanations.temporal_output import TEMPORAL_OUTPUT
from models.explanations.window_shuffle import WINDOW_SHUFFLE
from models.registry import Registry

EXPLANATIONS: Registry[Explanation] = Registry("explanation")
EXPLANATIONS.register(SALIENCY.name, SALIENCY)
EXPLANATIONS.register(CORRECTED_SALIENCY.name, CORRECTED_SALIENCY)
EXPLANATIONS.register(INPUT_X_GRADIENT.name, INPUT_X_GRADIENT)
EXPLANATIONS.register(INTEGRATED_GRADIENTS.name, INTEGRATED_GRADIENTS)
EXPLANATIONS.register(DEEP_LIFT_SHAP.name, DEEP_LIFT_SHAP)
EXPLANATIONS.register(IN_SILICO_MUTAGENESIS.name, IN_SILICO_MUTAGENESIS)
EXPLANATIONS.register(WINDOW_SHUFFLE.name, WINDOW_SHUFFLE)
EXPLANATIONS.register(TEMPORAL_OUTPUT.name, TEMPORAL_OUTPUT)

CHROMATIN_EXPLANATIONS: Registry[Explanation] = Registry("chromatin explanation")
CHROMATIN_EXPLANATIONS.register(ATTENTION.name, ATTENTION)
CHROMATIN_EXPLANATIONS.register(ATTENTION_ROLLOUT.name, ATTENTION_ROLLOUT)
CHROMATIN_EXPLANATIONS.register(KNOCK_OUT.name, KNOCK_OUT)
CHROMATIN_EXPLANATIONS.register(SIGNAL_INTEGRATED_GRADIENTS.name, SIGNAL_INTEGRATED_GRADIENTS)

_BEST_FIRST: Final = ("deep_lift_shap", "in_silico_mutagenesis")
_BEST_FIRST_IF_RECURRENT: Final = ("in_silico_mutagenesis", "deep_lift_shap")


def best_method(network: nn.Module) -> str:
    """Return the attribution to be drawn by default: the first of a fixed order that is valid for the network.

    Measured on twelve bound CTCF windows, in processor time: both strands are explained alike most of all by
    DeepLIFT/SHAP and mutagenesis. For a CNN both take 8 to 9 ms, and the values of the former add up; a recurrent layer
    makes it 7 (CNN-RNN) to 30 times (RNN) as slow as mutagenesis, and its strands agree less (Spearman, medians: 0.67
    against 0.73, and 0.48 against 0.62).
    """
    recurrent = any(isinstance(module, nn.RNNBase) for module in network.modules())
    order = _BEST_FIRST_IF_RECURRENT if recurrent else _BEST_FIRST
    return next(name for name in order if EXPLANATIONS.get(name).refusal(network) is None)


__all__ = ["CHROMATIN_EXPLANATIONS", "EXPLANATIONS", "Explanation", "best_method", "explain"]
