import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from models.architectures.attentivechrome import AttentiveLSTMAlphaBeta
from models.checkpoints import load_chromatin_checkpoint
from models.errors import CheckpointError
from models.histone import golden_signal
from models.predict import positive_probability
from models.published import cell_type_of, import_published, published_names, read_published


def published_state(seed: int = 0) -> dict[str, Tensor]:
    """Return a state dict under the published names and in the published shapes."""
    torch.manual_seed(seed)
    state = AttentiveLSTMAlphaBeta().state_dict()
    return {
        theirs: state[ours][:, None].clone() if ours.endswith("context") else state[ours].clone()
        for theirs, ours in published_names().items()
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "E003_attchrome_avgAUC_model.pt"
    torch.save(published_state(), path)
    return path


def test_56_tensors_have_published_names() -> None:
    assert len(published_names()) == len(set(published_names().values())) == 56


def test_import_serves_the_same_network(file: Path, tmp_path: Path) -> None:
    card = import_published(file, name=file.name, cell_type=None, folder=tmp_path / "out")
    network, loaded = load_chromatin_checkpoint(card.name, folder=tmp_path / "out")
    signal = torch.from_numpy(golden_signal())

    assert loaded == card
    assert (card.origin, card.cell_types, card.cell_type) == ("imported", ("E003",), "E003 H1 Cell Line")
    assert torch.equal(network(signal), read_published(file)(signal))
    np.testing.assert_allclose(positive_probability(network, signal), card.golden_probabilities, atol=1e-6)


def test_cell_type_is_in_the_file_name_or_asked_for(file: Path, tmp_path: Path) -> None:
    assert cell_type_of("E123_attchrome_avgAUC_model.pt") == "E123"
    assert cell_type_of("model.pt") is None
    with pytest.raises(CheckpointError, match="Name a Roadmap id"):
        import_published(file, name="model.pt", cell_type=None, folder=tmp_path)
    with pytest.raises(CheckpointError, match="E999 is not known"):
        import_published(file, name="model.pt", cell_type="E999", folder=tmp_path)
    assert import_published(file, name="model.pt", cell_type="E116", folder=tmp_path).cell_types == ("E116",)


def damaged(change: str) -> dict[str, object]:
    state: dict[str, object] = dict(published_state())
    if change == "missing":
        del state["fdiff1_1.bias"]
    elif change == "unknown":
        state["extra"] = torch.zeros(1)
    elif change == "shape":
        state["fdiff1_1.weight"] = torch.zeros(1, 33)
    elif change == "type":
        state["fdiff1_1.weight"] = torch.zeros(1, 32, dtype=torch.float64)
    elif change == "not finite":
        state["fdiff1_1.weight"] = torch.full((1, 32), float("nan"))
    else:
        state["fdiff1_1.weight"] = [1.0]
    return state


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("missing", "fdiff1_1.bias is missing"),
        ("unknown", "extra is unknown"),
        ("shape", r"has shape \(1, 33\), not \(1, 32\)"),
        ("type", "torch.float64, not float32"),
        ("not finite", "not finite"),
        ("list", "something else than a state dict"),
    ],
)
def test_every_tensor_is_checked(change: str, reason: str, tmp_path: Path) -> None:
    torch.save(damaged(change), tmp_path / "x.pt")

    with pytest.raises(CheckpointError, match=reason):
        read_published(tmp_path / "x.pt")


class Malicious:
    """Unpickling it runs a command."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize("save", ["torch", "pickle"])
def test_a_malicious_pickle_is_refused_and_never_runs(save: str, tmp_path: Path) -> None:
    marker, path = tmp_path / "ran", tmp_path / "E003_attchrome_avgAUC_model.pt"
    evil = {"fdiff1_1.bias": Malicious(marker)}
    if save == "torch":
        torch.save(evil, path)
    else:
        path.write_bytes(pickle.dumps(evil))

    with pytest.raises(CheckpointError, match="it could run code" if save == "torch" else "cannot be read"):
        read_published(path)
    assert not marker.exists()


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 not a zip"])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(content)

    with pytest.raises(CheckpointError):
        read_published(path)


def test_the_command_imports(file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "models.checkpoints", "import", str(file), "--folder", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    again = subprocess.run([*command[:4], str(tmp_path / "none.pt")], capture_output=True, text=True, check=False)

    assert "is now checkpoint imported-e003-" in done.stdout
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
