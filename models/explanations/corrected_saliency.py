"""Signed contribution of each base: the gradient, corrected for one-hot input, at the base that is present."""

from torch import Tensor, nn

from models.explanations.gradient import logit_and_gradient
from models.explanations.method import Explanation, ExplanationParameters, refuse_without_gradient


def corrected_saliency(network: nn.Module, X: Tensor, _: ExplanationParameters) -> dict[str, Tensor]:
    """Return the corrected gradient times input.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (batch, 4, length)

    Returns
    -------
    dict
        ``corrected_saliency``, shape (batch, length): in units of the logit of class bound, to first order; positive
        supports bound; 0 where the base is unknown. A saturated network has flat regions, so small or misleading
        values there do not mean that a base is idle. ``hypothetical``, shape (batch, 4, length): the corrected
        gradient of every base; each column sums to 0.

    References
    ----------
    Majdandzic, Rajesh & Koo, Correcting gradient-based interpretations of deep neural networks for genomics,
    Genome Biology 2023, doi:10.1186/s13059-023-02956-3: ``G - mean of G over the four bases``.
    """
    gradient = corrected(logit_and_gradient(network, X)[1])
    return {"corrected_saliency": (gradient * X).sum(1), "hypothetical": gradient}


def corrected(gradient: Tensor) -> Tensor:
    """Remove the component of the gradient that leaves the simplex of one-hot columns.

    Parameters
    ----------
    gradient : Tensor, shape (batch, 4, length)

    Returns
    -------
    Tensor, shape (batch, 4, length)
        Each column sums to 0.
    """
    return gradient - gradient.mean(1, keepdim=True)


CORRECTED_SALIENCY = Explanation(
    name="corrected_saliency",
    title="Corrected saliency",
    summary="Gradient of the logit of class bound, minus its mean over the four bases, at the base present.",
    how_to_read="Letters above the line push the prediction towards bound, letters below push against it; "
    "the height is the strength.",
    convention="Gradient x input of logit(bound), corrected over the four bases; positive supports bound; "
    "strand as named in the row.",
    parameters=ExplanationParameters,
    tracks={"corrected_saliency": "corrected gradient x input of logit(bound); positive supports bound"},
    refusal=refuse_without_gradient,
    compute=corrected_saliency,
    maps={"hypothetical": "corrected gradient of logit(bound), each column sums to 0; positive supports bound"},
    attributes=True,
)
