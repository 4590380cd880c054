"""``python -m models.training own-chromatin``: train on a user's own histone marks without the service."""

import argparse
from pathlib import Path
from typing import Final

from models.architectures import CHROMATIN_ARCHITECTURES
from models.checkpoints import checkpoint_names
from models.errors import ModelsError
from models.histone_file import LAYOUTS
from models.training.own_chromatin import (
    PATIENCE,
    AboutGenes,
    OwnGeneSet,
    TrainedOnGenes,
    auroc_of,
    checkpoint_name,
    fit_own_gene_baseline,
    fit_own_genes,
    fit_simple_methods,
    gene_predictions_tsv,
    gene_split_tsv,
    histories_by_name,
    own_recipe,
    save_own_genes,
)
from models.training.own_files import checkpoint_zip, curves_tsv
from models.training.own_gene_split import TEST_CHROMOSOMES, VALIDATION_CHROMOSOMES, GeneSplitPlan, split_genes
from models.training.own_genes import read_own_genes
from models.training.own_options import add_training_options

NETWORKS: Final = ("deepchrome", "attentive_lstm_alpha", "attentive_lstm_alpha_beta")


def train_own_chromatin(arguments: argparse.Namespace) -> None:
    """Train what the command line asks for and print what it reaches."""
    own = _read(arguments)
    for note in (*own.genes.notes, *own.division.warnings, own.division.words):
        print(note)  # noqa: T201
    taken = set(checkpoint_names(arguments.folder))
    wanted = [one for one in arguments.architecture or NETWORKS if checkpoint_name(arguments.name, one) not in taken]
    trained = [fit_own_gene_baseline(own, seed=arguments.seed), *(_fit(arguments, own, one) for one in wanted)]
    baselines = tuple(fit_simple_methods(own, seed=arguments.seed))
    for simple in baselines:
        print(f"{simple.title}: test AUROC {simple.auroc.value:.4f}")  # noqa: T201
    about = AboutGenes(arguments.name, arguments.cell_type, arguments.bin_size, _command(arguments), arguments.seed)
    for one in trained:
        card = save_own_genes(one, own, about, baselines=baselines, folder=arguments.folder)
        auroc = auroc_of(card)
        print(f"{card.name}: test AUROC {auroc.value:.4f} ({auroc.low:.4f} to {auroc.high:.4f})")  # noqa: T201
    _write_files(arguments, own, trained)


def add_own_chromatin(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    own = commands.add_parser("own-chromatin", help="train on histone marks of one's own")
    own.add_argument("--histone", type=Path, required=True, help="binned signals, in any layout that is read")
    own.add_argument("--layout", choices=LAYOUTS, help="default: detected")
    own.add_argument("--marks", nargs="+", help="names of the signal columns, where the file's are wrong")
    own.add_argument("--expression", type=Path, help="gene and value per line, where the file holds no labels")
    own.add_argument("--name", required=True, help="first part of the checkpoints' names")
    own.add_argument("--cell-type", default="cell type not stated", help="Roadmap id or any name")
    own.add_argument("--bin-size", type=int, default=100, help="bp (default: 100)")
    add_training_options(
        own, networks=CHROMATIN_ARCHITECTURES.names(), validation=VALIDATION_CHROMOSOMES, test=TEST_CHROMOSOMES
    )
    own.add_argument("--patience", type=int, default=PATIENCE)


def _read(arguments: argparse.Namespace) -> OwnGeneSet:
    plan = GeneSplitPlan(
        arguments.split,
        tuple(arguments.validation_chromosomes),
        tuple(arguments.test_chromosomes),
        random_state=arguments.seed,
    )
    expression = (arguments.expression, arguments.expression.name) if arguments.expression else None
    try:
        genes = read_own_genes(
            (arguments.histone, arguments.histone.name), expression, layout=arguments.layout, signals=arguments.marks
        )
        return OwnGeneSet(genes, split_genes(genes, plan))
    except ModelsError as error:
        raise SystemExit(str(error)) from error


def _fit(arguments: argparse.Namespace, own: OwnGeneSet, architecture: str) -> TrainedOnGenes:
    recipe = own_recipe(
        architecture,
        n_training=own.division.counts["training"],
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        dropout=arguments.dropout,
    )
    return fit_own_genes(architecture, own, recipe, seed=arguments.seed, patience=arguments.patience)


def _command(arguments: argparse.Namespace) -> str:
    return f"python -m models.training own-chromatin --histone {arguments.histone.name} --name {arguments.name}"


def _write_files(arguments: argparse.Namespace, own: OwnGeneSet, trained: list[TrainedOnGenes]) -> None:
    stem = arguments.folder / arguments.name
    curves = {one.architecture: curves_tsv(histories_by_name(one)) for one in trained if one.histories}
    named = {checkpoint_name(arguments.name, one.architecture): one.probability for one in trained}
    every = {name: history for one in trained for name, history in histories_by_name(one).items()}
    stem.with_suffix(".curves.tsv").write_bytes(curves_tsv(every))
    stem.with_suffix(".split.tsv").write_bytes(gene_split_tsv(own))
    stem.with_suffix(".predictions.tsv").write_bytes(gene_predictions_tsv(own, named))
    for one in trained:
        folder = arguments.folder / checkpoint_name(arguments.name, one.architecture)
        folder.with_suffix(".zip").write_bytes(checkpoint_zip(folder, curves=curves.get(one.architecture)))
