"""Check explanations of a window by networks that are at hand, without a service."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor, nn

from models.errors import ExplanationRefusedError
from models.explanations import EXPLANATIONS, best_method, explain
from models.predict import positive_logit
from models.sequence import one_hot_encode
from models.trust.measures import Evidence, measure
from models.trust.questions import LOGIT, NEEDED, Question, evidence_from, questions
from models.trust.verdict import Badge, judge


def check(
    networks: Mapping[str, nn.Module], sequence: str, *, methods: Mapping[str, str] | None = None
) -> dict[str, Badge]:
    """Explain a sequence by networks of one factor, and judge each explanation.

    Parameters
    ----------
    networks : mapping of str to nn.Module
        In evaluation mode; held against each other.
    sequence : str
        Upper-case DNA, as long as the networks read.
    methods : mapping of str to str, optional
        Network to explanation. Default: the best that is valid.

    Returns
    -------
    dict of str to Badge
    """
    chosen = {name: (methods or {}).get(name) or best_method(network) for name, network in networks.items()}
    gathered = {name: gather(network, sequence, method=chosen[name]) for name, network in networks.items()}
    return {name: judge(measure(among(evidence, gathered, name=name))) for name, evidence in gathered.items()}


def gather(network: nn.Module, sequence: str, *, method: str, parameters: BaseModel | None = None) -> Evidence:
    """Ask one network all that is needed.

    Parameters
    ----------
    network : nn.Module
    sequence : str
    method : str
        Name of the explanation.
    parameters : BaseModel, optional
        Of the explanation; default its defaults.

    Raises
    ------
    ExplanationRefusedError
        If the explanation is not valid for the network, or for this sequence.
    """
    explanation = EXPLANATIONS.get(method)
    parameters = parameters or explanation.parameters()
    X = one_hot_encode([sequence])
    asked = questions(explanation, parameters, X, n_bases=len(sequence))
    answers = {}
    for key, question in asked.items():
        try:
            answers[key] = _answer(network, question)
        except ExplanationRefusedError:
            if key in NEEDED:
                raise
    return evidence_from(answers, explanation=explanation, bases=sequence)


def among(evidence: Evidence, gathered: Mapping[str, Evidence], *, name: str) -> Evidence:
    """Add the explanations of all others.

    Parameters
    ----------
    evidence : Evidence
    gathered : mapping of str to Evidence
    name : str
        Whose evidence it is.
    """
    return evidence._replace(peers=[other.attribution for key, other in gathered.items() if key != name])


def _answer(network: nn.Module, question: Question) -> dict[str, NDArray[np.float32]]:
    if question.explanation is None:
        return {LOGIT: positive_logit(network, question.X).numpy()}
    arrays: dict[str, Tensor] = explain(question.explanation, network, question.X, parameters=question.parameters)
    return {key: values.numpy() for key, values in arrays.items()}
