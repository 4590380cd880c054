"""Training on a user's own histone marks: networks and simple methods, from an upload to checkpoints in the catalog."""

from pathlib import Path
from typing import Any, Final

from backend.services.checkpoints import choose_device
from backend.services.errors import refused_field
from backend.services.job_kinds.kind import Cost, JobKind, JobPlace, JobRun
from backend.services.one_thread import one_thread
from backend.services.scoring.scoring_source import as_fields
from backend.services.training.board import TrainingBoard, kept_state, remember_resumed, resumed_before
from backend.services.training.chromatin_parameters import ChromatinTrainingParameters
from backend.services.training.common_fields import network_title, refuse_taken
from models.card import BaselineResult, ChromatinCard
from models.errors import MissingSignalError
from models.training.chromatin_fit import ChromatinRecipe, Hooks
from models.training.fit import Epoch
from models.training.own_chromatin import (
    BASELINE,
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
    simple_methods,
)
from models.training.own_files import checkpoint_zip, curves_tsv
from models.training.own_gene_split import GeneSplitPlan, split_genes
from models.training.own_genes import MAX_GENES, MIN_GENES, OwnGenesError, read_own_genes
from models.training.resume import epochs_reached

# Seconds on one slow core, measured at 100 bins: for an epoch of 1,000 genes, and for the pattern maps of the card.
SECONDS: Final = {
    "deepchrome": (0.5, 3.0),
    "deepchrome_mlp": (0.05, 2.0),
    "deepchrome_linear": (0.05, 2.0),
    "attentive_lstm": (0.6, 7.0),
    "attentive_lstm_attn": (0.4, 6.0),
    "attentive_cnn_attn": (0.2, 2.0),
    "attentive_cnn_alpha_beta": (0.7, 4.0),
    "attentive_lstm_alpha": (1.7, 25.0),
    "attentive_lstm_alpha_beta": (1.9, 25.0),
}
SIMPLE_SECONDS: Final = 15.0  # for 1,000 genes, all methods
READING_SECONDS: Final = 10.0
LONG_SECONDS: Final = 3600.0
TSV: Final = "text/tab-separated-values"


def check(parameters: ChromatinTrainingParameters, place: JobPlace) -> Cost:
    """Read and divide the genes, and refuse names that are taken."""
    names = (checkpoint_name(parameters.name, name) for name in (*parameters.architectures, BASELINE))
    refuse_taken(names, "chromatin", field="name", place=place)
    own = _read(parameters, place)
    n = own.division.counts["training"]
    recipes = _recipes(parameters, own)
    seconds = READING_SECONDS + SIMPLE_SECONDS * n / 1000
    for name, recipe in recipes.items():
        epoch, card = SECONDS[name]
        seconds += recipe.members * (recipe.epochs + recipe.epochs_by_mark) * epoch * n / 1000 + recipe.members * card
    parts = [
        f"{network_title(name)}: {_times(recipe.members)}{recipe.epochs} epochs at most"
        for name, recipe in recipes.items()
    ]
    words = f"{n:,} training genes; {', '.join(parts)}; {len(simple_methods(n))} simple methods"
    slow = ("This takes more than an hour. Fewer epochs, or DeepChrome alone, give a first impression.",)
    return Cost(seconds, words, (*own.genes.notes, *own.division.warnings, *(slow if seconds > LONG_SECONDS else ())))


def run(parameters: ChromatinTrainingParameters, run: JobRun) -> dict[str, Any]:
    """Train simple methods, then each network from where an earlier attempt left it, then write everything."""
    with one_thread():
        run.report("Reading", done=0, total=1, unit="set")
        own = _read(parameters, run)
        for note in (*own.genes.notes, own.division.words):
            run.log(note)
        board = _board(parameters, own)
        baselines = _fit_simple(own, board=board, run=run, seed=parameters.seed)
        trained = [fit_own_gene_baseline(own, seed=parameters.seed)]
        cards = [_saved(trained[0], own, baselines, parameters, run)]
        for name, recipe in _recipes(parameters, own).items():
            trained.append(_train(name, recipe, parameters, own=own, board=board, run=run))
            cards.append(_saved(trained[-1], own, baselines, parameters, run))
            for curve in histories_by_name(trained[-1]):
                board.measured(curve, auroc_of(cards[-1]))
            run.show(board.live, now=True)
        _offer(trained, own, parameters, run)
        for card in cards:
            run.add_checkpoint(run.scratch / card.name, "chromatin")
    return _summary(cards, own)


