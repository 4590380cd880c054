"""Input x gradient: the plain gradient at the base that is present."""

from torch import Tensor, nn

from models.explanations.gradient import logit_and_gradient
from models.explanations.method import Explanation, ExplanationParameters, refuse_without_gradient


def input_x_gradient(network: nn.Module, X: Tensor, _: ExplanationParameters) -> dict[str, Tensor]:
    """Return the gradient times the input, without correction.

    Parameters
    ----------
    network : nn.Module
    X : Tensor, shape (batch, 4, length)

    Returns
    -------
    dict with ``input_x_gradient``, Tensor, shape (batch, length)
        In units of the logit of class bound, to first order around an input of zeros, which is no sequence; 0 where
        the base is unknown. What all four bases have in common at a position is counted too: see corrected saliency.

    References
    ----------
    Shrikumar et al., Not just a black box, arXiv:1605.01713, section 2.
    """
    gradient = logit_and_gradient(network, X)[1]
    return {"input_x_gradient": (gradient * X).sum(1)}


INPUT_X_GRADIENT = Explanation(
    name="input_x_gradient",
    title="Input x gradient (uncorrected)",
    summary="Gradient of the logit of class bound at the base present, without the correction over the four bases.",
    how_to_read="Letters above the line push the prediction towards bound, letters below push against it; the gradient "
    "off the one-hot simplex is still in it, so prefer corrected saliency.",
    convention="Gradient x input of logit(bound), uncorrected; positive supports bound; natural logarithm; strand as "
    "named in the row.",
    parameters=ExplanationParameters,
    tracks={"input_x_gradient": "gradient x input of logit(bound), uncorrected; positive supports bound"},
    refusal=refuse_without_gradient,
    compute=input_x_gradient,
    attributes=True,
)
