"""Weights on disk: safetensors beside a card that holds their sha256."""

import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from models.architecture_spec import ArchitectureSpec
from models.architectures import ARCHITECTURES, CHROMATIN_ARCHITECTURES
from models.averaged import averaged
from models.baselines import BASELINES, CHROMATIN_BASELINES
from models.card import CARD_FILE, Card, ChromatinCard, SequenceCard, read_card
from models.errors import CheckpointError

PRETRAINED: Final = Path(__file__).parents[1] / "pretrained" / "sequence"
PRETRAINED_CHROMATIN: Final = Path(__file__).parents[1] / "pretrained" / "chromatin"
WEIGHTS_FILE: Final = "weights.safetensors"

_SHOWN_REASON: Final = 200


class Checkpoint(NamedTuple):
    """A network that reads DNA, ready to answer, and its card."""

    network: nn.Module
    card: SequenceCard


class ChromatinCheckpoint(NamedTuple):
    """A network that reads histone marks, ready to answer, and its card."""

    network: nn.Module
    card: ChromatinCard


def architecture_spec(name: str) -> ArchitectureSpec:
    """Return the architecture or baseline called `name`, of either kind of input; raises `UnknownNameError`."""
    for registry in (ARCHITECTURES, BASELINES, CHROMATIN_ARCHITECTURES):
        if name in registry:
            return registry.get(name)
    return CHROMATIN_BASELINES.get(name)


def architecture_names() -> tuple[str, ...]:
    """Return every architecture that reads DNA, networks first, then the baselines."""
    return (*ARCHITECTURES.names(), *BASELINES.names())


def chromatin_architecture_names() -> tuple[str, ...]:
    """Return every architecture that reads histone marks, networks first, then the baselines."""
    return (*CHROMATIN_ARCHITECTURES.names(), *CHROMATIN_BASELINES.names())


def checkpoint_names(folder: Path = PRETRAINED) -> tuple[str, ...]:
    """Return the checkpoints in `folder`, sorted."""
    return tuple(sorted(path.parent.name for path in folder.glob(f"*/{CARD_FILE}")))


def load_checkpoint(name: str, *, folder: Path = PRETRAINED, device: str = "cpu") -> Checkpoint:
    """Load one checkpoint that reads DNA, in evaluation mode with frozen parameters.

    Parameters
    ----------
    name : str
        Name of its folder.
    folder : Path
        Folder of checkpoints.
    device : str
        Torch device.

    Raises
    ------
    CheckpointError
        If a file is missing or unreadable, the sha256 differs from the card's, or the weights do not fit.
    """
    return Checkpoint(*_load(name, SequenceCard, folder, device))


def load_chromatin_checkpoint(
    name: str, *, folder: Path = PRETRAINED_CHROMATIN, device: str = "cpu"
) -> ChromatinCheckpoint:
    """Load one checkpoint that reads histone marks; as `load_checkpoint`."""
    return ChromatinCheckpoint(*_load(name, ChromatinCard, folder, device))


def _load(name: str, kind: type[Card], folder: Path, device: str) -> tuple[nn.Module, Card]:
    path = folder / name
    try:
        card = read_card(path, kind)
        digest = weights_sha256(path)
    except (OSError, ValueError) as error:  # a card that is no text, no JSON, or no card is a ValueError
        reason = error.strerror if isinstance(error, OSError) else "its card is damaged"
        raise CheckpointError(name, f"it cannot be read ({reason}). Restore its folder.") from error
    if digest != card.sha256:
        raise CheckpointError(name, "the weights are not those of the card (sha256 differs). Restore its folder.")
    spec = architecture_spec(card.architecture)
    try:
        network = averaged([spec.network(**card.architecture_parameters) for _ in range(card.n_members)])
        network.load_state_dict(load_file(path / WEIGHTS_FILE))
    except (RuntimeError, TypeError, ValueError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:_SHOWN_REASON]
        raise CheckpointError(name, f"the weights do not fit {card.architecture}: {reason}") from error
    return network.to(device).eval().requires_grad_(False), card


def save_weights(network: nn.Module, folder: Path) -> str:
    """Write the weights of `network` into `folder` and return their sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous().cpu() for name, tensor in network.state_dict().items()}, folder / WEIGHTS_FILE)
    return weights_sha256(folder)


def save_checkpoint(network: nn.Module, card: Card, folder: Path) -> Card:
    """Write weights, then the card that vouches for them; a folder without a card is not a checkpoint.

    Returns
    -------
    ModelCard
        The card with the sha256 of the weights written.
    """
    path = folder / card.name
    card = card.model_copy(update={"sha256": save_weights(network, path)})
    unfinished = path / f"{CARD_FILE}.tmp"
    unfinished.write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    os.replace(unfinished, path / CARD_FILE)
    return card


def weights_sha256(folder: Path) -> str:
    """Return the sha256 of the weights file in `folder`."""
    return hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