def _board(parameters: ChromatinTrainingParameters, own: OwnGeneSet) -> TrainingBoard:
    division = own.division
    board = TrainingBoard(
        "chromatin",
        title=parameters.cell_type,
        split=division.words,
        counts=division.counts,
        warnings=division.warnings,
    )
    for name, recipe in _recipes(parameters, own).items():
        for member in range(1, recipe.members + 1):
            board.add_network(_curve(name, recipe, member), title=network_title(name), n_epochs=recipe.epochs)
    return board


def _fit_simple(own: OwnGeneSet, *, board: TrainingBoard, run: JobRun, seed: int) -> tuple[BaselineResult, ...]:
    results: list[BaselineResult] = []
    total = len(simple_methods(own.division.counts["training"]))
    run.report("Fitting simple methods", done=0, total=total, unit="methods")
    for result in fit_simple_methods(own, seed=seed):
        results.append(result)
        board.add_baseline(result.name, title=result.title, auroc=result.auroc)
        run.report("Fitting simple methods", done=len(results), total=total, unit="methods")
        run.show(board.live)
    return tuple(results)


def _train(
    name: str,
    recipe: ChromatinRecipe,
    parameters: ChromatinTrainingParameters,
    *,
    own: OwnGeneSet,
    board: TrainingBoard,
    run: JobRun,
) -> TrainedOnGenes:
    trained = fit_own_genes(
        name,
        own,
        recipe,
        seed=parameters.seed,
        patience=parameters.patience,
        device=choose_device(run.settings.device),
        hooks=lambda stage: _hooks(name, recipe, stage, board=board, run=run),
    )
    for curve in histories_by_name(trained):
        board.trained(curve)
    return trained


def _hooks(name: str, recipe: ChromatinRecipe, stage: str, *, board: TrainingBoard, run: JobRun) -> Hooks:
    """Watch one stage; a mark that is trained alone first has no curve of its own."""
    member, _, alone = stage.removeprefix("member ").partition(", ")
    curve, title = _curve(name, recipe, int(member)), f"{network_title(name)}, {stage}"
    file = f"{name}-{stage.replace(', ', '-').replace(' ', '_')}.safetensors"
    state = kept_state(file, run, title=title)
    reached = () if state is None else epochs_reached(state)
    if not alone:
        for epoch in reached:
            board.add_epoch(curve, Epoch(*epoch))
        board.networks[curve].resumed_at = resumed_before(curve, run)

    def progress(_: int, epoch: Epoch) -> None:
        if not alone:
            board.add_epoch(curve, epoch)
            run.show(board.live)

    def on_batch(done: int, total: int) -> None:
        if reached and not alone and len(reached) + 1 not in board.networks[curve].resumed_at:
            board.networks[curve].resumed_at = remember_resumed(curve, len(reached) + 1, run)
        run.report(f"Training {title}", done=done, total=total, unit="batches")

    run.log(f"Training {title} from epoch {len(reached) + 1}.")
    return Hooks(progress, on_batch, state, lambda content: run.keep(file, content))


def _curve(name: str, recipe: ChromatinRecipe, member: int) -> str:
    return name if recipe.members == 1 else f"{name}, member {member}"


