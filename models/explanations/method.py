"""What every explanation is, and what a network must be able to do for one."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from models.errors import ExplanationRefusedError


@runtime_checkable
class HasTemporalOutputs(Protocol):
    """A network that can answer for every prefix and every suffix of its input."""

    def temporal_log_probabilities(self, X: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities for prefixes and suffixes, each of shape (batch, length, n_classes)."""
        ...


class Attended(Protocol):
    """What `HasBinAttention.attend` returns."""

    @property
    def output(self) -> Tensor:
        """Log-probabilities, shape (batch, 2)."""
        ...

    @property
    def bin_attention(self) -> Tensor:
        """Alpha, shape (batch, n_marks or 1, n_bins)."""
        ...

    @property
    def mark_attention(self) -> Tensor | None:
        """Beta, shape (batch, n_marks), or None."""
        ...


@runtime_checkable
class HasBinAttention(Protocol):
    """A network that returns its attention from the pass that answers.

    Attributes
    ----------
    shared_bin_attention : bool
        Whether one alpha over bins serves all marks.
    has_mark_attention : bool
        Whether it also weighs the marks (beta).
    """

    shared_bin_attention: bool
    has_mark_attention: bool

    def attend(self, X: Tensor) -> Attended:
        """Return output and attention."""
        ...


@runtime_checkable
class HasLocalFeatures(Protocol):
    """A network that reads the maximum over positions of features, each of which sees a few bases."""

    def local_layers(self) -> Sequence[nn.Module]:
        """Return the layers before the maximum."""
        ...

    def read_out(self, maxima: Tensor) -> Tensor:
        """Return log-probabilities, shape (batch, n_classes), of the maxima, shape (batch, n_features)."""
        ...


class ExplanationParameters(BaseModel):
    """Parameters of a method; a page can draw a form from their JSON schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Explanation(NamedTuple):
    """A registered method.

    Attributes
    ----------
    name, title, summary, how_to_read : str
        For the page.
    convention : str
        Class, quantity, sign and strand of the numbers, for every export.
    parameters : type of ExplanationParameters
    tracks : mapping of str to str
        Name of each returned track, shape (batch, length) or that of the method's own axes, to its quantity.
    refusal : callable
        Reason why the method is not valid for a network, or None.
    compute : callable
        ``compute(network, X, parameters)`` returns tracks, maps and scalars, each with the batch as its first axis.
        The network is in evaluation mode with frozen parameters and is left as it was.
    maps : mapping of str to str
        Name of each returned map, shape (batch, 4, length), to its quantity.
    scalars : mapping of str to str
        Name of each returned number, shape (batch,), to its quantity.
    attributes : bool
        Whether the track named like the method is signed, one value per base, in units of the logit of class bound,
        positive where the base supports bound: such methods can be held against each other.
    """

    name: str
    title: str
    summary: str
    how_to_read: str
    convention: str
    parameters: type[ExplanationParameters]
    tracks: Mapping[str, str]
    refusal: Callable[[nn.Module], str | None]
    compute: Callable[[nn.Module, Tensor, Any], dict[str, Tensor]]
    maps: Mapping[str, str] = MappingProxyType({})
    scalars: Mapping[str, str] = MappingProxyType({})
    attributes: bool = False


def refuse_without_gradient(network: nn.Module) -> str | None:
    """Refuse a network that counts instead of differentiating."""
    if any(True for _ in network.parameters()):
        return None
    return "it counts k-mers and has no gradient with respect to the bases"


def explain(explanation: Explanation, network: nn.Module, X: Tensor, *, parameters: Any) -> dict[str, Tensor]:
    """Compute an explanation, or raise `ExplanationRefusedError` where it is not valid."""
    reason = explanation.refusal(network)
    if reason:
        raise ExplanationRefusedError(explanation.name, reason)
    return explanation.compute(network, X, parameters)


def reference_like(X: Tensor, reference: Sequence[Sequence[float]]) -> Tensor:
    """Return the reference of genes, shape (n_marks, n_bins); ValueError where theirs is another."""
    like = X.new_tensor(reference)
    if like.shape != X.shape[1:]:
        raise ValueError(f"the reference has shape {tuple(like.shape)}, a gene {tuple(X.shape[1:])}")
    return like
