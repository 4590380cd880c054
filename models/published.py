"""Checkpoints of AttentiveChrome as published for Kipoi and on Zenodo: read, checked, converted."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from models.architectures import CHROMATIN_ARCHITECTURES
from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.card import ChromatinCard
from models.cell_types import ROADMAP, cell_type_title
from models.checkpoints import save_checkpoint
from models.errors import CheckpointError
from models.histone import BIN_SIZE_BP, MARKS, N_BINS, golden_signal
from models.predict import ON_OFF, positive_probability
from models.state_dict import read_state_dict
from models.state_dict_pickle import StateDictError

LARGEST_BYTES: Final = 10_000_000
_LSTM_TENSORS: Final = tuple(
    f"{kind}_l0{direction}"
    for direction in ("", "_reverse")
    for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
)
_CITATION: Final = "Singh et al., Attend and Predict, NeurIPS 2017, arXiv:1708.00339"
_FILE_NAME: Final = re.compile(r"(E\d{3})_attchrome", re.IGNORECASE)


def published_names() -> dict[str, str]:
    """Map the names of the published tensors, in their order, to ours.

    References
    ----------
    QData/AttentiveChrome, ``v2PyTorch/models.py`` (class ``att_chrome``), and kipoi/models AttentiveChrome.
    """
    names: dict[str, str] = {}
    for mark in range(len(MARKS)):
        names |= {f"rnn_hms.{mark}.rnn.{one}": f"encoders.{mark}.lstm.{one}" for one in _LSTM_TENSORS}
        names[f"rnn_hms.{mark}.bin_attention.bin_context_vector"] = f"encoders.{mark}.bin_attention.context"
    names |= {f"hm_level_rnn_1.rnn.{one}": f"mark_recurrent.{one}" for one in _LSTM_TENSORS}
    names["hm_level_rnn_1.bin_attention.bin_context_vector"] = "mark_attention.context"
    return names | {f"fdiff1_1.{one}": f"output.linear.{one}" for one in ("weight", "bias")}


def read_published(path: Path, *, name: str | None = None) -> AttentiveLSTMAlphaBeta:
    """Read a published state dict without running anything that the file may contain.

    Parameters
    ----------
    path : Path
        ``E***_attchrome_avgAUC_model.pt``: 56 tensors.
    name : str, optional
        What errors call the file; default its own name.

    Returns
    -------
    AttentiveLSTMAlphaBeta
        In evaluation mode with frozen parameters.

    Raises
    ------
    CheckpointError
        If the file is too large, not a plain state dict, or a tensor is missing, unknown, of another shape or type,
        or not finite.
    """
    name = name or path.name
    state = _tensors(path, name)
    network = AttentiveLSTMAlphaBeta()
    shapes = {name: tensor.shape for name, tensor in network.state_dict().items()}
    mistakes = list(_mistakes(state, shapes))
    if mistakes:
        more = f" ({len(mistakes) - 3} more)" if len(mistakes) > 3 else ""
        raise CheckpointError(name, f"it is not a published AttentiveChrome network: {'; '.join(mistakes[:3])}{more}.")
    network.load_state_dict({ours: state[theirs].reshape(shapes[ours]) for theirs, ours in published_names().items()})
    return network.eval().requires_grad_(False)


def import_published(path: Path, *, name: str, cell_type: str | None, folder: Path) -> ChromatinCard:
    """Convert a published state dict into a checkpoint of ours.

    Parameters
    ----------
    path : Path
    name : str
        Name of the file as published, ``E003_attchrome_avgAUC_model.pt``; the Roadmap id is read from it.
    cell_type : str or None
        Roadmap id, where the name does not hold one.
    folder : Path
        Folder of checkpoints; the new one is a folder in it.

    Raises
    ------
    CheckpointError
        If the cell type is not known, or as `read_published`.
    """
    roadmap = cell_type or cell_type_of(name)
    if roadmap not in ROADMAP:
        raise CheckpointError(
            name,
            f"the cell type {'cannot be read from the file name' if roadmap is None else roadmap + ' is not known'}. "
            "Name a Roadmap id such as E003.",
        )
    network = read_published(path, name=name)
    return save_checkpoint(network, _card(network, roadmap, sha256(path.read_bytes()).hexdigest()), folder)


def _card(network: AttentiveLSTMAlphaBeta, roadmap: str, digest: str) -> ChromatinCard:
    title = cell_type_title((roadmap,))
    return ChromatinCard(
        name=f"imported-{roadmap.lower()}-{digest[:8]}",
        kind="network",
        origin="imported",
        architecture="attentive_lstm_alpha_beta",
        architecture_parameters={},
        title=f"{CHROMATIN_ARCHITECTURES.get('attentive_lstm_alpha_beta').title}, {title} (published)",
        summary="Imported from a published state dict; nothing but the weights was taken from the file.",
        task=f"Tell genes above the median expression of {title} (ON) from the others (OFF) by five histone marks.",
        cell_type=title,
        cell_types=(roadmap,),
        classes=ON_OFF,
        marks=MARKS,
        n_bins=N_BINS,
        bin_size_bp=BIN_SIZE_BP,
        other_lengths=True,
        n_parameters=sum(parameter.numel() for parameter in network.parameters()),
        training_data={"source": "Not stated in the file; published networks were trained on Roadmap read counts."},
        n_genes=None,
        metrics=None,
        baselines=(),
        signal_ranges=(),
        reference=tuple((0.0,) * N_BINS for _ in MARKS),
        reference_origin="zero reads, because the genes it was trained on are not known",
        pattern_maps=(),
        sha256="",
        seed=None,
        training_command="python -m models.checkpoints import FILE.pt",
        recipe={"sha256 of the published file": digest},
        versions={"torch": torch.__version__},
        licence="as published with the file",
        citation=_CITATION,
        golden_probabilities=tuple(
            round(value, 6) for value in positive_probability(network, torch.from_numpy(golden_signal())).tolist()
        ),
    )


def cell_type_of(file_name: str) -> str | None:
    """Return the Roadmap id in a published file's name, ``E003_attchrome_avgAUC_model.pt``."""
    found = _FILE_NAME.match(file_name)
    return found[1].upper() if found else None


def _tensors(path: Path, name: str) -> Mapping[str, Tensor]:
    if path.stat().st_size > LARGEST_BYTES:
        raise CheckpointError(name, f"it is larger than {LARGEST_BYTES:,} bytes; published files are about 240 kB.")
    try:
        arrays = read_state_dict(path.read_bytes())
        return {tensor: torch.from_numpy(values.copy()) for tensor, values in arrays.items()}
    except StateDictError as error:
        raise CheckpointError(name, f"{error}.") from error
    except TypeError as error:
        raise CheckpointError(name, "it holds numbers of a type that no network here has, not float32.") from error


def _mistakes(state: Mapping[str, Tensor], shapes: Mapping[str, torch.Size]) -> Iterator[str]:
    names = published_names()
    for name in state:
        if name not in names:
            yield f"{ascii(name)[1:-1][:60]} is unknown"
    for theirs, ours in names.items():
        wanted = (*shapes[ours], 1) if ours.endswith("context") else tuple(shapes[ours])  # published as a column
        if theirs not in state:
            yield f"{theirs} is missing"
        elif tuple(state[theirs].shape) != wanted:
            yield f"{theirs} has shape {tuple(state[theirs].shape)}, not {wanted}"
        elif state[theirs].dtype != torch.float32:
            yield f"{theirs} is {state[theirs].dtype}, not float32"
        elif not state[theirs].isfinite().all():
            yield f"{theirs} holds values that are not finite"
