"""``python -m models.training own-dna``: train on a user's own sequences without the service."""

import argparse
from pathlib import Path
from typing import Final, get_args

from models.checkpoints import checkpoint_names
from models.errors import ModelsError
from models.training.own_examples import Negatives
from models.training.own_files import checkpoint_zip, curves_tsv, predictions_tsv, split_tsv
from models.training.own_options import add_training_options
from models.training.own_split import TEST_CHROMOSOMES, VALIDATION_CHROMOSOMES, SplitPlan
from models.training.own_training import (
    About,
    OwnFiles,
    OwnSet,
    Trained,
    fit_own,
    fit_own_baseline,
    read_own_set,
    save_own,
)
from models.training.recipes import OWN_RECIPES, own_recipe
from models.training.sequence_card import checkpoint_name, probabilities_of_test_set

NETWORKS: Final = tuple(OWN_RECIPES)


def train_own_dna(arguments: argparse.Namespace) -> None:
    """Train what the command line asks for and print what it reaches."""
    taken = set(checkpoint_names(arguments.folder))
    own = _read(arguments)
    for note in (*own.notes, *own.division.warnings, own.division.words):
        print(note)  # noqa: T201
    networks = [name for name in arguments.architecture or NETWORKS if _name(arguments, name) not in taken]
    trained = [fit_own_baseline(own, seed=arguments.seed), *(_fit(arguments, own, name) for name in networks)]
    about = About(arguments.factor, arguments.title, arguments.cell_type, _command(arguments), arguments.seed)
    for one in trained:
        card = save_own(one, own, about, folder=arguments.folder)
        auroc = card.metrics.auroc
        print(f"{card.name}: test AUROC {auroc.value:.4f} ({auroc.low:.4f} to {auroc.high:.4f})")  # noqa: T201
    _write_files(arguments, own, trained)


def add_own_dna(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    own = commands.add_parser("own-dna", help="train on sequences of one's own: FASTA, DeMo's layout or a table")
    own.add_argument("--positives", type=Path, required=True, help="bound sequences, or labelled ones")
    own.add_argument("--unbound", type=Path, help="unbound sequences, or the pool to match GC content from")
    own.add_argument("--test", type=Path, help="a test file of one's own")
    own.add_argument("--negatives", choices=get_args(Negatives), default="auto")
    own.add_argument("--factor", required=True, help="name of the factor, first part of the checkpoints' names")
    own.add_argument("--title", default="", help="as on the page (default: the factor)")
    own.add_argument("--cell-type", default="not stated")
    add_training_options(own, networks=NETWORKS, validation=VALIDATION_CHROMOSOMES, test=TEST_CHROMOSOMES)


def _read(arguments: argparse.Namespace) -> OwnSet:
    def named(path: Path | None) -> tuple[Path, str] | None:
        return (path, path.name) if path else None

    plan = SplitPlan(
        arguments.split,
        tuple(arguments.validation_chromosomes),
        tuple(arguments.test_chromosomes),
        arguments.seed,
    )
    files = OwnFiles((arguments.positives, arguments.positives.name), named(arguments.unbound), named(arguments.test))
    try:
        return read_own_set(files, negatives=arguments.negatives, plan=plan)
    except ModelsError as error:
        raise SystemExit(str(error)) from error


def _fit(arguments: argparse.Namespace, own: OwnSet, architecture: str) -> Trained:
    recipe = own_recipe(
        architecture,
        n_training=own.counts["training"],
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        dropout=arguments.dropout,
    )
    return fit_own(architecture, own, recipe, seed=arguments.seed, title=_name(arguments, architecture))


def _name(arguments: argparse.Namespace, architecture: str) -> str:
    return checkpoint_name(arguments.factor, architecture)


def _command(arguments: argparse.Namespace) -> str:
    return f"python -m models.training own-dna --positives {arguments.positives.name} --factor {arguments.factor}"


def _write_files(arguments: argparse.Namespace, own: OwnSet, trained: list[Trained]) -> None:
    curves = curves_tsv({one.architecture: one.history for one in trained if one.history})
    probabilities = {
        _name(arguments, one.architecture): probabilities_of_test_set(one.network, own.division.split)
        for one in trained
    }
    stem = arguments.folder / arguments.factor
    stem.with_suffix(".curves.tsv").write_bytes(curves)
    stem.with_suffix(".split.tsv").write_bytes(split_tsv(own))
    stem.with_suffix(".predictions.tsv").write_bytes(predictions_tsv(own, probabilities))
    for one in trained:
        folder = arguments.folder / _name(arguments, one.architecture)
        folder.with_suffix(".zip").write_bytes(checkpoint_zip(folder, curves=curves if one.history else None))
