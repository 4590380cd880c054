"""What a substitution changes in a convolutional network: a few positions of each layer, and nothing else."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor, nn


class _Changed(NamedTuple):
    """The activations of one layer: as they are, shape (length, channels), and what each change makes of a window.

    Windows may stick out at the ends: what stands there is never read by a position that exists, because no layer pads.
    """

    whole: Tensor
    start: Tensor  # (n_changes,)
    window: Tensor  # (width, n_changes, channels)

    def unchanged(self, start: Tensor, width: int) -> Tensor:
        """Return other windows of the activations as they are, shape (width, n_changes, channels)."""
        steps = torch.arange(width, device=start.device)[:, None] + start
        rows = steps.clamp(0, len(self.whole) - 1).flatten()
        windows: Tensor = self.whole[rows].unflatten(0, steps.shape)
        return windows


def follows(layers: Sequence[nn.Module]) -> bool:
    """Return whether changes can be followed through all of the layers."""
    return all(_step(layer) is not None for layer in layers)


def changed_maxima(layers: Sequence[nn.Module], x: Tensor, base: Tensor, position: Tensor) -> Tensor:
    """Return the maximum over positions of what the layers make of a sequence with one base substituted.

    Each layer is computed in full once, and then, for every substitution, where it changes.

    Parameters
    ----------
    layers : sequence of nn.Module
        As `follows` accepts them.
    x : Tensor, shape (4, length)
    base, position : Tensor of int, shape (n_changes,)
        Which base is put where.

    Returns
    -------
    Tensor, shape (n_changes, channels)
        What the slow way gives, up to rounding.

    References
    ----------
    Nair et al., fastISM, Bioinformatics 2022, doi:10.1093/bioinformatics/btac135.
    """
    bases = torch.eye(len(x), dtype=x.dtype, device=x.device)
    changed = _Changed(x.T.contiguous(), position, bases[base][None])
    for layer in layers:
        step = _step(layer)
        if step is None:
            raise TypeError(f"changes cannot be followed through {type(layer).__name__}")
        changed = step(layer, changed)
    return _maxima(changed)


def _convolve(layer: nn.Conv1d, changed: _Changed) -> _Changed:
    """Add what the changed inputs add: each tap moves them to another output."""
    taps = layer.weight.permute(2, 1, 0)  # (tap, in, out)
    whole = nn.functional.conv1d(changed.whole.T[None], layer.weight, layer.bias)[0].T.contiguous()
    reach, width = len(taps) - 1, len(changed.window)
    difference = (changed.window - changed.unchanged(changed.start, width)).flatten(0, 1)
    convolved = _Changed(whole, changed.start - reach, changed.window)
    window = convolved.unchanged(convolved.start, width + reach)
    for tap, weight in enumerate(taps):
        window[reach - tap : reach - tap + width].flatten(0, 1).addmm_(difference, weight)
    return convolved._replace(window=window)


def _rectify(_: nn.ReLU, changed: _Changed) -> _Changed:
    return changed._replace(whole=changed.whole.relu(), window=changed.window.relu_())


def _pool(layer: nn.MaxPool1d, changed: _Changed) -> _Changed:
    """Complete the windows to whole groups of positions, and take the maximum of each."""
    group, width = _width(layer), len(changed.window)
    n_groups = (width + group - 2) // group + 1
    start = changed.start.div(group, rounding_mode="floor")
    completed = changed.unchanged(start * group, n_groups * group)
    rows = torch.arange(width, device=start.device)[:, None] + (changed.start - start * group)
    completed[rows, torch.arange(len(start), device=start.device)] = changed.window
    n_pooled = len(changed.whole) // group
    return _Changed(
        reduce(torch.maximum, changed.whole[: n_pooled * group].unflatten(0, (n_pooled, group)).unbind(1)),
        start,
        reduce(torch.maximum, completed.unflatten(0, (n_groups, group)).unbind(1)),
    )


def _pass(_: nn.Module, changed: _Changed) -> _Changed:
    return changed


def _step(layer: nn.Module) -> Callable[..., _Changed] | None:
    if isinstance(layer, nn.Conv1d):
        plain = layer.stride == (1,) and layer.padding == (0,) and layer.dilation == (1,) and layer.groups == 1
        return _convolve if plain else None
    if isinstance(layer, nn.MaxPool1d):
        plain = layer.stride == layer.kernel_size and layer.padding == 0 and layer.dilation == 1
        return _pool if plain and not layer.ceil_mode else None
    if isinstance(layer, nn.ReLU):
        return _rectify
    return _pass if isinstance(layer, nn.Dropout) else None


def _width(layer: nn.MaxPool1d) -> int:
    return int(layer.kernel_size)  # type: ignore[arg-type]


def _maxima(changed: _Changed) -> Tensor:
    """Return the maximum of the window and of what lies before and behind it."""
    whole, start, window = changed
    length, width = len(whole), len(window)
    steps = torch.arange(width, device=start.device)[:, None] + start
    inside = window.masked_fill_(((steps < 0) | (steps >= length))[..., None], -torch.inf).amax(0)
    nothing = whole.new_full((1, whole.shape[1]), -torch.inf)
    before = torch.cat([nothing, whole.cummax(0).values])
    behind = torch.cat([whole.flip(0).cummax(0).values.flip(0), nothing])
    outside = torch.maximum(before[start.clamp(0, length)], behind[(start + width).clamp(0, length)])
    return torch.maximum(inside, outside)
