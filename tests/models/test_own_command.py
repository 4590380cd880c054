"""Training on one's own sequences from the command line, without the service."""

from pathlib import Path

import numpy as np
import pytest

from models.checkpoints import checkpoint_names, load_checkpoint
from models.examples import plant, random_sequence
from models.training.__main__ import COMMANDS, _parser


def write(path: Path, n: int, *, length: int = 101) -> Path:
    rng = np.random.default_rng(1)
    rows = [plant(random_sequence(rng, length), "CCACGTGG", start=int(rng.integers(length - 8))) for _ in range(n)]
    path.write_text("".join(f">peak_{i}\n{row}\n" for i, row in enumerate(rows)))
    return path


def command(*words: object) -> None:
    arguments = _parser().parse_args(["own-dna", *map(str, words)])
    COMMANDS[arguments.command](arguments)


def test_the_command_leaves_checkpoints_and_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "checkpoints"
    options = ("--factor", "mine", "--folder", folder, "--architecture", "demo_rnn", "--epochs", 1)
    command("--positives", write(tmp_path / "own.fa", 60), *options)

    assert checkpoint_names(folder) == ("mine-demo_rnn", "mine-kmer_logistic")
    card = load_checkpoint("mine-demo_rnn", folder=folder).card
    assert card.training_command == "python -m models.training own-dna --positives own.fa --factor mine"
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        "mine.curves.tsv",
        "mine.split.tsv",
        "mine.predictions.tsv",
        "mine-demo_rnn.zip",
        "mine-kmer_logistic.zip",
    }
    assert "mine-demo_rnn: test AUROC" in capsys.readouterr().out


def test_a_file_that_cannot_be_used_ends_the_command_in_words(tmp_path: Path) -> None:
    short = write(tmp_path / "own.fa", 60, length=50)

    with pytest.raises(SystemExit, match="50 bases are fewer than the 101"):
        command("--positives", short, "--factor", "mine", "--folder", tmp_path)
