"""Networks that have learned nothing: what an explanation of them says cannot be believed, so the badge must say so."""

import copy
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import nn

from models.architectures import ARCHITECTURES


def fresh(network: nn.Module, *, architecture: str, random_state: int) -> nn.Module:  # noqa: ARG001
    """Return a network of the same architecture as it is before training.

    Parameters
    ----------
    network : nn.Module
        The trained one.
    architecture : str
        Its name in `ARCHITECTURES`.
    random_state : int

    References
    ----------
    Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, arXiv:1810.03292, section 3.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(random_state)
        untrained = ARCHITECTURES.get(architecture).network()
    return untrained.eval().requires_grad_(False)


def permuted(network: nn.Module, *, architecture: str, random_state: int) -> nn.Module:  # noqa: ARG001
    """Return a copy with the weights of each layer in random places: their sizes stay, what they say is lost.

    Parameters
    ----------
    network : nn.Module
    architecture : str
    random_state : int
    """
    generator = torch.Generator().manual_seed(random_state)
    copied = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in copied.parameters():
            order = torch.randperm(parameter.numel(), generator=generator)
            parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return copied


RANDOMISED: Final[Mapping[str, Callable[..., nn.Module]]] = MappingProxyType({"fresh": fresh, "permuted": permuted})
