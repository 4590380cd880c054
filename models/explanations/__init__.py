"""One file per method, registered here in one line each; none knows an architecture, each asks for a capability."""

from models.explanations.attention import ATTENTION
from models.explanations.contribution import CONTRIBUTION
from models.explanations.knock_out import KNOCK_OUT
from models.explanations.method import Explanation, explain
from models.explanations.saliency import SALIENCY
from models.explanations.temporal_output import TEMPORAL_OUTPUT
from models.registry import Registry

EXPLANATIONS: Registry[Explanation] = Registry("explanation")
EXPLANATIONS.register(SALIENCY.name, SALIENCY)
EXPLANATIONS.register(CONTRIBUTION.name, CONTRIBUTION)
EXPLANATIONS.register(TEMPORAL_OUTPUT.name, TEMPORAL_OUTPUT)

CHROMATIN_EXPLANATIONS: Registry[Explanation] = Registry("chromatin explanation")
CHROMATIN_EXPLANATIONS.register(ATTENTION.name, ATTENTION)
CHROMATIN_EXPLANATIONS.register(KNOCK_OUT.name, KNOCK_OUT)

__all__ = ["CHROMATIN_EXPLANATIONS", "EXPLANATIONS", "Explanation", "explain"]
