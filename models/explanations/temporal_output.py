"""The prediction as a recurrent network reads the sequence, forwards and backwards."""

import torch
from torch import Tensor, nn

from models.errors import ExplanationRefusedError
from models.explanations.method import Explanation, ExplanationParameters, HasTemporalOutputs
from models.predict import POSITIVE


def temporal_output(network: nn.Module, X: Tensor, _: ExplanationParameters) -> dict[str, Tensor]:
    """Return P(bound) of the whole network on every prefix and every suffix.

    Parameters
    ----------
    network : nn.Module
        With `HasTemporalOutputs`.
    X : Tensor, shape (batch, 4, length)

    Returns
    -------
    dict with ``temporal_forward`` and ``temporal_backward``, Tensors, shape (batch, length)
        At position i: P(bound) of ``X[:, :, :i+1]`` and of ``X[:, :, i:]``. The last forward and the first backward
        value are the plain prediction.

    References
    ----------
    Lanchantin et al., PSB 2017, arXiv:1608.03644, section 4.2. As released, a CNN-RNN convolves the whole sequence
    once, so its value at position i has seen four bases beyond i.
    """
    if not isinstance(network, HasTemporalOutputs):
        raise ExplanationRefusedError("temporal_output", _NOT_RECURRENT)
    with torch.inference_mode():
        forward, backward = network.temporal_log_probabilities(X)
        return {"temporal_forward": forward[:, :, POSITIVE].exp(), "temporal_backward": backward[:, :, POSITIVE].exp()}


_NOT_RECURRENT = "it does not read the sequence step by step, so it has no output after each base"


def _refusal(network: nn.Module) -> str | None:
    return None if isinstance(network, HasTemporalOutputs) else _NOT_RECURRENT


TEMPORAL_OUTPUT = Explanation(
    name="temporal_output",
    title="Temporal outputs",
    summary="P(bound) after reading each prefix (forward) and each suffix (backward) of the sequence.",
    how_to_read="Red means that what has been read so far looks bound, blue that it does not; where the colour turns, "
    "the network has met the bases that decide.",
    convention="P(bound) of prefix 0..i (forward) and of suffix i..end (backward), by the whole network; "
    "a CNN-RNN convolves the whole sequence first.",
    parameters=ExplanationParameters,
    tracks={
        "temporal_forward": "P(bound) after the prefix that ends here",
        "temporal_backward": "P(bound) of the suffix that starts here",
    },
    refusal=_refusal,
    compute=temporal_output,
)