def _saved(
    trained: TrainedOnGenes,
    own: OwnGeneSet,
    baselines: tuple[BaselineResult, ...],
    parameters: ChromatinTrainingParameters,
    run: JobRun,
) -> ChromatinCard:
    run.report(f"Measuring {network_title(trained.architecture)}", done=0, total=1, unit="model")
    command = f"a training job (chromatin_training) on {own.genes.files['histone']}"
    about = AboutGenes(parameters.name, parameters.cell_type, parameters.bin_size_bp, command, parameters.seed)
    return save_own_genes(trained, own, about, baselines=baselines, folder=run.scratch)


def _offer(
    trained: list[TrainedOnGenes], own: OwnGeneSet, parameters: ChromatinTrainingParameters, run: JobRun
) -> None:
    histories = {name: history for one in trained for name, history in histories_by_name(one).items()}
    named = {checkpoint_name(parameters.name, one.architecture): one.probability for one in trained}
    predictions, split = gene_predictions_tsv(own, named), gene_split_tsv(own)
    description = "Loss and validation AUROC of every epoch"
    run.offer("curves.tsv", curves_tsv(histories), media_type=TSV, description=description)
    run.offer("split.tsv", split, media_type=TSV, description="In which set every gene is")
    description = "P(ON) of every test gene by every model"
    run.offer("predictions.tsv", predictions, media_type=TSV, description=description)
    for one in trained:
        name = checkpoint_name(parameters.name, one.architecture)
        curves = curves_tsv(histories_by_name(one)) if one.histories else None
        if curves is not None:
            (run.scratch / name / "curves.tsv").write_bytes(curves)
        packed = checkpoint_zip(run.scratch / name)
        description = f"Weights and card of {network_title(one.architecture)}"
        run.offer(f"{name}.zip", packed, media_type="application/zip", description=description)


def _summary(cards: list[ChromatinCard], own: OwnGeneSet) -> dict[str, Any]:
    best = max(cards, key=lambda card: auroc_of(card).value)
    return {
        "best_checkpoint": best.name,
        "test_auroc": {card.name: auroc_of(card).value for card in cards},
        **{f"{name}_genes": n for name, n in own.division.counts.items()},
    }


def _read(parameters: ChromatinTrainingParameters, place: JobPlace) -> OwnGeneSet:
    def named(upload: str) -> tuple[Path, str]:
        return place.input(upload), place.input_name(upload)

    plan = GeneSplitPlan(
        parameters.split,
        tuple(parameters.validation_chromosomes),
        tuple(parameters.test_chromosomes),
        parameters.held_out_share,
        parameters.seed,
    )
    try:
        genes = read_own_genes(
            named(parameters.histone),
            named(parameters.expression) if parameters.expression else None,
            layout=None if parameters.layout == "detected" else parameters.layout,
            signals=parameters.signals or None,
        )
        return OwnGeneSet(genes, split_genes(genes, plan))
    except MissingSignalError as error:
        message = f"{error} Add the missing marks, or name the columns under Signals where the file names them wrongly."
        raise refused_field("parameters.histone", "missing_signal", message) from error
    except OwnGenesError as error:
        raise as_fields(error.problems, f"parameters.{error.role}") from error


def _recipes(parameters: ChromatinTrainingParameters, own: OwnGeneSet) -> dict[str, ChromatinRecipe]:
    return {
        name: own_recipe(
            name,
            n_training=own.division.counts["training"],
            epochs=parameters.epochs,
            batch_size=parameters.batch_size,
            learning_rate=parameters.learning_rate,
            dropout=parameters.dropout,
        )
        for name in dict.fromkeys(parameters.architectures)
    }


def _times(members: int) -> str:
    return "" if members == 1 else f"{members} members x "


CHROMATIN_TRAINING: Final = JobKind(
    name="chromatin_training",
    title="Train on histone marks",
    summary="Networks that tell your ON genes from OFF ones, with simple methods and a model card, in the catalog "
    "when done.",
    limits=f"{MIN_GENES} to {MAX_GENES:,} genes with the five marks in 20 to 400 bins, up to 4 networks, 100 epochs.",
    queue="heavy",
    time_limit_s=24 * 3600,
    parameters=ChromatinTrainingParameters,
    check=check,
    run=run,
)
