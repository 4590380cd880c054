"""Train the shipped checkpoints, all or one, and print what they reach.

``python -m models.training all --data DATA`` trains what is missing and can be interrupted at any time.
"""

import argparse
from pathlib import Path
from typing import Final

import torch

from models.checkpoints import PRETRAINED, PRETRAINED_CHROMATIN, architecture_names, chromatin_architecture_names
from models.training.chromatin_data import CHROMATIN_SETS
from models.training.chromatin_pretrained import train_chromatin
from models.training.chromatin_regression import regression_table
from models.training.chromatin_report import chromatin_table
from models.training.datasets import DATASETS
from models.training.own_chromatin_command import add_own_chromatin, train_own_chromatin
from models.training.own_command import add_own_dna, train_own_dna
from models.training.pretrained import Workplace, train_all, train_architecture
from models.training.report import accuracy_table
from models.training.specificity import specificity_table


def main() -> None:
    """Read the command line and do what it says."""
    arguments = _parser().parse_args()
    torch.set_num_threads(1)  # for equal weights on every machine
    COMMANDS[arguments.command](arguments)


def _all(arguments: argparse.Namespace) -> None:
    train_all(_place(arguments), processes=arguments.processes)


def _one(arguments: argparse.Namespace) -> None:
    train_architecture(arguments.architecture, _place(arguments), factors=(arguments.factor,))


def _place(arguments: argparse.Namespace) -> Workplace:
    return Workplace(arguments.data, arguments.folder, arguments.work, arguments.device)


def _report(arguments: argparse.Namespace) -> None:
    print(accuracy_table(arguments.folder))  # noqa: T201


def _specificity(arguments: argparse.Namespace) -> None:
    print(specificity_table(arguments.data, arguments.folder))  # noqa: T201


def _chromatin(arguments: argparse.Namespace) -> None:
    for name in arguments.sets or CHROMATIN_SETS.names():
        train_chromatin(name, tuple(arguments.architecture or ()), data=arguments.data, folder=arguments.folder)


def _chromatin_report(arguments: argparse.Namespace) -> None:
    print(chromatin_table(arguments.folder))  # noqa: T201


def _regression(arguments: argparse.Namespace) -> None:
    print(regression_table(arguments.cell_type, tuple(arguments.architecture or ()), data=arguments.data))  # noqa: T201


COMMANDS: Final = {
    "one": _one,
    "all": _all,
    "report": _report,
    "specificity": _specificity,
    "chromatin": _chromatin,
    "chromatin-report": _chromatin_report,
    "regression": _regression,
    "own-dna": train_own_dna,
    "own-chromatin": train_own_chromatin,
}


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
    _add_chromatin(commands)
    add_own_dna(commands)
    add_own_chromatin(commands)
    return parser


def _add_chromatin(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    chromatin = commands.add_parser("chromatin", help="train the missing checkpoints that read histone marks")
    chromatin.add_argument("sets", nargs="*", metavar="SET", help=f"default: all of {', '.join(CHROMATIN_SETS)}")
    regression = commands.add_parser("regression", help="cross-validate log10 expression from histone marks")
    regression.add_argument("cell_type", choices=("E003", "E123"))
    report = commands.add_parser("chromatin-report", help="print the accuracy of the chromatin checkpoints")
    for command in (chromatin, regression):
        command.add_argument("--data", type=Path, required=True, help="folder with deepdiff/ and gcmerge_e116_10kb/")
        command.add_argument("--architecture", action="append", choices=chromatin_architecture_names())
    for command in (chromatin, report):
        command.add_argument("--folder", type=Path, default=PRETRAINED_CHROMATIN, help="folder of checkpoints")


if __name__ == "__main__":
    main()
