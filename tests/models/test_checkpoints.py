from pathlib import Path

import pytest
import torch

from models.architectures.demo_rnn import DeMoRNN
from models.card import CARD_FILE, Estimate, Metrics, SequenceCard, TrainingData
from models.checkpoints import WEIGHTS_FILE, checkpoint_names, load_checkpoint, save_checkpoint
from models.errors import CheckpointError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_checkpoint(DeMoRNN(), card(), tmp_path)
    return tmp_path


def card() -> SequenceCard:
    estimate = Estimate(value=0.5, low=0.4, high=0.6)
    return SequenceCard(
        name="some-demo_rnn", kind="network", architecture="demo_rnn", architecture_parameters={"input_length": 101},
        title="RNN", task="?", factor="some", factor_title="SOME", cell_type="cells", input_length=101, alphabet="ACGT",
        classes=("bound", "not bound"), n_parameters=9858,
        training_data=TrainingData(
            source="made", files={}, licence="MIT", negatives="none", split="none", n_train=0, n_validation=0, n_test=0,
            n_removed_as_duplicates=0,
        ),
        metrics=Metrics(
            auroc=estimate, auprc=estimate, accuracy=estimate, brier=estimate, reliability=(), n_positive=0,
            n_negative=0,
        ),
        gc_range=(0.2, 0.8), length_range=(101, 101), sha256="", seed=0, training_command="", recipe={}, versions={},
        licence="MIT", citation="", golden_predictions=(), class_optimization=None,
    )  # fmt: skip


def test_saving_and_loading_gives_the_same_network_frozen_and_in_evaluation_mode(folder: Path) -> None:
    network = DeMoRNN()
    saved = save_checkpoint(network, card(), folder)
    loaded = load_checkpoint("some-demo_rnn", folder=folder)

    assert checkpoint_names(folder) == ("some-demo_rnn",)
    assert loaded.card == saved
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), loaded.network.parameters(), strict=True))
    assert not loaded.network.training
    assert not any(parameter.requires_grad for parameter in loaded.network.parameters())


def test_changed_weights_are_refused(folder: Path) -> None:
    weights = folder / "some-demo_rnn" / WEIGHTS_FILE
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)

    with pytest.raises(CheckpointError, match="sha256 differs"):
        load_checkpoint("some-demo_rnn", folder=folder)


@pytest.mark.parametrize("file", [CARD_FILE, WEIGHTS_FILE])
def test_a_missing_file_is_refused(folder: Path, file: str) -> None:
    (folder / "some-demo_rnn" / file).unlink()

    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint("some-demo_rnn", folder=folder)


def test_a_card_of_another_architecture_is_refused(folder: Path) -> None:
    path = folder / "some-demo_rnn" / CARD_FILE
    path.write_text(path.read_text().replace('"architecture": "demo_rnn"', '"architecture": "demo_cnn"'))

    with pytest.raises(CheckpointError, match="do not fit demo_cnn"):
        load_checkpoint("some-demo_rnn", folder=folder)
