"""The references that an explanation is held against: dinucleotide shuffles of the sequence itself."""

from typing import Final

import torch
from pydantic import Field
from torch import Tensor

from models.errors import ExplanationRefusedError
from models.explanations.method import ExplanationParameters

_ALL_ALIKE: Final = (
    "the dinucleotide shuffles of the sequence are all the same, so there is no reference to hold it against; give "
    "more varied bases, or use in-silico mutagenesis"
)


class ReferenceParameters(ExplanationParameters):
    """How many shuffles of the sequence are the references, and from which seed."""

    n_references: int = Field(default=20, ge=1, le=200, description="Dinucleotide shuffles of the sequence.")
    random_state: int = Field(default=0, ge=0, le=2**31 - 1, description="Seed of the shuffles.")
    n_steps: int | None = Field(
        default=None,
        ge=1,
        le=512,
        description="Gauss-Legendre nodes, taken as they are, whatever the completeness gap; when not set, they are "
        "doubled from 16 (RNN: 32) until it is below 1 %, at most to 512.",
    )


def shuffled_references(x: Tensor, parameters: ReferenceParameters, *, method: str) -> Tensor:
    """Return dinucleotide shuffles of one sequence.

    They depend on its own bases and the seed alone, whatever else is in the batch.

    Parameters
    ----------
    x : Tensor, shape (4, length)
    parameters : ReferenceParameters
    method : str
        Name of the explanation, for the refusal.

    Returns
    -------
    Tensor, shape (n_references, 4, length)
        Unknown bases and padding stay where they are; what is known is shuffled as if they had been cut out.

    Raises
    ------
    ExplanationRefusedError
        If no base is known, or all shuffles are the same, so that there is nothing to explain the sequence against.

    References
    ----------
    Altschul & Erickson, Mol Biol Evol 1985, for shuffles that keep the count of every dinucleotide; as in tangermeme.
    """
    # tangermeme takes seconds to import, and only a request for an explanation needs it.
    from tangermeme.ersatz import dinucleotide_shuffle  # noqa: PLC0415

    known = x.sum(0) > 0
    if not bool(known.any()):
        raise ExplanationRefusedError(method, "no base of the sequence is known, so there is nothing to explain")
    bases = x[:, known].to("cpu", torch.int8)[None]
    try:
        shuffles = dinucleotide_shuffle(bases, n=parameters.n_references, random_state=[parameters.random_state])[0]
    except ValueError:  # so it says that several shuffles are all alike
        shuffles = bases
    if bool((shuffles == bases).all()):
        raise ExplanationRefusedError(method, _ALL_ALIKE)
    references = x.new_zeros(parameters.n_references, *x.shape)
    references[:, :, known] = shuffles.to(x)
    return references
