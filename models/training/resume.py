"""Where a training is after an epoch, as bytes and back, so that it can go on as if nothing had interrupted it.

The bytes are one safetensors file: tensors by name, everything else as JSON in its header. Nothing is pickled.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

Weights = dict[str, Tensor]

_HEADER: Final = "training"
_NETWORK, _BEST, _OPTIMISER, _RANDOM = "network/", "best/", "optimiser/", "random/"


class ResumeError(ValueError):
    """Bytes that are not the state of this training."""


class Loop(NamedTuple):
    """What a training loop changes with every batch."""

    network: nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler


class Reached(NamedTuple):
    """What a training has to show after an epoch.

    Attributes
    ----------
    epochs : tuple of tuple of float
        The figures of each epoch, in the order of the caller's own record.
    best : int
        Index of the epoch whose weights are in `best_weights`; -1 where none is chosen.
    best_weights : dict of str to Tensor
        On the CPU; empty where the last weights are the ones to keep.
    """

    epochs: tuple[tuple[float, ...], ...] = ()
    best: int = -1
    best_weights: Weights = {}  # noqa: RUF012 - never changed


def training_state(loop: Loop, reached: Reached, *, identity: str) -> bytes:
    """Return everything that the next epoch depends on, the state of torch's generators included.

    Parameters
    ----------
    loop : Loop
    reached : Reached
    identity : str
        Says which training this is (recipe, seed, numbers of examples); `resume_training` wants the same.
    """
    optimiser = loop.optimiser.state_dict()
    header = {
        "identity": identity,
        "epochs": reached.epochs,
        "best": reached.best,
        "groups": optimiser["param_groups"],
        "schedule": loop.schedule.state_dict(),
    }
    tensors = {
        **_prefixed(_NETWORK, loop.network.state_dict()),
        **_prefixed(_BEST, reached.best_weights),
        **_prefixed(_RANDOM, _generators()),
    }
    for index, values in optimiser["state"].items():
        tensors |= _prefixed(f"{_OPTIMISER}{index}/", values)
    return safetensors.torch.save(tensors, metadata={_HEADER: json.dumps(header, allow_nan=True)})


def resume_training(content: bytes, loop: Loop, *, identity: str) -> Reached:
    """Bring `loop` and torch's generators to where `training_state` was called.

    Raises
    ------
    ResumeError
        If the bytes are damaged or belong to another training. Nothing has been changed then.
    """
    header, tensors = _read(content)
    if header["identity"] != identity:
        raise ResumeError("the kept state belongs to another training: its recipe, seed or examples differ")
    loop.network.load_state_dict(_under(_NETWORK, tensors))
    loop.optimiser.load_state_dict({"state": _optimiser_state(tensors), "param_groups": header["groups"]})
    loop.schedule.load_state_dict(header["schedule"])
    _set_generators(_under(_RANDOM, tensors))
    return Reached(tuple(map(tuple, header["epochs"])), header["best"], _under(_BEST, tensors))


def epochs_reached(content: bytes) -> tuple[tuple[float, ...], ...]:
    """Return the figures of the epochs that a kept state holds; raises `ResumeError` if it is damaged."""
    return tuple(map(tuple, _read(content)[0]["epochs"]))


def copied_weights(network: nn.Module) -> Weights:
    """Return a copy of the weights on the CPU, for `Reached.best_weights`."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}


def _read(content: bytes) -> tuple[dict[str, Any], Weights]:
    try:
        tensors = safetensors.torch.load(content)
        length = int.from_bytes(content[:8], "little")
        header: dict[str, Any] = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_HEADER])
    except (SafetensorError, KeyError, ValueError) as error:
        raise ResumeError("the kept state of a training is damaged") from error
    return header, tensors


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> Weights:
    return {prefix + name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}


def _under(prefix: str, tensors: Weights) -> Weights:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _optimiser_state(tensors: Weights) -> dict[int, Weights]:
    state: dict[int, Weights] = {}
    for name, tensor in _under(_OPTIMISER, tensors).items():
        index, key = name.split("/")
        state.setdefault(int(index), {})[key] = tensor
    return state


def _generators() -> Weights:
    on_gpus: Sequence[Tensor] = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else ()
    return {"cpu": torch.get_rng_state()} | {f"cuda{number}": state for number, state in enumerate(on_gpus)}


def _set_generators(states: Weights) -> None:
    torch.set_rng_state(states["cpu"])
    for number in range(torch.cuda.device_count()):
        if f"cuda{number}" in states:
            torch.cuda.set_rng_state(states[f"cuda{number}"], number)
