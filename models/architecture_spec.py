"""How a network's class is listed."""

from typing import NamedTuple

from torch import nn


class ArchitectureSpec(NamedTuple):
    """A network's class with what a reader needs to tell it from its siblings.

    Attributes
    ----------
    network : type of nn.Module
        Maps X, shape (batch, 4, length), or histone signals, shape (batch, n_marks, n_bins), to log-probabilities,
        shape (batch, 2), of the positive class (bound, ON) and the other.
    title : str
        As on the page.
    summary : str
        One sentence.
    """

    network: type[nn.Module]
    title: str
    summary: str
