"""The options that the commands for one's own sequences and one's own histone marks share."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from models.training.own_split import SplitBy

_OF_THE_RECIPE: Final = (("epochs", int), ("batch-size", int), ("learning-rate", float), ("dropout", float))


def add_training_options(
    command: argparse.ArgumentParser, *, networks: Sequence[str], validation: Sequence[str], test: Sequence[str]
) -> None:
    """Describe how to divide, what to train, and where to write."""
    command.add_argument("--split", choices=get_args(SplitBy), default="auto")
    command.add_argument("--validation-chromosomes", nargs="+", default=validation)
    command.add_argument("--test-chromosomes", nargs="+", default=test)
    command.add_argument("--architecture", action="append", choices=networks, help="may be given several times")
    for name, kind in _OF_THE_RECIPE:
        command.add_argument(f"--{name}", type=kind, help="default: the recipe's")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--folder", type=Path, required=True, help="folder of checkpoints to write into")
