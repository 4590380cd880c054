"""What a network has to be asked before the trust of one of its explanations can be judged."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor

from models.errors import ExplanationRefusedError
from models.explanations import EXPLANATIONS, Explanation
from models.explanations.references import ReferenceParameters, shuffled_references
from models.sequence import reverse_complement_one_hot
from models.trust.measures import N_SHUFFLES, Evidence, Track

MUTAGENESIS: Final = EXPLANATIONS.get("in_silico_mutagenesis")
N_RESEEDED: Final = 2
SEED: Final = "random_state"
NEEDED: Final = frozenset({"strands"})  # the others may be refused: then their test does not apply
GAP: Final = "completeness_gap"
LOGIT: Final = "logit"

Answer = Mapping[str, NDArray[np.float32]]


class Question(NamedTuple):
    """Windows to be explained, shape (n, 4, length), or to be scored where there is no explanation."""

    explanation: Explanation | None
    parameters: BaseModel | None
    X: Tensor


def questions(explanation: Explanation, parameters: BaseModel, X: Tensor, *, n_bases: int) -> dict[str, Question]:
    """Return what to ask.

    Parameters
    ----------
    explanation : Explanation
        Its `attributes` is true.
    parameters : BaseModel
        Of the explanation.
    X : Tensor, shape (1, 4, length)
        The window, padded on the right.
    n_bases : int
        Columns before the padding; at least one of them is known.

    Returns
    -------
    dict of str to Question
        To be answered in any order, each by a mapping with the explanation's arrays, or with ``logit``, shape (n,);
        only those in `NEEDED` have to be answered.
    """
    asked = {"strands": Question(explanation, parameters, torch.cat([X, other_strand(X, n_bases=n_bases)]))}
    for number, reseeded in enumerate(_reseeded(parameters)):
        asked[_seed_key(number)] = Question(explanation, reseeded, X)
    if explanation.name != MUTAGENESIS.name:
        asked["mutagenesis"] = Question(MUTAGENESIS, MUTAGENESIS.parameters(), X)
    return asked | _shuffles(explanation, X, n_bases=n_bases)


def evidence_from(
    answers: Mapping[str, Answer], *, explanation: Explanation, bases: str, peers: Sequence[Track] = ()
) -> Evidence:
    """Put the answers together.

    Parameters
    ----------
    answers : mapping of str to mapping of str to ndarray
        One per question.
    explanation : Explanation
    bases : str
        The window without its padding.
    peers : sequence of ndarrays, shape (length,)
        Explanations of the window by the other networks of the factor.
    """

    def track(question: str, name: str, row: int = 0) -> Track:
        return answers[question][name][row, : len(bases)].astype(np.float64)

    name, strands = explanation.name, answers["strands"]
    seeds = [key for key in map(_seed_key, range(N_RESEEDED)) if key in answers]
    return Evidence(
        bases=bases,
        attribution=track("strands", name),
        other_strand=track("strands", name, 1)[::-1],
        logits=answers[LOGIT][LOGIT].astype(np.float64).reshape(2, -1) if LOGIT in answers else None,
        mutagenesis=track("mutagenesis", MUTAGENESIS.name) if "mutagenesis" in answers else None,
        reseeded=[track(key, name) for key in seeds],
        peers=peers,
        completeness_gap=float(strands[GAP][0]) if GAP in strands else None,
    )


def other_strand(X: Tensor, *, n_bases: int) -> Tensor:
    """Return the reverse complement of the bases, padded on the right again.

    Parameters
    ----------
    X : Tensor, shape (batch, 4, length)
    n_bases : int
        Columns before the padding.
    """
    return torch.cat([reverse_complement_one_hot(X[:, :, :n_bases]), X[:, :, n_bases:]], dim=2)


def _reseeded(parameters: BaseModel) -> list[BaseModel]:
    """Return the same parameters with other seeds, where they have one."""
    seed = getattr(parameters, SEED, None)
    if seed is None:
        return []
    others = [seed + step if seed < N_RESEEDED else seed - step for step in range(1, N_RESEEDED + 1)]
    return [parameters.model_copy(update={SEED: other}) for other in others]


def _seed_key(number: int) -> str:
    return f"seed {number}"


def _shuffles(explanation: Explanation, X: Tensor, *, n_bases: int) -> dict[str, Question]:
    """Ask for the logits of the window and its shuffles on both strands; there are none of, say, a run of one base."""
    try:
        shuffles = shuffled_references(X[0], ReferenceParameters(n_references=N_SHUFFLES), method=explanation.name)
    except ExplanationRefusedError:
        return {}
    together = torch.cat([X, shuffles])
    return {LOGIT: Question(None, None, torch.cat([together, other_strand(together, n_bases=n_bases)]))}
