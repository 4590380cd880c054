"""Train the shipped checkpoints, all or one, and print what they reach.

``python -m models.training all --data DATA`` trains what is missing and can be interrupted at any time.
"""

import argparse
from pathlib import Path

import torch

from models.checkpoints import PRETRAINED, architecture_names
from models.training.datasets import DATASETS
from models.training.pretrained import Workplace, train_all, train_architecture
from models.training.report import accuracy_table
from models.training.specificity import specificity_table


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    if arguments.command == "report":
        print(accuracy_table(arguments.folder))  # noqa: T201
        return
    if arguments.command == "specificity":
        print(specificity_table(arguments.data, arguments.folder))  # noqa: T201
        return
    place = Workplace(arguments.data, arguments.folder, arguments.work, arguments.device)
    if arguments.command == "all":
        train_all(place, processes=arguments.processes)
    else:
        torch.set_num_threads(1)  # as in `train_all`, for equal weights
        train_architecture(arguments.architecture, place, factors=(arguments.factor,))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("one", help="train one checkpoint if it is missing")
    one.add_argument("factor", choices=DATASETS.names())
    one.add_argument("architecture", choices=architecture_names())
    every = commands.add_parser("all", help="train every checkpoint that is missing")
    every.add_argument("--processes", type=int, default=2, help="architectures trained side by side (default: 2)")
    report = commands.add_parser("report", help="print the accuracy of the checkpoints as a Markdown table")
    specificity = commands.add_parser("specificity", help="print how well own peaks are told from other factors' peaks")
    for command in (one, every, specificity):
        command.add_argument("--data", type=Path, required=True, help="folder with deepbind_encode/ and ctcf_weri/")
    for command in (one, every):
        command.add_argument("--work", type=Path, default=Path(".regulens/training"), help="folder for weights in work")
        command.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    for command in (one, every, report, specificity):
        command.add_argument("--folder", type=Path, default=PRETRAINED, help="folder of checkpoints")
    return parser


if __name__ == "__main__":
    main()
